"""How many grey levels a lesion has, told before memory is taken for them."""

from collections.abc import Collection, Sequence

import numpy as np

from radiohers.exceptions import ExtractionError

__all__ = ["MOST_BINS", "check_bins", "check_pairs", "check_pyradiomics_matrices", "count_bins", "out_of_memory"]

# Edges of 80 MB; a lesion in HU has some hundred levels.
MOST_BINS = 10_000_000
# Of one table, of which a few copies are made: 3,213 levels in 13 directions. The native engine has several images of
# a lesion in work at the same time, pyradiomics one.
_MOST_BYTES = 2**30
_MOST_BYTES_PYRADIOMICS = 2**31
_BYTES_PER_NUMBER = 8
_ADVICE = (
    "Look for voxels that are no tissue in the lesion (radiohers check shows its range), or choose a wider bin "
    "(binWidth) or fewer bins (binCount)."
)


def count_bins(values: np.ndarray, settings: dict) -> float:
    """Return how many bins pyradiomics lays over a lesion's grey values, within one; infinity is possible."""
    if settings.get("binCount") is not None:
        return float(settings["binCount"])
    # Of Python's floats, which do not overflow as small integers do, and give infinity without a warning.
    return (float(values.max()) - float(values.min())) / settings.get("binWidth", 25) + 1


def check_bins(values: np.ndarray, settings: dict) -> None:
    """Raise an error if the edges of the bins alone would take too much memory."""
    n_bins = count_bins(values, settings)
    if n_bins > MOST_BINS:
        raise ExtractionError(
            f"{_described(n_bins, values, settings)}, at most {MOST_BINS:,} are possible", advice=_ADVICE
        )


def check_pairs(n_levels: int, n_directions: int, values: np.ndarray, settings: dict) -> None:
    """Raise an error if the table of pairs of grey levels (GLCM) would take too much memory."""
    n_numbers = n_levels * n_levels * n_directions
    _check_bytes(n_levels, n_numbers, _MOST_BYTES, "glcm", values, settings)


def check_pyradiomics_matrices(
    values: np.ndarray, size: Sequence[int], settings: dict, classes: Collection[str]
) -> None:
    """Raise an error if pyradiomics' matrices, which count bins without a voxel too, would take too much memory.

    Parameters
    ----------
    values : ndarray of shape (n_voxels,)
        The lesion's grey values.
    size : sequence of int
        Sides of its box.
    settings : dict
        pyradiomics' settings.
    classes : collection of str
        Classes of features that are asked for.

    Raises
    ------
    ExtractionError
        Which says how many grey levels there are.
    """
    check_bins(values, settings)
    n_bins = count_bins(values, settings)
    if not np.isfinite(n_bins):
        return
    n_directions, n_axes = 0, 2 if settings.get("force2D") else 3
    for distance in settings.get("distances", [1]):
        n_directions += ((2 * distance + 1) ** n_axes - (2 * distance - 1) ** n_axes) // 2
    numbers_a_level = {
        "glcm": n_bins * n_directions,
        "glrlm": max(size) * (3**n_axes // 2),
        # No zone is larger than its grey level.
        "glszm": np.histogram(values, int(n_bins))[0].max(),
        "gldm": 2 * n_directions + 1,
    }
    for of_class in numbers_a_level.keys() & set(classes):
        n_numbers = n_bins * numbers_a_level[of_class]
        _check_bytes(n_bins, n_numbers, _MOST_BYTES_PYRADIOMICS, of_class, values, settings)


def out_of_memory(values: np.ndarray, settings: dict) -> ExtractionError:
    """Return the error for memory that was not enough for an image of a lesion."""
    n_bins = count_bins(values, settings)
    return ExtractionError(f"the memory is not enough: {_described(n_bins, values, settings)}", advice=_ADVICE)


def _check_bytes(
    n_levels: float, n_numbers: float, most_bytes: int, of_class: str, values: np.ndarray, settings: dict
) -> None:
    n_bytes = _BYTES_PER_NUMBER * n_numbers
    if n_bytes > most_bytes:
        raise ExtractionError(
            f"{_described(n_levels, values, settings)}, for which {of_class} would take {n_bytes / 2**30:,.1f} GiB "
            f"(at most {most_bytes / 2**30:g})",
            advice=_ADVICE,
        )


def _described(n_levels: float, values: np.ndarray, settings: dict) -> str:
    count, width = settings.get("binCount"), settings.get("binWidth", 25)
    bins = f"binWidth {width:g}" if count is None else f"binCount {count:,}"
    number = f"{n_levels:,.0f}" if n_levels < 1e15 else f"{n_levels:.3g}"
    return f"the lesion has {number} grey levels ({bins}, values from {values.min():g} to {values.max():g})"
