"""A cohort of synthetic CTs on disk: images, masks, table and a note."""

import gzip
import os
from collections.abc import Sequence
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pandas as pd
from tqdm import tqdm

from radiohers._sklearn import Interval, validate_params
from radiohers.datasets._liver import make_liver_ct
from radiohers.exceptions import OutputExistsError

SMALLEST_SHAPE = (8, 32, 32)
# Labels are drawn in blocks, so that a longer cohort begins with a shorter one.
# Half of each block is positive, which ties neighbours' labels; small blocks would
# let the place in the table tell something (blocks of 10: AUC 0.36 for a forest on
# the row number of 40 patients; blocks of 20: 0.44; no blocks: 0.45).
LABEL_BLOCK = 20

README = """\
SYNTHETIC DATA. No patient was scanned.

These CT images, masks and clinical values were computed by radiohers:

    radiohers.datasets.make_ct_cohort(
        folder, n_patients={n_patients}, signal={signal}, lesions_per_patient={lesions_per_patient},
        random_state={random_state}, shape={shape})

They serve to try the library and to test it. They say nothing about HER2, and
no result obtained from them says how well a method works on real images.

cohort.csv   one row a case; her2, age and sex are made up as well
images/      CT in HU, NIfTI, int16
masks/       one lesion in each, NIfTI, uint8, 1 inside the lesion
"""


@validate_params(
    {
        "folder": [str, os.PathLike],
        "n_patients": [Interval(Integral, 2, None, closed="left")],
        "signal": [Interval(Real, 0, 5, closed="both")],
        "lesions_per_patient": [Interval(Integral, 1, None, closed="left")],
        "random_state": [Interval(Integral, 0, None, closed="left")],
        "shape": [tuple, list, None],
        "overwrite": ["boolean"],
        "verbose": ["verbose"],
    },
    prefer_skip_nested_validation=True,
)
def make_ct_cohort(
    folder: str | os.PathLike,
    n_patients: int = 40,
    *,
    signal: float = 1.0,
    lesions_per_patient: int = 1,
    random_state: int = 0,
    shape: Sequence[int] | None = None,
    overwrite: bool = False,
    verbose: int = 0,
) -> Path:
    """Write a synthetic cohort of liver CTs whose answer is known.

    Each patient has a portal-venous CT of a part of the liver with hypodense
    lesions. Rim enhancement and inner heterogeneity of the lesions are higher
    in positive patients, as far as `signal` says. Nothing else depends on the
    label: not shape, size or place of the lesions, nor spacing, noise, age,
    sex or the order of the patients.

    Parameters
    ----------
    folder : str or os.PathLike
        Folder to write to; made where it is missing.
    n_patients : int, default=40
        Number of patients, at least 2. Exactly ``n_patients // 2`` are positive.
    signal : float, default=1.0
        Distance of the classes. At 0 the images do not depend on the label, and
        an honest AUC is 0.5; 0.5 is moderate, 1 is strong. Values up to 5 are
        taken, for quick tests on a few patients.
    lesions_per_patient : int, default=1
        Number of lesions, and so of cases, a patient. All lesions of a patient
        are in one image and have one label; each has a mask file of its own.
    random_state : int, default=0
        Seed. The same call writes the same bytes on the same machine with the
        same library versions.
    shape : tuple of 3 int, default=None
        Slices, rows and columns of every image, at least ``(8, 32, 32)``; small
        volumes have smaller lesions. None draws 28 to 36 slices, 90 to 108 rows
        and 110 to 126 columns for each patient.
    overwrite : bool, default=False
        Whether to replace a cohort that is in the folder. This deletes its
        ``cohort.csv``, ``README.txt``, ``images/SYN_*`` and ``masks/SYN_*``.
    verbose : int, default=0
        Whether to show a progress bar.

    Returns
    -------
    pathlib.Path
        Path of ``cohort.csv``, with the columns `case_id`, `patient_id`,
        `image`, `mask` (relative to the folder), `her2` (0 or 1), `age`
        (years), `sex` (F or M), `slice_thickness_mm` and `synthetic` (1, by which
        reports know that they must say so).

    Raises
    ------
    OutputExistsError
        If the folder has a ``cohort.csv`` or ``README.txt`` and `overwrite` is False.
    ValueError
        If a parameter has a value it cannot have, or `shape` leaves no room for the lesions.

    Notes
    -----
    Rim enhancement and heterogeneity are log-normal between patients. Their
    logarithms differ between the classes by 2.5 `signal` standard deviations
    each, so that the classes overlap at ``signal=1`` too.

    Every patient is drawn from ``numpy.random.SeedSequence(random_state,
    spawn_key=(number,))`` and labels are drawn in blocks of 20, half of each
    block positive. So the first 20 patients of 40 are those of a cohort of 20.

    Rows lie about 0.9 mm apart and columns about 0.8 mm, which no scanner does,
    so that code that swaps two axes is found out.

    Everything written is marked as synthetic: case names begin with ``SYN_``,
    the NIfTI field `descrip` and ``README.txt`` say so.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> from radiohers.datasets import make_ct_cohort
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     table = pd.read_csv(make_ct_cohort(folder, n_patients=4, shape=(8, 32, 40)))
    >>> table[["case_id", "image"]].head(2)
       case_id                  image
    0  SYN_001  images/SYN_001.nii.gz
    1  SYN_002  images/SYN_002.nii.gz
    >>> int(table["her2"].sum())
    2
    """
    folder = Path(folder)
    shape = _check_shape(shape)
    _clear_folder(folder, overwrite)
    labels = _draw_labels(n_patients, random_state)
    rows = []
    bar = tqdm(labels, desc="synthetic cohort", unit="patient", disable=not verbose)
    for number, positive in enumerate(bar, start=1):
        seed = np.random.SeedSequence(random_state, spawn_key=(number,))
        rows += _write_patient(folder, number, seed, shape, bool(positive), signal, lesions_per_patient)
    text = README.format(
        n_patients=n_patients,
        signal=signal,
        lesions_per_patient=lesions_per_patient,
        random_state=random_state,
        shape=shape,
    )
    (folder / "README.txt").write_text(text, encoding="utf-8", newline="\n")
    # The table comes last: a folder without it was not finished.
    path = folder / "cohort.csv"
    pd.DataFrame(rows).to_csv(path, index=False, lineterminator="\n")
    return path


