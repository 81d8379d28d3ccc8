"""The features of one case, computed or read from the cache."""

from joblib import Memory

from radiohers._cache import from_cache
from radiohers._versions import FEATURE_VALUES, version
from radiohers.cohort import Case, CaseResult
from radiohers.exceptions import ExtractionError, MaskError
from radiohers.features._extraction_params import ExtractionParams
from radiohers.features.engines import get_engine
from radiohers.images import content_hash, describe_source, read_pair

__all__ = ["extract_case"]


def extract_case(
    case: Case, params: ExtractionParams, engine: str, memory: Memory, names: tuple[str, ...]
) -> CaseResult:
    """Return the features of a case, from the cache where they are there.

    Parameters
    ----------
    case : Case
        The case.
    params : ExtractionParams
        What to compute.
    engine : str
        Name of the engine.
    memory : joblib.Memory
        The cache.
    names : tuple of str
        The features that are expected.

    Returns
    -------
    CaseResult
        Name to value, and an error if some are missing.

    Raises
    ------
    RadiohersError
        If image or mask cannot be used, or the engine fails.
    """
    if case.mask is None:
        raise MaskError(
            "it has no mask, and radiomic features are of the voxels in one",
            advice="Draw it, or use crops (CropExtractor, radiohers crops), for which boxes will do.",
            case=case.case_id,
        )
    content = _content_key(case, engine) if memory.location is not None else None
    values = from_cache(memory, _compute, content, case, params, engine)
    missing = [name for name in names if name not in values]
    return CaseResult(values, _incomplete(case, missing, len(names)) if missing else None)


def _compute(content: tuple | None, case: Case, params: ExtractionParams, engine: str) -> dict[str, float]:
    # `content` stands for the case in the cache: two paths with the same voxels are one entry,
    # and a file that was changed is another.
    image, mask = read_pair(
        case.image,
        case.mask,
        label=case.mask_label,
        on_mismatch="resample" if params.settings.get("correctMask") else "raise",
        case_id=case.case_id,
    )
    try:
        return get_engine(engine).extract(image, mask, params)
    except ExtractionError as error:
        sources = {"image": describe_source(case.image), "mask": describe_source(case.mask)}
        raise error.with_case(case.case_id).with_source(sources) from error


def _content_key(case: Case, engine: str) -> tuple:
    versions = {**get_engine(engine).versions(), "radiohers": version("radiohers"), "feature values": FEATURE_VALUES}
    return content_hash(case.image), content_hash(case.mask), case.mask_label, tuple(sorted(versions.items()))


def _incomplete(case: Case, missing: list[str], n_names: int) -> ExtractionError:
    return ExtractionError(
        f"{len(missing)} of {n_names} features could not be computed, among them {missing[0]}",
        advice="The image is probably too small for this filter; take the filter out of params, or leave more margin "
        "around the lesion.",
        case=case.case_id,
    )
