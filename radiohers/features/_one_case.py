"""The features of one case, computed or read from the cache."""

import os
from importlib.metadata import version
from typing import NamedTuple

import SimpleITK as sitk
from joblib import Memory

from radiohers.cohort import Case
from radiohers.exceptions import ExtractionError, RadiohersError
from radiohers.features.engines import get_engine
from radiohers.images import content_hash, read_pair

__all__ = ["CaseFeatures", "extract_case"]


class CaseFeatures(NamedTuple):
    """What came of one case: its values, or the error that stopped it."""

    values: dict[str, float]
    error: RadiohersError | None


def extract_case(
    case: Case, params: dict, engine: str, memory: Memory, names: tuple[str, ...], main_process: int
) -> CaseFeatures:
    """Return the features of a case, from the cache where they are there.

    Parameters
    ----------
    case : Case
        The case.
    params : dict
        In the layout of a pyradiomics parameter file.
    engine : str
        Name of the engine.
    memory : joblib.Memory
        The cache.
    names : tuple of str
        The features that are expected.
    main_process : int
        The process that asked. Any other one is a worker beside others, whose
        filters get one thread each.

    Returns
    -------
    CaseFeatures
        Never raises a :class:`RadiohersError`; it is returned, naming the case.
    """
    if os.getpid() != main_process:
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    try:
        content = _content_key(case, engine) if memory.location is not None else None
        values = memory.cache(_compute, ignore=["case"])(content, case, params, engine)
    except RadiohersError as error:
        return CaseFeatures({}, _with_case(error, case))
    missing = [name for name in names if name not in values]
    if missing:
        return CaseFeatures(values, _incomplete(case, missing, len(names)))
    return CaseFeatures(values, None)


def _compute(content: tuple | None, case: Case, params: dict, engine: str) -> dict[str, float]:
    # `content` stands for the case in the cache: two paths with the same voxels are one entry,
    # and a file that was changed is another.
    settings = params.get("setting", {})
    image, mask = read_pair(
        case.image,
        case.mask,
        label=case.mask_label,
        on_mismatch="resample" if settings.get("correctMask") else "raise",
        case_id=case.case_id,
    )
    return get_engine(engine).extract(image, mask, params)


def _content_key(case: Case, engine: str) -> tuple:
    versions = {**get_engine(engine).versions(), "radiohers": version("radiohers")}
    return content_hash(case.image), content_hash(case.mask), case.mask_label, tuple(sorted(versions.items()))


def _with_case(error: RadiohersError, case: Case) -> RadiohersError:
    prefix = f"case {case.case_id!r}: "
    message = str(error)
    return error if message.startswith(prefix) else type(error)(prefix + message)


def _incomplete(case: Case, missing: list[str], n_names: int) -> ExtractionError:
    return ExtractionError(
        f"case {case.case_id!r}: {len(missing)} of {n_names} features could not be computed, among them {missing[0]}. "
        "The image is probably too small for this filter; take the filter out of params, or leave more margin around "
        "the lesion."
    )
