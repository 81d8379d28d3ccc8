"""What the facts of a report prove: the evidence for the reporting checklists."""

from radiohers.report.facts import ReportFacts, SplitLevel, StepKind
from radiohers.report.words._cohort import RESEARCH_NOTE, cohort_texts, flow_text
from radiohers.report.words._models import crop_texts, seed_texts
from radiohers.report.words._performance import HOLM_NOTE, calibration_lines, settings_texts, usefulness_lines
from radiohers.report.words._proofs import (
    ENGINE,
    SEARCH_STEPS,
    Evidence,
    audit,
    baseline_words,
    by_model,
    count_words,
    engine_words,
    exclusions,
    extraction,
    figures,
    flow_words,
    interval_words,
    joined,
    labelled_words,
    metrics,
    missing_words,
    model_words,
    pairs_words,
    search_words,
    shortened,
    steps,
    weight_words,
    with_interval,
)

__all__ = ["EVIDENCE", "EVIDENCE_KEYS", "collect_evidence"]

_DISCRIMINATION = {"auc", "auc_pooled", "auc_bootstrap", "average_precision"}
_CLASSIFICATION = {
    *("accuracy", "balanced_accuracy", "sensitivity", "specificity", "f1", "matthews_correlation"),
    *("positive_predictive_value", "negative_predictive_value"),
}
_CALIBRATION = {"brier_score", "calibration_slope", "calibration_intercept", "expected_calibration_error"}

