"""A paragraph for the methods section of a paper, made of the facts alone."""

from radiohers._numbers import cases_text, level_text
from radiohers.report.facts import ReportFacts, SplitLevel
from radiohers.report.words._blocks import alike
from radiohers.report.words._models import crop_texts, extraction_texts, fitting_text
from radiohers.report.words._performance import threshold_text

__all__ = ["methods_paragraph"]


def methods_paragraph(report: ReportFacts) -> str:
    """Return what was done, as a paragraph to paste and edit; what the facts cannot know is not in it."""
    settings, versions = report.settings, report.versions
    methods = " or ".join(dict.fromkeys(one.auc.method for one in report.chance))
    sentences = [
        *_inputs(report),
        _comparison_sentence(report),
        _split_sentence(report),
        f"These steps were fitted on the training part of each fold alone: {fitting_text(report.models)}.",
        f"Scores were turned into classes by {threshold_text(settings.threshold)}.",
        f"Intervals are {level_text(settings.confidence_level)} confidence intervals (AUC: {methods}).",
        f"The seed was {settings.seed}; analyses were made with radiohers {versions['radiohers']}, "
        f"scikit-learn {versions['scikit-learn']} and numpy {versions['numpy']}.",
    ]
    return " ".join(sentences)


def _inputs(report: ReportFacts) -> list[str]:
    sentences = []
    for names, facts in alike(report.extraction):
        texts = {field: text for field, (_, text) in extraction_texts(facts).items()}
        sentences.append(
            f"For {names}, {facts.n_features} radiomic features a lesion were extracted with {texts['engine']} "
            f"(parameters: {texts['params']}; image types: {texts['image_types']})."
        )
    for names, crops in alike(report.crops):
        texts = {field: text for field, (_, text) in crop_texts(crops).items()}
        sentences.append(
            f"For {names}, lesions were cropped slice by slice with a margin of {texts['margin_mm']} (window: "
            f"{texts['level_hu']}; {texts['size_pixels']}; {texts['n_crops']})."
        )
    return sentences


def _comparison_sentence(report: ReportFacts) -> str:
    names, cohort = list(report.models), report.cohort
    judged = (
        f"{cases_text(cohort.n_cases, cohort.n_patients, 'lesion')}, {cohort.positive.n_cases} of the lesions "
        f"positive (class {cohort.positive.label})"
    )
    # A single split, and folds that leave cases out, test fewer than were given.
    if report.split.n_tested < cohort.n_cases:
        judged += f", of which {report.split.n_tested} were in a test part"
    if len(names) == 1:
        return f"{names[0]} was judged on {judged}."
    return f"{', '.join(names)} were compared on the same folds of {judged}."


def _split_sentence(report: ReportFacts) -> str:
    split = report.split
    if report.cohort.n_patients is None:
        return f"Patients were not given, so the split was by lesion (cross-validation: {split.cv})."
    if split.level is SplitLevel.PATIENT:
        return f"No patient was in the training and the test part of a fold (cross-validation: {split.cv})."
    return f"The split was {split.description} (cross-validation: {split.cv}); the results are optimistic."