def _check_shape(shape: Sequence[int] | None) -> tuple[int, ...] | None:
    """Return the shape as a tuple of int, or None."""
    if shape is None:
        return None
    integers = all(isinstance(size, Integral) for size in shape)
    if len(shape) != 3 or not integers or any(a < b for a, b in zip(shape, SMALLEST_SHAPE, strict=True)):
        raise ValueError(
            "The 'shape' parameter of make_ct_cohort must be None or 3 integers (slices, rows, columns) "
            f"of at least {SMALLEST_SHAPE}. Got {shape!r} instead."
        )
    return tuple(int(size) for size in shape)


def _clear_folder(folder: Path, overwrite: bool) -> None:
    """Make the folders; refuse to replace files of an earlier cohort, or delete them where the user says so."""
    existing = [folder / name for name in ("cohort.csv", "README.txt") if (folder / name).exists()]
    if existing and not overwrite:
        raise OutputExistsError(
            f"{existing[0]} exists already, and make_ct_cohort does not overwrite",
            advice="Choose another folder, delete this one, or pass overwrite=True to replace the cohort in it.",
        )
    for path in existing:
        path.unlink()
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True, exist_ok=True)
        if overwrite:
            for path in (folder / name).glob("SYN_*.nii.gz"):
                path.unlink()


def _draw_labels(n_patients: int, random_state: int) -> np.ndarray:
    """Labels 0 and 1 in random order, n_patients // 2 of them 1."""
    blocks = []
    for start in range(0, n_patients, LABEL_BLOCK):
        size = min(LABEL_BLOCK, n_patients - start)
        # Patients count from 1, so that key 0 is free for the labels.
        seed = np.random.SeedSequence(random_state, spawn_key=(0, start))
        blocks.append(np.random.default_rng(seed).permutation(np.arange(size) < size // 2))
    return np.concatenate(blocks).astype(int)


def _write_patient(
    folder: Path,
    number: int,
    seed: np.random.SeedSequence,
    shape: tuple[int, ...] | None,
    positive: bool,
    signal: float,
    n_lesions: int,
) -> list[dict[str, Any]]:
    """Write image and masks of one patient; return its rows of the table."""
    generator = np.random.default_rng(seed)
    shape_drawn = tuple(int(size) for size in generator.integers((28, 90, 110), (37, 109, 127)))
    spacing_mm = _draw_spacing(generator)
    age = int(np.clip(generator.normal(61, 11), 25, 90))
    sex = "F" if generator.random() < 0.6 else "M"
    volume, masks = make_liver_ct(
        seed, shape or shape_drawn, spacing_mm, positive=positive, signal=signal, n_lesions=n_lesions
    )
    patient = f"SYN_{number:03d}"
    image_name = f"images/{patient}.nii.gz"
    _write_nifti(folder / image_name, volume, spacing_mm, "radiohers synthetic CT")
    rows = []
    for i, mask in enumerate(masks, start=1):
        case = patient if n_lesions == 1 else f"{patient}_{i}"
        mask_name = f"masks/{case}.nii.gz"
        _write_nifti(folder / mask_name, mask, spacing_mm, "radiohers synthetic mask")
        rows.append(
            {
                "case_id": case,
                "patient_id": patient,
                "image": image_name,
                "mask": mask_name,
                "her2": int(positive),
                "age": age,
                "sex": sex,
                "slice_thickness_mm": spacing_mm[0],
                "synthetic": 1,
            }
        )
    return rows


def _draw_spacing(generator: np.random.Generator) -> tuple[float, float, float]:
    """Distance of slices, rows and columns, in mm."""
    slice_mm = float(generator.choice([3.0, 3.75, 4.0, 5.0]))
    row_mm, column_mm = np.round(generator.uniform((0.86, 0.76), (0.94, 0.84)), 3)
    return slice_mm, float(row_mm), float(column_mm)


def _write_nifti(path: Path, volume: np.ndarray, spacing_mm: tuple[float, float, float], description: str) -> None:
    """Write an array of axes (slice, row, column) as NIfTI, always the same bytes."""
    slice_mm, row_mm, column_mm = spacing_mm
    # NIfTI counts x and y the other way round than DICOM does; with these signs
    # a DICOM reader's direction is the identity, as in most CTs.
    affine = np.diag([-column_mm, -row_mm, slice_mm, 1.0])
    image = nibabel.Nifti1Image(volume.transpose(2, 1, 0), affine)
    image.set_sform(affine, code="scanner")
    image.set_qform(affine, code="scanner")
    image.header.set_xyzt_units("mm")
    image.header["descrip"] = description
    # A gzip header holds the time by default, which would make equal images differ.
    path.write_bytes(gzip.compress(image.to_bytes(), compresslevel=4, mtime=0))
