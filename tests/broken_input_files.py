"""A tiny cohort on disk, whose first case or table is to be spoilt by the tests of broken input."""

import gzip
import io
import struct
import zipfile

import nibabel
import numpy as np
import pandas as pd
import SimpleITK as sitk

SHAPE = (7, 8, 9)
SPACING_MM = (0.75, 0.875, 3.0)
ORIGIN_MM = (-10.0, 20.5, 30.25)
LESION = (slice(2, 5), slice(2, 6), slice(2, 7))
# Offsets in the header of NIfTI-1.
PIXDIM, SFORM_CODE, SFORM, SFORM_OFFSET = 80, 254, 280, 292


def as_image(voxels, spacing_mm=SPACING_MM, origin_mm=ORIGIN_MM):
    """Return an array (slice, row, column) as an image."""
    image = sitk.GetImageFromArray(voxels)
    image.SetSpacing(spacing_mm)
    image.SetOrigin(origin_mm)
    return image


def ct_voxels(seed=0):
    """Return HU of a lesion in soft tissue in air."""
    voxels = np.full(SHAPE, -1000.0)
    voxels[:, 1:-1, 1:-1] = 40
    voxels[LESION] = 80
    return (voxels + np.random.default_rng(seed).normal(0, 8, SHAPE)).round().astype(np.int16)


def lesion_voxels():
    """Return the lesion as 0 and 1."""
    mask = np.zeros(SHAPE, dtype=np.uint8)
    mask[LESION] = 1
    return mask


def changed(voxels, where, value, dtype=None):
    """Return a copy with some voxels set to a value."""
    voxels = voxels.astype(dtype or voxels.dtype)
    voxels[where] = value
    return voxels


class TinyCohort:
    """The cases bad, good and other in a folder; bad is in order too, until a test spoils it."""

    def __init__(self, folder):
        folder.mkdir(exist_ok=True)
        self.folder, self.csv = folder, folder / "cohort.csv"
        names = ["bad", "good", "other"]
        columns = {
            "case_id": names,
            "patient_id": [f"patient {name}" for name in names],
            "image": [f"{name}.nii.gz" for name in names],
            "mask": [f"{name}_mask.nii.gz" for name in names],
            "her2": ["0", "1", "0"],
        }
        self.table = pd.DataFrame(columns).astype(object)
        for seed, name in enumerate(names):
            self.save(ct_voxels(seed), f"{name}.nii.gz")
            # Lesions of one size each, so that no two masks are the same.
            mask = lesion_voxels()
            mask[2, 2, 2 : 2 + seed] = 0
            self.save(mask, f"{name}_mask.nii.gz")

    @property
    def image(self):
        return self.folder / self.table.at[0, "image"]

    @property
    def mask(self):
        return self.folder / self.table.at[0, "mask"]

    def set(self, column, value, others=""):
        """Fill a cell of the case bad, in a new column those of the others too."""
        if column not in self.table:
            self.table[column] = others
        self.table.at[0, column] = value

    def save(self, voxels, name, **geometry):
        """Write an array or an image over a file of the cohort."""
        image = voxels if isinstance(voxels, sitk.Image) else as_image(voxels, **geometry)
        sitk.WriteImage(image, str(self.folder / name))

    def save_image(self, voxels=None, name=None, **geometry):
        """Give the case bad another image, or its own in another format."""
        if name is not None:
            self.set("image", name)
        self.save(ct_voxels() if voxels is None else voxels, self.image, **geometry)

    def save_mask(self, voxels=None, **geometry):
        """Give the case bad another mask, or its own on another grid."""
        self.save(lesion_voxels() if voxels is None else voxels, self.mask, **geometry)

    def rename_image(self, name):
        """Call the image of the case bad by another name, folders included."""
        path = self.image
        self.set("image", name)
        self.image.parent.mkdir(exist_ok=True)
        path.rename(self.image)

    def write(self):
        """Write the table, unless a test has written one of its own, and return its path."""
        if not self.csv.exists():
            self.table.to_csv(self.csv, index=False)
        return self.csv

    def rewrite(self, change):
        """Write the table with its text changed, as text or bytes."""
        text = change(self.write().read_text(encoding="utf-8"))
        self.csv.write_bytes(text if isinstance(text, bytes) else text.encode())


def cut_short(path, n_bytes=100):
    path.write_bytes(path.read_bytes()[:-n_bytes])


def damage(path):
    content = bytearray(path.read_bytes())
    content[-100] ^= 0x55
    path.write_bytes(content)


def patch_header(path, offset, value, code="<f"):
    """Write a number into the header of a .nii.gz file."""
    content = bytearray(gzip.decompress(path.read_bytes()))
    struct.pack_into(code, content, offset, value)
    path.write_bytes(gzip.compress(bytes(content)))


def patch_text(path, old, new):
    """Change the header of a MetaImage file."""
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))


def spacing_without_sform(cohort, spacing_mm):
    patch_header(cohort.image, SFORM_CODE, 0, "<h")
    patch_header(cohort.image, PIXDIM, spacing_mm)


def metaimage_spacing(cohort, text):
    cohort.save_image(name="bad.mha")
    patch_text(cohort.image, b"ElementSpacing = 0.75", b"ElementSpacing = " + text)


def picture(cohort, ending, name):
    """Write a picture of one slice, by the ending of its format, under the name of the image."""
    sitk.WriteImage(sitk.Image(9, 8, sitk.sitkUInt8), str(cohort.folder / f"picture{ending}"))
    cohort.set("image", name)
    (cohort.folder / f"picture{ending}").rename(cohort.image)


def colours(cohort):
    voxels = np.zeros(SHAPE[::-1], [("R", "u1"), ("G", "u1"), ("B", "u1")])
    nibabel.Nifti1Image(voxels, np.eye(4)).to_filename(cohort.image)


def sheared(cohort):
    affine = np.diag([*SPACING_MM, 1.0])
    affine[0, 1] = 0.3
    nibabel.Nifti1Image(ct_voxels().T, affine).to_filename(cohort.image)


def ras_for_lps(cohort):
    mask = as_image(lesion_voxels(), origin_mm=(10.0, -20.5, 30.25))
    mask.SetDirection((-1, 0, 0, 0, -1, 0, 0, 0, 1))
    cohort.save_mask(mask)


def exchange(cohort):
    cohort.table.loc[0, ["image", "mask"]] = cohort.table.loc[0, ["mask", "image"]].tolist()


def no_folder(cohort):
    cohort.image.unlink()
    cohort.image.mkdir()


def boxes(cohort, text):
    """Give the case bad a file of rectangles in place of its mask."""
    cohort.set("boxes", "bad.json")
    cohort.set("mask", "")
    (cohort.folder / "bad.json").write_text(text)


def workbook(cohort):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    cohort.csv.write_bytes(file.getvalue())


def foreign_names(cohort):
    cohort.rename_image("Müller Ä 患者/Bild eins.nii.gz")
    path = cohort.mask
    cohort.set("mask", "Müller Ä 患者/Läsion 1.nii.gz")
    path.rename(cohort.mask)
