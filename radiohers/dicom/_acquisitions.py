"""Whether the slices of a series are of one acquisition."""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from radiohers.exceptions import ImageReadError

__all__ = ["acquisition_of", "check_one_acquisition", "name_differences"]

# What may stand in messages and logs; of the others (dates, texts that somebody typed) the name alone.
_SHOWN = (
    "AcquisitionNumber",
    "FrameAcquisitionNumber",
    "TemporalPositionIdentifier",
    "TemporalPositionIndex",
    "NominalPercentageOfCardiacPhase",
    "NominalCardiacTriggerDelayTime",
    "KVP",
    "ConvolutionKernel",
    "FilterType",
    "ReconstructionAlgorithm",
    "ReconstructionDiameter",
    "SliceThickness",
    "ContrastBolusAgent",
    "ContrastBolusVolume",
    "ContrastFlowRate",
    "ScanOptions",
    "ImageType",
    "EchoNumbers",
    "EchoTime",
    "EffectiveEchoTime",
    "RepetitionTime",
    "InversionTime",
    "FlipAngle",
    "DiffusionBValue",
)
_TIMES = ("AcquisitionTime", "AcquisitionDateTime", "FrameAcquisitionDateTime", "TriggerTime")
_NAMED_ONLY = (
    "AcquisitionDate",
    "ContrastBolusStartTime",
    "ProtocolName",
    "SeriesDescription",
    "SeriesNumber",
    "SeriesTime",
    "StudyInstanceUID",
)
_ONE_A_SERIES = ("FrameOfReferenceUID", "PatientID", "Modality")
# Values of their own on every slice: so many acquisitions by turns are looked for, of so many slices each.
_MAX_BY_TURNS = 4
_MIN_SLICES_EACH = 3
_MAX_BLOCKS_NAMED = 4
_MAX_VALUES_NAMED = 8


def acquisition_of(find: Callable[[str], Any]) -> dict[str, str]:
    """Return what tells acquisitions apart, of those attributes that a slice has; `find` looks one up."""
    values = {name: find(name) for name in (*_SHOWN, *_TIMES, *_NAMED_ONLY, *_ONE_A_SERIES)}
    return {name: _as_text(value) for name, value in values.items() if value is not None}


def _as_text(value: Any) -> str:
    """Write a value so that equal numbers are equal texts."""
    if not isinstance(value, str) and hasattr(value, "__iter__"):
        return " ".join(map(_as_text, value))
    try:
        return f"{float(value):.15g}"
    except (TypeError, ValueError):
        return str(value).strip()


def name_differences(a: dict[str, str], b: dict[str, str]) -> str:
    """Say in what two slices' acquisitions differ: "KVP 100, KVP 120; AcquisitionTime"."""
    names = [name for name in (*_SHOWN, *_TIMES, *_NAMED_ONLY) if a.get(name) != b.get(name)]
    return "; ".join(
        f"{name} {a.get(name, 'none')}, {name} {b.get(name, 'none')}" if name in _SHOWN else name for name in names
    )


def check_one_acquisition(acquisitions: Sequence[dict[str, str]], name: str) -> list[str]:
    """Raise if slices of several acquisitions stand by turns; return what changes along the slices.

    Parameters
    ----------
    acquisitions : sequence of dict
        From :func:`acquisition_of`, in the order of the slices along their normal.
    name : str
        What to call the series in messages.

    Raises
    ------
    ImageReadError
        If an attribute goes back and forth, or the slices are of several
        patients, frames of reference or modalities.

    Notes
    -----
    A value that comes again after another one goes back and forth; one that
    changes from block to block (two stations of a scan), or is another on each
    slice, does not. Where each slice has a number or time of its own, two to
    four acquisitions by turns are known by each having its own span of values
    that runs one way. Slices of MR are acquired by turns and still are one
    image, so their times say nothing.
    """
    for attribute in _ONE_A_SERIES:
        n_values = len({one[attribute] for one in acquisitions if one.get(attribute)})
        if n_values > 1:
            raise ImageReadError(
                f"has slices of {n_values} values of {attribute}, so it is not one image",
                advice="Put each into a folder of its own.",
                source=name,
                joined=" ",
            )
    is_mr = acquisitions[0].get("Modality") == "MR"
    notes = []
    for attribute in (*_SHOWN, *(() if is_mr else _TIMES), *_NAMED_ONLY):
        values = [one.get(attribute, "none") for one in acquisitions]
        blocks = [(value, len(list(some))) for value, some in groupby(values)]
        if len(blocks) > len(set(values)) or (not is_mr and _are_by_turns(values)):
            raise ImageReadError(
                f"{attribute} goes back and forth along the slices{_listed(attribute, values)}, so slices of "
                "several acquisitions are interleaved in one series",
                advice="Export each acquisition as a series of its own, or put its files into a folder of its own.",
                source=name,
            )
        if attribute in _SHOWN and 1 < len(blocks) <= min(_MAX_BLOCKS_NAMED, len(values) - 1):
            shown = ", then ".join(f"{value} ({n} slices)" for value, n in blocks)
            notes.append(f"{attribute} changes along the slices: {shown}")
    return notes


def _listed(attribute: str, values: Sequence[str]) -> str:
    if attribute not in _SHOWN:
        return ""
    more = ", ..." if len(values) > _MAX_VALUES_NAMED else ""
    return f" ({', '.join(values[:_MAX_VALUES_NAMED])}{more})"


def _are_by_turns(texts: Sequence[str]) -> bool:
    """Tell whether numbers, one a slice, are those of several acquisitions by turns: 1, 7, 2, 8, 3, 9."""
    try:
        values = [float(text) for text in texts]
    except ValueError:
        return False
    if len(set(values)) < len(values):
        return False
    return any(
        _have_own_spans([values[start::n] for start in range(n)])
        for n in range(2, min(_MAX_BY_TURNS, len(values) // _MIN_SLICES_EACH) + 1)
    )


def _have_own_spans(turns: Sequence[Sequence[float]]) -> bool:
    spans = sorted((min(turn), max(turn)) for turn in turns)
    is_apart = all(before[1] < after[0] for before, after in zip(spans, spans[1:], strict=False))
    return is_apart and all(sorted(turn) in (list(turn), list(turn)[::-1]) for turn in turns)
