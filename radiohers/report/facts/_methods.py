"""A paragraph for the methods section of a paper, made of the settings alone."""

from typing import Any

from radiohers._numbers import cases_text, level_text
from radiohers._versions import version
from radiohers.folds import is_optimistic
from radiohers.report.facts._models import describe_fitting
from radiohers.report.facts._performance import describe_folds, describe_threshold

__all__ = ["methods_paragraph"]


def methods_paragraph(comparison: Any, extraction: dict[str, dict[str, str]], crops: dict[str, dict[str, str]]) -> str:
    """Return what was done, as a paragraph to paste and edit.

    Parameters
    ----------
    comparison : ModelComparison
        The result.
    extraction, crops : dict of str to dict of str to str
        How features and crops were made, by model.

    Returns
    -------
    str
        Sentences that the settings prove; what they cannot know is not in it.
    """
    sentences = [*_inputs(extraction, crops), _comparison_sentence(comparison), _split_sentence(comparison)]
    settings, table = comparison.settings, comparison.table(full=True)
    methods = " or ".join(dict.fromkeys(table["auc_interval"].xs("test", level="part")))
    sentences += [
        f"These steps were fitted on the training part of each fold alone: {describe_fitting(comparison.models)}.",
        f"Scores were turned into classes by {describe_threshold(settings['threshold'])}.",
        f"Intervals are {level_text(settings['confidence_level'])} confidence intervals (AUC: {methods}).",
        f"The seed was {settings['random_state']}; analyses were made with radiohers {version('radiohers')}, "
        f"scikit-learn {version('scikit-learn')} and numpy {version('numpy')}.",
    ]
    return " ".join(sentences)


def _inputs(extraction: dict[str, dict[str, str]], crops: dict[str, dict[str, str]]) -> list[str]:
    sentences = []
    for names, settings in _alike(extraction):
        n_features = settings["features"].split(":")[0]
        sentences.append(
            f"For {names}, {n_features} radiomic features a lesion were extracted with {settings['engine']} "
            f"(parameters: {settings['parameter file']}; image types: {settings['image types']})."
        )
    for names, settings in _alike(crops):
        sentences.append(
            f"For {names}, lesions were cropped slice by slice with a margin of {settings['margin']} (window: "
            f"{settings['window']}; {settings['size']}; {settings['crops']})."
        )
    return sentences


def _alike(described: dict[str, dict[str, str]]) -> list[tuple[str, dict[str, str]]]:
    groups: list[tuple[list[str], dict[str, str]]] = []
    for name, settings in described.items():
        for names, known in groups:
            if known == settings:
                names.append(name)
                break
        else:
            groups.append(([name], settings))
    return [(", ".join(names), settings) for names, settings in groups]


def _comparison_sentence(comparison: Any) -> str:
    names = list(comparison.models)
    n_positive = int((comparison.y == comparison.positive).sum())
    judged = (
        f"{cases_text(len(comparison.y), comparison.n_patients(), 'lesion')}, {n_positive} of the lesions "
        f"positive (class {comparison.positive})"
    )
    # A single split, and folds that leave cases out, test fewer than were given.
    n_tested = len(set(comparison.predictions.query("part == 'test'")["case_id"]))
    if n_tested < len(comparison.y):
        judged += f", of which {n_tested} were in a test part"
    if len(names) == 1:
        return f"{names[0]} was judged on {judged}."
    return f"{', '.join(names)} were compared on the same folds of {judged}."


def _split_sentence(comparison: Any) -> str:
    cv = describe_folds(comparison)
    if comparison.patients is None:
        return f"Patients were not given, so the split was by lesion (cross-validation: {cv})."
    if not is_optimistic(comparison.split):
        return f"No patient was in the training and the test part of a fold (cross-validation: {cv})."
    return f"The split was {comparison.split} (cross-validation: {cv}); the results are optimistic."
