"""Images and masks as NIfTI, with where they come from beside them, and nobody's name."""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import SimpleITK as sitk

from radiohers._output_files import refuse_existing, write_whole
from radiohers._version import __version__
from radiohers.dicom._read_series import DicomSeries
from radiohers.dicom._rois import Roi
from radiohers.exceptions import ImageReadError

__all__ = ["provenance_path", "uid_hash", "write_nifti"]

_DIGITS = 16


def uid_hash(uid: str) -> str:
    """Return 16 hexadecimal digits of the SHA-256 of an identifier, without a salt."""
    return hashlib.sha256(uid.encode()).hexdigest()[:_DIGITS]


def provenance_path(path: Path) -> Path:
    """Return where the provenance of a NIfTI file stands."""
    return path.with_name(re.sub(r"\.nii(\.gz)?$", "", path.name, flags=re.IGNORECASE) + ".json")


def write_nifti(
    what: DicomSeries | Roi | sitk.Image,
    path: str | os.PathLike,
    *,
    series: DicomSeries | None = None,
    more: Mapping[str, Any] | None = None,
    force: bool = False,
) -> Path:
    """Write an image or a mask as NIfTI, and its provenance as JSON beside it.

    Parameters
    ----------
    what : DicomSeries, Roi or SimpleITK.Image
        What to write.
    path : path-like
        A file ``.nii.gz`` or ``.nii``; the provenance gets the same name with ``.json``.
    series : DicomSeries, default=None
        The series that a Roi was drawn on, for the provenance.
    more : mapping, default=None
        Further entries of the provenance. See to it that they identify nobody.
    force : bool, default=False
        Whether existing files may be overwritten.

    Returns
    -------
    Path
        The NIfTI file.

    Raises
    ------
    OutputExistsError
        If one of the files exists and `force` is false.
    ImageReadError
        If the path is not that of a NIfTI file.

    Notes
    -----
    The provenance holds the versions of radiohers, pydicom and SimpleITK;
    size, spacing and pixel type; the modality; the first 16 hexadecimal
    digits of the SHA-256 of the series' identifier; names and numbers of the
    regions; and what was noticed. It has no name, patient
    number, date, description or path. The hash has no salt: whoever has
    the series can tell that it is this one, and nobody else can find it by the hash.
    The names of regions are texts that somebody typed; read them before you pass them on.

    Examples
    --------
    >>> import json, tempfile
    >>> from pathlib import Path
    >>> import SimpleITK as sitk
    >>> from radiohers.dicom import write_nifti
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_nifti(sitk.Image(9, 8, 7, sitk.sitkInt16), Path(folder) / "ct.nii.gz")
    ...     json.loads((Path(folder) / "ct.json").read_text())["size"]
    [9, 8, 7]
    """
    path = Path(path).expanduser()
    if not path.name.lower().endswith((".nii", ".nii.gz")):
        raise ImageReadError(
            "this is not the name of a NIfTI file", advice="Give one that ends in .nii.gz or .nii.", source=path
        )
    path, beside = refuse_existing(path, force), refuse_existing(provenance_path(path), force)
    image = what.image if isinstance(what, DicomSeries) else what.mask if isinstance(what, Roi) else what
    text = json.dumps(_provenance(what, image, series) | dict(more or {}), indent=2, ensure_ascii=False)
    write_whole(path, lambda partial: _write(image, partial, path))
    write_whole(beside, lambda partial: partial.write_text(text + "\n", encoding="utf-8"))
    return path


def _write(image: sitk.Image, partial: Path, path: Path) -> None:
    # A fresh image: what a reader hung on this one as metadata would be written too.
    bare = sitk.GetImageFromArray(sitk.GetArrayViewFromImage(image))
    bare.CopyInformation(image)
    # The suffix tells SimpleITK the format.
    named = partial.with_name(partial.name + (".nii.gz" if path.name.lower().endswith(".gz") else ".nii"))
    try:
        sitk.WriteImage(bare, str(named), imageIO="NiftiImageIO")
        named.replace(partial)
    finally:
        named.unlink(missing_ok=True)


def _provenance(what: DicomSeries | Roi | sitk.Image, image: sitk.Image, series: DicomSeries | None) -> dict[str, Any]:
    source = what if isinstance(what, DicomSeries) else series
    entries: dict[str, Any] = {
        "made_by": {
            "radiohers": __version__,
            "pydicom": metadata.version("pydicom"),
            "SimpleITK": metadata.version("SimpleITK"),
        },
        "size": list(image.GetSize()),
        "spacing_mm": list(image.GetSpacing()),
        "pixel_type": image.GetPixelIDTypeAsString(),
    }
    if source is not None:
        entries |= {"modality": source.modality, "series_uid_sha256": uid_hash(source.series_uid)}
        entries |= {"n_files_left_out": len(source.left_out)}
    if isinstance(what, Roi):
        n_voxels = int(sitk.GetArrayViewFromImage(what.mask).sum())
        entries |= {"roi_names": list(what.names), "roi_numbers": list(what.numbers), "n_voxels": n_voxels}
    if isinstance(what, (DicomSeries, Roi)):
        entries["notes"] = list(what.notes)
    return entries
