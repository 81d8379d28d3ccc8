"""What a series holds, by its SOP class and modality, and what keeps it from being a volume."""

from collections.abc import Iterable

from radiohers.dicom._scan import DicomFile

__all__ = ["RTSTRUCT", "SEGMENTATIONS", "kind_of", "n_slices", "unusable"]

RTSTRUCT = "1.2.840.10008.5.1.4.1.1.481.3"
# Segmentation Storage and Label Map Segmentation Storage.
SEGMENTATIONS = ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7")
_DOSE = "1.2.840.10008.5.1.4.1.1.481.2"
_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


def kind_of(file: DicomFile) -> str:
    """Return "RTSTRUCT", "SEG", "image", or "other"."""
    if file.sop_class == RTSTRUCT:
        return "RTSTRUCT"
    if file.sop_class in SEGMENTATIONS:
        return "SEG"
    return "image" if file.rows and file.columns else "other"


def unusable(file: DicomFile) -> str | None:
    """Say why a file is no slice of a volume; None if it may be one."""
    kind = kind_of(file)
    if kind != "image":
        return f"no image ({file.modality or kind})"
    if file.sop_class == _DOSE:
        return "a dose grid (RTDOSE)"
    if f"{file.sop_class}.".startswith(f"{_SECONDARY_CAPTURE}."):
        return "secondary capture (a picture of a screen, without HU)"
    if file.samples > 1:
        return f"{file.samples} samples a pixel (colours)"
    if "LOCALIZER" in file.image_type:
        return "localizer (scout)"
    if not file.position_mm and file.n_frames == 1:
        return "no ImagePositionPatient"
    return None


def n_slices(files: Iterable[DicomFile]) -> int:
    """Return how many slices files hold; copies at one place are one."""
    slices = {file.position_mm if file.n_frames == 1 else file.sop_uid: file for file in files if not unusable(file)}
    return sum(file.n_frames for file in slices.values())
