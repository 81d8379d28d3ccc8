"""The same patient, the same image, almost the same image: what must not be on both sides of a split."""

from abc import abstractmethod

import numpy as np
import pandas as pd

from radiohers._numbers import number_text
from radiohers._wording import counted
from radiohers.audit._check import Check, Reason
from radiohers.audit._context import AuditContext
from radiohers.audit._result import AuditLine, Level
from radiohers.audit._similar import NEAR, similar_pairs
from radiohers.metrics import Interval
from radiohers.results import merged_patients

__all__ = ["Groups", "NearIdenticalImage", "SameImage", "SameLesionMask", "SamePatient"]

_NEARLY_SURE = 0.90
_ADVICE_COPY = (
    "Find out which patient the image belongs to. Leave all but one of the copies out of the cohort, or give them one "
    "patient_id, and compare anew."
)


class SamePatient(Check):
    """Patients of the cohort in training and test of a fold, whatever groups the comparison was given."""

    code = "AUD001"
    title = "same patient"
    severity = "fail"
    rule = "fail if there is one; not run if patients were not given"
    advice = "Split by patient: compare_models(models, cohort), and a splitter that keeps groups together."
    measure = "count"

    def applies(self, context: AuditContext) -> Reason | None:
        if context.comparison.patients is not None:
            return None
        return Reason(
            "Patients were not given, so it is not known whether one is in training and test of a fold.",
            "Give the table of the cohort a column patient_id, and compare anew: compare_models(models, cohort).",
        )

    def lines(self, context: AuditContext) -> list[AuditLine]:
        groups, folds = context.groups, context.comparison.folds
        on_both = [np.intersect1d(groups[fold.train], groups[fold.test]) for fold in folds]
        cut = sorted({str(patient) for patients in on_both for patient in patients})
        n_patients = len(pd.unique(groups))
        found = _count(len(cut), "number of patients, counted over all folds")
        if not cut:
            message = f"None of {n_patients} patients is in training and test of one of {len(folds)} folds."
            return [self.line(context, "pass", message, found=found)]
        message = (
            f"{len(cut)} of {n_patients} patients are in training and test of the same fold; a model may recognise "
            "them."
        )
        return [self.line(context, "fail", message, found=found, cases=[f"patient {patient}" for patient in cut])]


class Groups(Check):
    """Whether the groups of the comparison put several patients of the cohort together, as sites do."""

    code = "AUD002"
    title = "groups"
    severity = "warn"
    rule = "warn if they do"
    advice = "Compare anew, as compare_models(models, cohort). If whole sites were held out on purpose, say so."

    def lines(self, context: AuditContext) -> list[AuditLine]:
        question = merged_patients(context.comparison)
        return [self.line(context, "warn", question)] if question else []


class PairCheck(Check):
    """Images of different patients that are the same."""

    @abstractmethod
    def pairs_line(self, context: AuditContext, pairs: pd.DataFrame) -> AuditLine:
        """Return what the pairs of :func:`similar_pairs` show."""

    def lines(self, context: AuditContext) -> list[AuditLine]:
        found = [self.pairs_line(context, similar_pairs(context))]
        unread = [str(case_id) for case_id, known in context.facts.items() if known is None]
        if unread:
            message = f"{len(unread)} of {context.n} images could not be read, and were compared with no other."
            advice = "See the warnings for the reasons, and fix the files."
            found.append(self.line(context, "not run", message, advice=advice, n=len(unread), cases=unread))
        return found


class SameImage(PairCheck):
    """Equal voxels under different patients, whatever name, type of file, type of number or order of axes."""

    code = "AUD003"
    title = "same image"
    severity = "fail"
    rule = "fail if on different sides of a fold; otherwise warn"
    advice = _ADVICE_COPY
    measure = "count"

    def pairs_line(self, context: AuditContext, pairs: pd.DataFrame) -> AuditLine:
        same = pairs[pairs["same_image"]]
        found = _count(len(same), f"pairs of {_different(context)}, equal voxels")
        if same.empty:
            pairs_compared = f"{pairs.attrs['n_pairs']} pairs of cases, voxel by voxel"
            message = f"No two {context.comparison.unit}s share an image ({pairs_compared})."
            return self.line(context, "pass", message, found=found)
        message = f"{_pairs_text(context, same)} the same image. {_side(same)}"
        level: Level = "fail" if (same["n_folds"] > 0).any() else "warn"
        return self.line(context, level, message, found=found, cases=_names(same))


