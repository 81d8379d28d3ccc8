"""A small image with a lesion, and pyradiomics' filtered images of it in the lesion's box."""

import numpy as np
import SimpleITK as sitk

from radiohers.features.native._crop import Volume


def make_volume(shape=(7, 8, 9), spacing_mm=(2.5, 0.9, 0.8), box=None, seed=0):
    """Return noise with a lesion of which about a fifth is missing."""
    rng = np.random.default_rng(seed)
    lesion = np.zeros(shape, dtype=bool)
    box = box or tuple(slice(size // 3, size - 1) for size in shape)
    lesion[box] = rng.random(lesion[box].shape) < 0.8
    # The corners, so that the box is the one that was asked for.
    lesion[tuple(side.start for side in box)] = lesion[tuple(side.stop - 1 for side in box)] = True
    return Volume(rng.normal(100, 300, size=shape), spacing_mm[-len(shape) :], lesion)


def pyradiomics_images(image_type, volume, **settings):
    """Return pyradiomics' images of a type: name and lesion's box."""
    from radiomics import imageoperations

    image = sitk.GetImageFromArray(volume.image)
    image.SetSpacing([float(step) for step in volume.spacing_mm[::-1]])
    filtered = getattr(imageoperations, f"get{image_type}Image")(image, None, **settings)
    return [(name, sitk.GetArrayFromImage(result)[volume.box]) for result, name, _ in filtered]


def assert_same_bits(ours, theirs):
    """Compare names, dtypes and every bit; NaN equals NaN."""
    assert [name for name, _ in ours] == [name for name, _ in theirs]
    assert theirs
    for (name, box), (_, expected) in zip(ours, theirs, strict=True):
        assert box.dtype == expected.dtype
        assert box.flags.c_contiguous
        np.testing.assert_array_equal(box, expected, err_msg=name)


def real_volume(folder, case):
    """Return one of the real CTs."""
    image = sitk.ReadImage(folder / f"{case}_ct.nii.gz", sitk.sitkFloat64)
    mask = sitk.GetArrayFromImage(sitk.ReadImage(folder / f"{case}_mask.nii.gz")) == 1
    return Volume(sitk.GetArrayFromImage(image), image.GetSpacing()[::-1], mask)
