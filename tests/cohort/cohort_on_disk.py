"""A small CT with its lesion, and a cohort of them on disk, to be spoilt by the tests of checking."""

import numpy as np
import pandas as pd
import SimpleITK as sitk

SHAPE = (9, 30, 34)
SPACING_MM = (0.75, 0.875, 3.0)
LESION = (slice(2, 6), slice(10, 17), slice(12, 20))


def as_image(voxels, spacing_mm=SPACING_MM, origin_mm=(-10.0, 20.5, 30.25)):
    """Return an array (slice, row, column) as an image."""
    image = sitk.GetImageFromArray(voxels)
    image.SetSpacing(spacing_mm)
    image.SetOrigin(origin_mm)
    return image


def ct_voxels(seed):
    """Return HU of soft tissue with a rim of fat in air."""
    rng = np.random.default_rng(seed)
    voxels = np.full(SHAPE, -1000.0)
    voxels[:, 3:-3, 3:-3] = -100
    voxels[:, 5:-5, 5:-5] = 40
    voxels[LESION] = 80
    return (voxels + rng.normal(0, 8, SHAPE)).round().astype(np.int16)


def lesion_voxels():
    """Return the lesion as 0 and 1."""
    mask = np.zeros(SHAPE, dtype=np.uint8)
    mask[LESION] = 1
    return mask


class CohortOnDisk:
    """Cases c1, c2, ... in a folder; files and cells are changed before the table is written."""

    def __init__(self, folder, n_cases):
        self.folder = folder
        names = [f"c{i}" for i in range(1, n_cases + 1)]
        self.table = pd.DataFrame(
            {
                "case_id": names,
                "patient_id": [f"p{name[1:]}" for name in names],
                "image": [f"{name}.nii.gz" for name in names],
                "mask": [f"{name}_mask.nii.gz" for name in names],
                "her2": [str(i % 2) for i in range(n_cases)],
            }
        ).astype(object)
        for seed, name in enumerate(names):
            self.save(ct_voxels(seed), f"{name}.nii.gz")
            # Lesions of one size each, so that no two masks are the same.
            mask = lesion_voxels()
            mask[2, 10, 12 : 12 + seed] = 0
            self.save(mask, f"{name}_mask.nii.gz")

    def save(self, voxels, name, **geometry):
        """Write an array or an image over a file of the cohort."""
        image = voxels if isinstance(voxels, sitk.Image) else as_image(voxels, **geometry)
        sitk.WriteImage(image, str(self.folder / name))

    def write(self):
        """Write the table and return its path."""
        path = self.folder / "cohort.csv"
        self.table.to_csv(path, index=False)
        return path