class NearIdenticalImage(PairCheck):
    """Images, or lesions in their bounding boxes, of different patients that are alike in their details."""

    code = "AUD004"
    title = "near-identical image"
    severity = "fail"
    rule = f"warn from {NEAR:.2f}; fail from {_NEARLY_SURE:.2f} if on different sides of a fold"
    advice = f"Look at them side by side. {_ADVICE_COPY}"
    measure = "similarity"

    def pairs_line(self, context: AuditContext, pairs: pd.DataFrame) -> AuditLine:
        others = pairs[~pairs["same_image"]]
        near = others[others["similarity"] >= NEAR]
        highest = float(others["similarity"].max()) if len(others) else float("nan")
        method = f"highest correlation of the details of two thumbnails; warn from {NEAR}, fail from {_NEARLY_SURE}"
        found = Interval(highest, np.nan, np.nan, method)
        if near.empty:
            small = context.n - pairs.attrs["n_lesions"]
            left_out = f" {small} lesions are missing or too small to be compared by themselves." if small else ""
            of_whom = " of different patients" if context.comparison.unit == "patient" else ""
            message = f"The two most similar images{of_whom} reach {number_text(highest)} of {NEAR}.{left_out}"
            return self.line(context, "pass", message, found=found)
        is_sure = ((near["similarity"] >= _NEARLY_SURE) & (near["n_folds"] > 0)).any()
        message = (
            f"{_pairs_text(context, near)} almost the same image or lesion (up to {number_text(highest)}). "
            f"{_side(near)}"
        )
        cases = _names(near, with_similarity=True)
        return self.line(context, "fail" if is_sure else "warn", message, found=found, cases=cases)


class SameLesionMask(PairCheck):
    """Equal masks of different patients on different images."""

    code = "AUD005"
    title = "same lesion mask"
    severity = "warn"
    rule = "warn"
    advice = "Look at the masks on their images: one of them was probably saved under the wrong name, or is a template."
    measure = "count"

    def applies(self, context: AuditContext) -> Reason | None:
        has_mask = any(known is not None and known.lesion_voxels for known in context.facts.values())
        return None if has_mask else Reason("No case has a mask.")

    def pairs_line(self, context: AuditContext, pairs: pd.DataFrame) -> AuditLine:
        same = pairs[pairs["same_mask"] & ~pairs["same_image"]]
        found = _count(len(same), f"pairs of {_different(context)}, equal masks")
        if same.empty:
            message = f"No two {context.comparison.unit}s with different images share a mask."
            return self.line(context, "pass", message, found=found)
        message = f"{_pairs_text(context, same)} the same mask on different images. {_side(same)}"
        return self.line(context, "warn", message, found=found, cases=_names(same))


def _count(number: int, method: str) -> Interval:
    """Return a count as a number without an interval."""
    return Interval(float(number), np.nan, np.nan, method)


def _different(context: AuditContext) -> str:
    """Name what is compared with each other."""
    return "cases of different patients" if context.comparison.unit == "patient" else "cases"


def _pairs_text(context: AuditContext, pairs: pd.DataFrame) -> str:
    """Say how many pairs have something."""
    return f"{counted(len(pairs), 'pair')} of {_different(context)} have"


def _names(pairs: pd.DataFrame, with_similarity: bool = False) -> list[str]:
    """Name the cases of each pair."""
    return [
        f"{row['first']} = {row['second']}"
        + (f" ({number_text(row['similarity'])})" if with_similarity else "")
        + ("" if row["labels_agree"] else ", with different labels")
        for row in pairs.to_dict("records")
    ]


def _side(pairs: pd.DataFrame) -> str:
    """Say how many pairs are on different sides of a fold."""
    n_apart = int((pairs["n_folds"] > 0).sum())
    if n_apart == 0:
        return "None of them is on different sides of a fold."
    if len(pairs) == 1:
        return "It is on both sides of a fold."
    return f"{n_apart} of them are on different sides of a fold."