# A key that no fact can fill is not here.
EVIDENCE: dict[str, Evidence] = {
    "cohort_counts": Evidence(
        "number of cases and patients",
        "cohort table",
        lambda report: report.cohort.n_cases,
        labelled_words(cohort_texts, "n_cases", "n_patients", "cases_of_patient"),
    ),
    "cohort_classes": Evidence(
        "number of cases in each class",
        "cohort table",
        lambda report: (report.cohort.positive, report.cohort.negative),
        labelled_words(cohort_texts, "positive", "negative"),
    ),
    "cohort_target": Evidence(
        "name of the label", "cohort table", lambda report: report.cohort.target, labelled_words(cohort_texts, "target")
    ),
    "cohort_source": Evidence(
        "name of the cohort file or data set",
        "cohort table",
        lambda report: report.cohort.source,
        labelled_words(cohort_texts, "source"),
    ),
    "cohort_flow": Evidence(
        "cases left after each step",
        "cohort flow",
        lambda report: report.flow,
        lambda report: shortened(flow_words(report, step) for step in report.flow),
    ),
    "exclusions": Evidence(
        "steps that took cases out, with reasons",
        "cohort flow",
        exclusions,
        lambda report: shortened(
            f"{flow_words(report, step)} ({flow_text(report, step)[1]})" for step in exclusions(report)
        ),
    ),
    "baseline_table": Evidence("Table 1", "baseline table", lambda report: report.baseline, baseline_words),
    "missing_counts": Evidence(
        "missing values of the clinical variables", "baseline table", lambda report: report.baseline, missing_words
    ),
    "extraction_settings": extraction("settings of the feature extraction"),
    "extraction_preset": extraction("name of the parameter file", "params"),
    "extraction_engine": ENGINE._replace(words=engine_words),
    "discretisation": extraction("bin width or count", "binWidth", "binCount"),
    "resampling": extraction(
        "voxel size after resampling, and the interpolator", "resampledPixelSpacing", "interpolator"
    ),
    "image_types": extraction("original and filtered images", "image_types"),
    "feature_classes": extraction("classes of features", "n_features"),
    "feature_count": extraction("number of features of a case", "n_features"),
    "crop_settings": Evidence(
        "how crops are cut and augmented",
        "fitted crop extractor",
        lambda report: report.crops,
        lambda report: by_model({name: crop_texts(facts) for name, facts in report.crops.items()}),
    ),
    "pipeline_steps": steps("steps of each model, in order"),
    "feature_scaling": steps("steps that scale features", StepKind.SCALING),
    "dimension_reduction": steps("steps that reduce or select features", StepKind.REDUCTION),
    "imputation": steps("steps that fill in missing values", StepKind.IMPUTATION),
    "fitting": Evidence(
        "what is fitted on the training part of each fold",
        "how models are compared",
        lambda report: [step for model in report.models.values() for step in model.steps if step.learns],
        labelled_words(settings_texts, "learns"),
    ),
    "models": Evidence("models with all hyper-parameters", "fitted models", lambda report: report.models, model_words),
    "class_weights": Evidence(
        "class weights of each model",
        "fitted models",
        lambda report: [weight for model in report.models.values() for weight in model.class_weights],
        weight_words,
    ),
    "searches": Evidence(
        "search spaces and chosen parameters",
        "nested searches",
        lambda report: [*report.searches, *SEARCH_STEPS.find(report)],
        search_words,
    ),
    "seeds": Evidence(
        "seeds",
        "settings",
        lambda report: report.settings.seed,
        lambda report: shortened(
            [
                labelled_words(settings_texts, "seed")(report),
                shortened(f"{name}: {text}" for name, text in seed_texts(report).items()),
            ]
        ),
    ),
    "split": Evidence(
        "level of the split, folds and repeats",
        "settings",
        lambda report: report.split,
        labelled_words(settings_texts, "description", "cv", "n_folds"),
    ),
    "patient_level_split": Evidence(
        "that no patient is on both sides",
        "settings",
        lambda report: report.split.level is SplitLevel.PATIENT,
        labelled_words(settings_texts, "description"),
    ),
    "threshold": Evidence(
        "how the threshold was chosen",
        "settings",
        lambda report: str(report.settings.threshold),
        labelled_words(settings_texts, "threshold"),
    ),
    "analysis_counts": Evidence(
        "cases, positives and patients in each part", "predictions", lambda report: report.performance, count_words
    ),
    "discrimination": metrics("AUC and average precision on test parts", _DISCRIMINATION),
    "classification": metrics("sensitivity, specificity, ... on test parts", _CLASSIFICATION),
    "training_performance": metrics("performance on training parts", _DISCRIMINATION, "train"),
    "intervals": Evidence("intervals with their methods", "test predictions", with_interval, interval_words),
    "calibration": joined(metrics("calibration on test parts", _CALIBRATION), calibration_lines),
    "decision_curve": joined(
        figures("net benefit on test parts", "decision-curve", "test predictions"), usefulness_lines
    ),
    "comparison": Evidence("paired tests between models", "test predictions", lambda report: report.pairs, pairs_words),
    "multiplicity": Evidence(
        "correction for the number of tests",
        "test predictions",
        lambda report: [test.p_holm for pair in report.pairs for test in pair.tests],
        lambda report: HOLM_NOTE,
    ),
    "confusion_matrix": figures("confusion matrices on test parts", "confusion"),
    "learning_curve": figures("performance by number of cases", "learning-curve"),
    "training_history": figures("loss by epoch", "history"),
    "feature_importance": figures("importance of features", "importance", "held-out data"),
    "saliency": figures("Grad-CAM", "grad-cam", "held-out data"),
    "audit_leakage": audit(
        "that no patient or image is on both sides",
        "same patient",
        "same image",
        "near-identical image",
        only_passed=True,
    ),
    "audit_majority": audit("majority class on the same folds", "majority class"),
    "audit_volume": audit("lesion volume alone on the same folds", "lesion volume"),
    "audit_clinical": audit("clinical variables alone on the same folds", "clinical"),
    "audit_acquisition": audit("acquisition alone on the same folds", "acquisition"),
    "audit_shuffled": audit("shuffled labels or voxels on the same folds", "shuffled labels", "shuffled voxels"),
    "audit_saliency": audit("share of Grad-CAM outside the lesion", "Grad-CAM outside the lesion"),
    "versions": Evidence(
        "versions of the software",
        "installed libraries",
        lambda report: report.versions,
        lambda report: shortened(f"{name}: {text}" for name, text in report.versions.items()),
    ),
    # Every report says so.
    "research_note": Evidence(
        "that it is for research only", "notes", lambda report: True, lambda report: RESEARCH_NOTE
    ),
}

EVIDENCE_KEYS: dict[str, str] = {key: entry.doc for key, entry in EVIDENCE.items()}
"""What each evidence key means, in a line."""


def collect_evidence(report: ReportFacts) -> dict[str, dict[str, str]]:
    """Return what the facts of a report prove.

    Parameters
    ----------
    report : ReportFacts
        All that the report says.

    Returns
    -------
    dict of str to dict
        Evidence key (one of `EVIDENCE_KEYS`) to its ``value`` and its ``source``, both text. A key is there only if
        the facts prove it. Leakage checks that did not pass prove nothing, and are left out.
    """
    return {
        key: {"value": evidence.words(report), "source": evidence.source}
        for key, evidence in EVIDENCE.items()
        if evidence.find(report)
    }
