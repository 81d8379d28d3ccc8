"""Reading one image as a volume of numbers."""

from typing import Any

import numpy as np
import SimpleITK as sitk

from radiohers.exceptions import ImageReadError
from radiohers.images._integrity import check_metaimage, check_nrrd
from radiohers.images._nibabel import from_nibabel, is_nibabel_image
from radiohers.images._nifti import check_file_behind, read_nifti
from radiohers.images._simpleitk import simpleitk_reading
from radiohers.images._source import checked_path, describe_source, is_path, naming_source
from radiohers.images._usable import check_geometry, check_pixel_type, check_size

__all__ = ["check_finite", "read_image", "read_volume"]


def read_image(source: Any, *, case_id: Any = None, finite: bool = False, role: str = "image") -> sitk.Image:
    """Read an image as a volume of numbers.

    Parameters
    ----------
    source : path-like, SimpleITK.Image or nibabel image
        The path of a NIfTI (.nii, .nii.gz), NRRD (.nrrd, .nhdr) or MetaImage
        (.mha, .mhd) file, or an image in memory.
    case_id : object, default=None
        Name of the case, for error messages.
    finite : bool, default=False
        Whether to refuse voxels that are NaN or infinite.
    role : {"image", "mask"}, default="image"
        What the image is to the case, for error messages.

    Returns
    -------
    SimpleITK.Image
        Of 3 dimensions, one number a voxel, in the pixel type of the source.
        Geometry in millimetres towards left, posterior, superior. An image
        of 2 dimensions becomes a volume of one slice of 1 mm; a fourth axis
        of one voxel is dropped. A SimpleITK image that needs neither is
        returned itself, not a copy.

    Raises
    ------
    ImageReadError
        If there is no such file; if it is of another kind, cut short or
        damaged; if the image has more dimensions, several numbers a voxel or
        complex ones; if its axes are not at right angles; or if it has voxels
        that are not finite and `finite` is set.

    Notes
    -----
    Files are checked to be whole: SimpleITK reads NIfTI files that are cut
    short, and compressed files with damaged data, without an error.

    Examples
    --------
    >>> import SimpleITK as sitk
    >>> from radiohers.images import read_image
    >>> read_image(sitk.Image(9, 8, sitk.sitkInt16)).GetSize()
    (9, 8, 1)
    >>> read_image("STS_000_ct.nii.gz", case_id="STS_000")
    Traceback (most recent call last):
    radiohers.exceptions.ImageReadError: case 'STS_000': image STS_000_ct.nii.gz: no such file. ...
    """
    volume = read_volume(source, role, case_id)
    if finite:
        check_finite(volume, source, case_id)
    return volume


def check_finite(image: sitk.Image, source: Any, case_id: Any) -> None:
    """Raise an error if an image has voxels that are NaN or infinite; `source` and `case_id` are for its message."""
    voxels = sitk.GetArrayViewFromImage(image)
    # Integers are always finite, and are most of what CT scanners write.
    if voxels.dtype.kind != "f" or np.isfinite(voxels).all():
        return
    n_nan, n_infinite = np.isnan(voxels).sum(), np.isinf(voxels).sum()
    raise ImageReadError(
        f"{n_nan} NaN and {n_infinite} infinite of {voxels.size} voxels",
        advice="Replace them, in CT by the value of air: numpy.nan_to_num(voxels, nan=-1024, posinf=-1024, "
        "neginf=-1024).",
        case=case_id,
        source={"image": describe_source(source)},
    )


def read_volume(source: Any, role: str, case_id: Any) -> sitk.Image:
    """Read an image or a mask; `role` says which, for error messages."""
    with naming_source(role, source, case_id):
        return _as_volume(_load(source))


def _load(source: Any) -> sitk.Image:
    if isinstance(source, sitk.Image):
        return source
    if is_nibabel_image(source):
        check_file_behind(source)
        return from_nibabel(source)
    if is_path(source):
        return _load_file(source)
    hint = ""
    if isinstance(source, np.ndarray):
        hint = " An array has no voxel spacing: make an image of it with SimpleITK.GetImageFromArray and SetSpacing."
    raise ImageReadError("this is not an image", advice=f"Give a path, a SimpleITK image or a nibabel image.{hint}")


def _load_file(source: Any) -> sitk.Image:
    path = checked_path(source)
    name = path.name.lower()
    if name.endswith((".nii", ".nii.gz")):
        return read_nifti(path)
    if name.endswith((".nrrd", ".nhdr")):
        check_nrrd(path)
        image_io = "NrrdImageIO"
    else:
        check_metaimage(path)
        image_io = "MetaImageIO"
    with simpleitk_reading():
        return sitk.ReadImage(str(path), imageIO=image_io)


def _as_volume(image: sitk.Image) -> sitk.Image:
    """Return the image with 3 dimensions, or say why it cannot be used."""
    size = image.GetSize()
    check_size(size)
    check_pixel_type(image.GetPixelID(), image.GetPixelIDTypeAsString(), image.GetNumberOfComponentsPerPixel())
    if len(size) == 4:
        image = image[:, :, :, 0]
    elif len(size) == 2:
        image = sitk.JoinSeries(image)
    check_geometry(image.GetSpacing(), image.GetOrigin(), image.GetDirection())
    return image
