"""Settings of an extraction that fit the training cases, with the numbers they rest on."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from radiohers._output_files import refuse_existing, write_whole
from radiohers._sklearn import HasMethods, Interval, validate_params
from radiohers.cohort import Cohort
from radiohers.exceptions import CohortError
from radiohers.features._advice_text import advice_text
from radiohers.features._extraction_params import ExtractionParams
from radiohers.features._extractor import RadiomicsExtractor
from radiohers.features._params import load_params
from radiohers.images import read_header

__all__ = ["ParamsAdvice", "advise_params"]

# Between slices and within them; over it features are advised in 2 dimensions.
MAX_ANISOTROPY = 3.0
MIN_BINS, MAX_BINS = 16, 128
_DEFAULT_BIN_WIDTH = 25.0
_ROUND_UP_TO_MM = 0.05
_STEPS = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
_BIN_WIDTHS = sorted(round(step * 10.0**power, 6) for step in _STEPS for power in range(-3, 4))


@dataclass(frozen=True, repr=False)
class ParamsAdvice:
    """Settings that fit the training cases, and why.

    Made by :func:`advise_params`.

    Attributes
    ----------
    params : dict
        In the layout of a pyradiomics parameter file, for ``RadiomicsExtractor(params=...)``.
    reasons : dict of str to str
        For each setting that was chosen, what it rests on. They name no case, as parameter
        files are passed on; `table` does.
    table : DataFrame of shape (n_training_cases, 6)
        ``spacing_in_plane_mm`` (the coarser of the two), ``spacing_z_mm``,
        ``anisotropy`` (their ratio), and after resampling ``n_voxels`` and
        ``range`` of the lesion and its ``n_bins``.
    about : str
        Which cases it rests on.
    """

    params: dict[str, Any]
    reasons: dict[str, str]
    table: pd.DataFrame
    about: str

    def __repr__(self) -> str:
        setting = self.params["setting"]
        dimensions = 2 if setting.get("force2D") else 3
        return (
            f"<ParamsAdvice: binWidth {setting['binWidth']:g}, resampledPixelSpacing "
            f"{setting['resampledPixelSpacing']} mm, {dimensions}-D; {self.about}>"
        )

    def text(self) -> str:
        """Return a parameter file (YAML) with the reasons as comments."""
        return advice_text(self.params, self.reasons, self.about)

    def save(self, path: str | os.PathLike, *, force: bool = False) -> Path:
        """Write the parameter file.

        Parameters
        ----------
        path : path-like
            The file; ends in .yaml or .yml.
        force : bool, default=False
            Whether an existing file is overwritten.

        Returns
        -------
        Path
            The file, which ``RadiomicsExtractor(params=...)`` takes.

        Raises
        ------
        OutputExistsError
            If the file exists and `force` is false.
        """
        path = refuse_existing(path, force)
        return write_whole(path, lambda partial: partial.write_text(self.text(), encoding="utf-8"))


@validate_params(
    {
        "cohort": [Cohort],
        "train": "no_validation",
        "params": [str, dict, ExtractionParams, HasMethods("__fspath__")],
        "min_voxels": [Interval(Integral, 1, None, closed="left")],
        "n_jobs": [Integral, None],
        "memory": [str, HasMethods("__fspath__"), HasMethods("cache"), None],
        "verbose": ["verbose"],
    },
    prefer_skip_nested_validation=True,
)
def advise_params(
    cohort: Cohort,
    train: Any = None,
    *,
    params: str | os.PathLike | Mapping | ExtractionParams = "ct_default",
    min_voxels: int = 50,
    n_jobs: int | None = None,
    memory: Any = None,
    verbose: int = 0,
) -> ParamsAdvice:
    """Advise voxel size, dimensions and bin width from the training cases.

    Parameters
    ----------
    cohort : Cohort
        The cases. Their labels are not looked at.
    train : array-like of int, of bool or of case_id, default=None
        The training cases: positions, as splitters give them, booleans or
        names. None takes all cases, which is right only where the cohort holds
        no case that a model will be tested on.
    params : str, path-like, dict or ExtractionParams, default="ct_default"
        What is kept of the settings, features and images that are not advised on.
    min_voxels : int, default=50
        Lesions of fewer voxels after resampling are counted.
    n_jobs : int, default=None
        Number of cases at the same time; -1 is all cores.
    memory : str, path-like or joblib.Memory, default=None
        Folder of the cache.
    verbose : int, default=0
        Whether to show progress.

    Returns
    -------
    ParamsAdvice
        The settings, their reasons, and what was measured.

    Raises
    ------
    RadiohersError
        If a training case cannot be read; :meth:`Cohort.check` tells of all.
    ParamsError
        If `params` is not valid.

    Notes
    -----
    - 2 or 3 dimensions: slices that lie over 3 times as far apart as pixels, in
      the median case, are taken one by one (`force2D`). The limit is a choice.
    - Voxel size: the coarsest spacing within slices, the 95th percentile over the
      cases rounded up to 0.05 mm, so that nearly no image is refined there; the
      same between slices in 3 dimensions, and as it is in 2.
    - Bin width: of 1, 1.5, 2, 2.5, 3, 4, 5, 6 and 8 times a power of ten the one
      that gives 16 to 128 bins in most lesions, and of those the nearest to the
      one in `params`. The number of bins is that of the lesion's range, from its
      darkest to its brightest voxel after resampling, as pyradiomics cuts it. Filtered
      images have other ranges, and are not looked at.

    References
    ----------
    16 to 128 bins: the documentation of pyradiomics, after Tixier F et al. J Nucl
    Med 2011;52:369. doi:10.2967/jnumed.110.082404

    Examples
    --------
    >>> import tempfile
    >>> from radiohers import read_cohort
    >>> from radiohers.datasets import make_ct_cohort
    >>> from radiohers.features import advise_params
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cohort = read_cohort(make_ct_cohort(folder, n_patients=4, shape=(12, 40, 44)), target="her2")
    ...     advice = advise_params(cohort, train=[0, 1, 2])
    >>> advice
    <ParamsAdvice: binWidth ..., resampledPixelSpacing [..., 0] mm, 2-D; 3 of the 4 cases ...>
    """
    base = load_params(params).to_dict()
    training = _training(cohort, train)
    table = _spacings(training, verbose)
    is_2d = bool(table["anisotropy"].median() > MAX_ANISOTROPY)
    in_plane_mm = _round_up(np.percentile(table["spacing_in_plane_mm"], 95))
    spacing_mm = [in_plane_mm, in_plane_mm, 0 if is_2d else in_plane_mm]
    setting = {**base["setting"], "resampledPixelSpacing": spacing_mm}
    table = table.join(_measure(training, setting, n_jobs, memory, verbose))
    preferred = float(base["setting"].get("binWidth") or _DEFAULT_BIN_WIDTH)
    setting["binWidth"] = choose_bin_width(table["range"], preferred)
    # A count would take the place of the width.
    setting.pop("binCount", None)
    if is_2d:
        setting |= {"force2D": True, "force2Ddimension": 0}
    table["n_bins"] = np.floor(table["range"] / setting["binWidth"]).astype(int) + 1
    images = {name: value for name, value in base["imageType"].items() if not (is_2d and name == "LoG")}
    advised = {**base, "imageType": images or {"Original": {}}, "setting": setting}
    reasons = _reasons(table, setting, is_2d, min_voxels, left_out=sorted(set(base["imageType"]) - set(images)))
    return ParamsAdvice(advised, reasons, table, _about(cohort, training, train))


def _training(cohort: Cohort, train: Any) -> Cohort:
    if train is None:
        return cohort
    chosen = np.asarray(train)
    if chosen.dtype.kind in "iu":
        if chosen.size and not -len(cohort) <= chosen.min() <= chosen.max() < len(cohort):
            raise CohortError(f"train has positions from {chosen.min()} to {chosen.max()} for {len(cohort)} cases.")
        train = cohort.X.index[chosen]
    training = cohort.select(train)
    if not len(training):
        raise CohortError("train chooses no case", advice="Name the training cases, by position, boolean or case_id.")
    return training


def _spacings(training: Cohort, verbose: int) -> pd.DataFrame:
    bar = tqdm(training.X["image"].items(), total=len(training), desc="headers", unit="case", disable=not verbose)
    rows = [read_header(image, case_id=case_id).spacing_mm for case_id, image in bar]
    table = pd.DataFrame(rows, index=training.X.index, columns=["x", "y", "z"])
    in_plane = table[["x", "y"]].max(axis=1)
    return pd.DataFrame(
        {"spacing_in_plane_mm": in_plane, "spacing_z_mm": table["z"], "anisotropy": table["z"] / in_plane}
    )


def _round_up(length_mm: float) -> float:
    # The small subtrahend keeps 0.90000001, as headers in float32 have it, from becoming 0.95.
    return round(float(np.ceil(length_mm / _ROUND_UP_TO_MM - 1e-3) * _ROUND_UP_TO_MM), 2)


def _measure(training: Cohort, setting: dict, n_jobs: int | None, memory: Any, verbose: int) -> pd.DataFrame:
    """Return voxels and range of each lesion as the extraction will see it."""
    extractor = RadiomicsExtractor(
        params={
            "imageType": {"Original": {}},
            "featureClass": {"firstorder": ["Range", "Energy", "RootMeanSquared"]},
            "setting": setting,
        },
        n_jobs=n_jobs,
        memory=memory,
        verbose=verbose,
    )
    values = extractor.transform(training.X)
    # Energy is the sum of squares and the other the root of their mean, so this is their number.
    n_voxels = values["original_firstorder_Energy"] / values["original_firstorder_RootMeanSquared"] ** 2
    return pd.DataFrame(
        {"n_voxels": n_voxels.round().astype(int), "range": values["original_firstorder_Range"]}, index=values.index
    )


def choose_bin_width(ranges: pd.Series, preferred: float) -> float:
    """Return the width that gives 16 to 128 bins in most lesions, of equal ones the nearest to the preferred.

    Parameters
    ----------
    ranges : Series of shape (n_cases,)
        Brightest minus darkest voxel of each lesion.
    preferred : float
        A width, itself a candidate.

    Returns
    -------
    float
        The width.

    Examples
    --------
    >>> import pandas as pd
    >>> from radiohers.features._advice import choose_bin_width
    >>> choose_bin_width(pd.Series([400, 900, 3000]), 25), choose_bin_width(pd.Series([150, 200]), 25)
    (25, 10)
    """
    best_width, best_score = preferred, (-1, 0.0)
    for width in [preferred, *_BIN_WIDTHS]:
        n_bins = np.floor(ranges / width) + 1
        n_fitting = int(n_bins.between(MIN_BINS, MAX_BINS).sum())
        score = (n_fitting, -abs(np.log(width / preferred)))
        if score > best_score:
            best_width, best_score = width, score
    # Whole where it is, so that the file reads 25 and not 25.0.
    return int(best_width) if float(best_width).is_integer() else best_width


def _about(cohort: Cohort, training: Cohort, train: Any) -> str:
    source = f" of {cohort.source.name}" if cohort.source is not None else ""
    patients = f"{training.groups.nunique()} patients" if training.patients_given else "patients that were not given"
    if train is None:
        return f"all {len(cohort)} cases{source}, of {patients}; leave out those that a model will be tested on"
    return f"{len(training)} of the {len(cohort)} cases{source}, of {patients}"


def _reasons(table: pd.DataFrame, setting: dict, is_2d: bool, min_voxels: int, left_out: list[str]) -> dict[str, str]:
    n = len(table)
    median = table.median()
    slices = (
        f"Slices lie {median['anisotropy']:.2g} times as far apart as pixels (median of {n} images; "
        f"{table['anisotropy'].min():.2g} to {table['anisotropy'].max():.2g}), "
    )
    n_few = int((table["n_voxels"] < min_voxels).sum())
    n_below = int((table["n_bins"] < MIN_BINS).sum())
    n_above = int((table["n_bins"] > MAX_BINS).sum())
    reasons = {
        "resampledPixelSpacing": (
            f"mm (x, y, z). Within slices pixels lie {_span(table['spacing_in_plane_mm'])} mm apart; "
            f"{setting['resampledPixelSpacing'][0]:g} is the 95th percentile, rounded up, so that hardly any image is "
            f"refined. Slices lie {_span(table['spacing_z_mm'])} mm apart; "
            + ("they are kept (0). " if is_2d else "they are resampled to the same. ")
            + f"Voxels left of the lesions: {median['n_voxels']:.0f} in the median, {table['n_voxels'].min()} in the "
            f"smallest; {n_few} of {n} have fewer than {min_voxels}."
        ),
        "binWidth": (
            "Of the lesions' ranges after resampling, from the darkest voxel to the brightest, which are "
            f"{_span(table['range'], '.0f')}, a width of {setting['binWidth']:g} makes {_span(table['n_bins'], '.0f')} "
            f"bins: {MIN_BINS} to {MAX_BINS} in {n - n_below - n_above} of {n} lesions, fewer in {n_below} and more in "
            f"{n_above}. Filtered images were not looked at."
        ),
    }
    if is_2d:
        reasons["force2D"] = slices + f"over {MAX_ANISOTROPY:g}: textures are taken slice by slice, not across them."
        reasons["force2Ddimension"] = "The axis of the slices."
    else:
        reasons["3-D"] = slices + f"not over {MAX_ANISOTROPY:g}: features are taken in 3 dimensions."
    if left_out:
        reasons["imageType"] = f"Without {', '.join(left_out)}, which filters across slices too."
    return reasons


def _span(values: pd.Series, form: str = ".3g") -> str:
    low, middle, high = (format(value, form) for value in (values.min(), values.median(), values.max()))
    return low if low == high else f"{low} to {high} (median {middle})"
