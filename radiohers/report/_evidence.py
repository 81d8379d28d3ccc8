"""What the report's plain dict proves: the evidence for the reporting checklists."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from radiohers.report._reading import (
    audit_lines,
    baseline,
    baseline_missing,
    counts,
    exclusions,
    extended,
    figures,
    flow,
    joined,
    metrics,
    model_parameters,
    models,
    named,
    notes,
    pipeline_steps,
    section,
    sentences,
    settings_by_model,
)

__all__ = ["EVIDENCE_KEYS", "collect_evidence"]

_DISCRIMINATION = r"^auc|^average_precision$"
_CLASSIFICATION = (
    r"^(balanced_)?accuracy$|^sensitivity$|^specificity$|_predictive_value$|^[pn]pv$|^f1|^matthews_correlation$"
)
_CALIBRATION = r"^brier|^calibration_|^expected_calibration_error$"
_SCALERS = r"scal|normali|standardi|powertransform|quantiletransform|combat|harmoni"
_REDUCERS = r"pca|select|rfe|variancethreshold|lasso|boruta|mrmr"


class _Key(NamedTuple):
    doc: str
    source: str
    read: Callable[[Mapping[str, Any]], str]


# One line an evidence key: what it is, where it comes from, and how it is read from the document. A reader returns an
# empty text where the document does not prove it.
_KEYS: dict[str, _Key] = {
    "cohort_counts": _Key(
        "number of cases and patients", "cohort table", named("cohort", r"\ball\b|\bcases\b|\bpatients\b")
    ),
    "cohort_classes": _Key(
        "number of cases in each class", "cohort table", named("cohort", r"class|positive|negative")
    ),
    "cohort_target": _Key("name of the label", "cohort table", named("cohort", r"^target|^label|^outcome")),
    "cohort_source": _Key("name of the cohort file or data set", "cohort table", named("cohort", r"source|data ?set")),
    "cohort_sites": _Key(
        "sites of the images",
        "cohort table",
        named("cohort", r"^(number of )?(site|cent(re|er)|hospital|institution)s?\b"),
    ),
    "acquisition": _Key(
        "voxel spacing and other acquisition data", "cohort table", named("cohort", r"spacing|thickness|acqui|scanner")
    ),
    "cohort_flow": _Key("cases left after each step", "cohort flow", flow),
    "exclusions": _Key("steps that took cases out, with reasons", "cohort flow", exclusions),
    "baseline_table": _Key("Table 1", "baseline table", baseline),
    "missing_counts": _Key("missing values of the clinical variables", "baseline table", baseline_missing),
    "extraction_settings": _Key(
        "settings of the feature extraction", "fitted extractor", settings_by_model("extraction")
    ),
    "extraction_preset": _Key(
        "name of the parameter file",
        "fitted extractor",
        settings_by_model("extraction", r"preset|^param"),
    ),
    "extraction_engine": _Key(
        "extraction engine and its version",
        "fitted extractor",
        extended(settings_by_model("extraction", r"engine|software"), named("versions", r"^pyradiomics")),
    ),
    "discretisation": _Key(
        "bin width or count", "fitted extractor", settings_by_model("extraction", r"\bbin|bin ?(width|count)|discreti")
    ),
    "resampling": _Key(
        "voxel size after resampling, and the interpolator",
        "fitted extractor",
        settings_by_model("extraction", r"resampl|spacing|interpolat"),
    ),
    "image_types": _Key(
        "original and filtered images", "fitted extractor", settings_by_model("extraction", r"image ?types?|filter")
    ),
    "feature_classes": _Key(
        "classes of features",
        "fitted extractor",
        settings_by_model("extraction", r"feature ?class|^classes|^features$"),
    ),
    "feature_count": _Key(
        "number of features of a case",
        "fitted extractor",
        settings_by_model("extraction", r"^(n|number of)[ _]features|^features$"),
    ),
    "crop_settings": _Key("how crops are cut and augmented", "fitted crop extractor", settings_by_model("crops")),
    "pipeline_steps": _Key("steps of each model, in order", "fitted pipelines", pipeline_steps()),
    "feature_scaling": _Key("steps that scale features", "fitted pipelines", pipeline_steps(_SCALERS)),
    "dimension_reduction": _Key("steps that reduce or select features", "fitted pipelines", pipeline_steps(_REDUCERS)),
    "imputation": _Key("steps that fill in missing values", "fitted pipelines", pipeline_steps(r"imput")),
    "fitting": _Key(
        "what is fitted on the training part of each fold",
        "how models are compared",
        joined(named("settings", r"\bfitt"), sentences("methods", r"fitted on the training part")),
    ),
    "models": _Key("models with all hyper-parameters", "fitted models", models()),
    "class_weights": _Key("class weights of each model", "fitted models", model_parameters("class_weight")),
    "searches": _Key(
        "search spaces and chosen parameters",
        "nested searches",
        joined(section("searches"), pipeline_steps(r"search\w* over")),
    ),
    "seeds": _Key("seeds", "settings", joined(named("settings", r"seed|random.?state"), section("seeds"))),
    "split": _Key(
        "level of the split, folds and repeats",
        "settings",
        named("settings", r"^split|cross.?valid|^(n_|number of )?(folds|repeats)"),
    ),
    "patient_level_split": _Key(
        "that no patient is on both sides", "settings", named("settings", r"split", r"patient.?level")
    ),
    "threshold": _Key("how the threshold was chosen", "settings", named("settings", r"threshold")),
    "analysis_counts": _Key("cases, positives and patients in each part", "predictions", counts),
    "discrimination": _Key(
        "AUC and average precision on test parts", "test predictions", metrics(_DISCRIMINATION, "scores")
    ),
    "classification": _Key(
        "sensitivity, specificity, ... on test parts", "test predictions", metrics(_CLASSIFICATION, "classes")
    ),
    "training_performance": _Key(
        "performance on training parts", "training predictions", metrics(_DISCRIMINATION, part="train")
    ),
    "external_performance": _Key(
        "performance on external cases", "external predictions", metrics(_DISCRIMINATION, part="external")
    ),
    "intervals": _Key("intervals with their methods", "test predictions", metrics(r".", with_method=True)),
    "calibration": _Key(
        "calibration on test parts",
        "test predictions",
        extended(joined(metrics(_CALIBRATION, "probabilities"), figures("", "calibration")), section("calibration")),
    ),
    "decision_curve": _Key(
        "net benefit on test parts",
        "test predictions",
        extended(joined(metrics(r"^net_benefit"), figures("", "usefulness")), section("usefulness")),
    ),
    "comparison": _Key("paired tests between models", "test predictions", section("comparison")),
    "multiplicity": _Key(
        "correction for the number of tests", "test predictions", section("comparison", r"holm|adjust")
    ),
    "confusion_matrix": _Key("confusion matrices on test parts", "figures", figures(r"confusion")),
    "learning_curve": _Key("performance by number of cases", "figures", figures(r"learning")),
    "training_history": _Key("loss by epoch", "figures", figures(r"history|loss|training-curve")),
    "feature_importance": _Key(
        "importance of features",
        "held-out data",
        joined(section("explanation", r"importance|loading"), figures(r"importance|loading")),
    ),
    "saliency": _Key(
        "Grad-CAM",
        "held-out data",
        joined(section("explanation", r"grad.?cam|saliency"), figures(r"grad.?cam|saliency")),
    ),
    "audit_leakage": _Key(
        "that no patient or image is on both sides",
        "audit",
        audit_lines(r"\bsplit\b|leak|duplicat|identical|same (patient|image)|both sides", only_passed=True),
    ),
    "audit_majority": _Key("majority class on the same folds", "audit", audit_lines(r"majority|no.information")),
    "audit_volume": _Key("lesion volume alone on the same folds", "audit", audit_lines(r"volume")),
    "audit_clinical": _Key("clinical variables alone on the same folds", "audit", audit_lines(r"clinical")),
    "audit_acquisition": _Key(
        "acquisition alone on the same folds", "audit", audit_lines(r"acquisition|\bsite|scanner|spacing")
    ),
    "audit_shuffled": _Key("shuffled labels or voxels on the same folds", "audit", audit_lines(r"shuffl|permut")),
    "audit_saliency": _Key("share of Grad-CAM outside the lesion", "audit", audit_lines(r"grad.?cam|outside")),
    "versions": _Key("versions of the software", "installed libraries", section("versions")),
    "saved_model": _Key("file of the saved model", "settings", named("settings", r"saved model|model file")),
    "research_note": _Key("that it is for research only", "notes", notes(r"research use|not a medical device")),
}

EVIDENCE_KEYS: dict[str, str] = {key: entry.doc for key, entry in _KEYS.items()}
"""What each evidence key means, in a line."""


def collect_evidence(document: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return what a report's dict proves.

    Parameters
    ----------
    document : mapping
        The report as a plain dict, version 2. Every key may be missing.

    Returns
    -------
    dict of str to dict
        Evidence key (one of `EVIDENCE_KEYS`) to its ``value`` and its ``source``, both text. A key is there only if
        the document proves it. Leakage checks that did not pass prove nothing, and are left out.

    Examples
    --------
    >>> from radiohers.report import collect_evidence
    >>> collect_evidence({"settings": {"seed": "0"}, "audit": None})
    {'seeds': {'value': 'seed: 0', 'source': 'settings'}}
    """
    values = {key: entry.read(document) for key, entry in _KEYS.items()}
    return {key: {"value": value, "source": _KEYS[key].source} for key, value in values.items() if value}
