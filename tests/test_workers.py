"""What joblib says of its workers, and what of it reaches the user."""

import warnings

import numpy as np
import pandas as pd
import pytest

from radiohers.cohort import iter_cases
from radiohers.cohort._each_case import CaseResult, work_on_cases
from radiohers.evaluation import compare_models

STOPPED = (
    "A worker stopped while some jobs were given to the executor. This can be caused by a too short worker timeout or "
    "by a memory leak."
)
CASES = iter_cases([("a.nii", "b.nii")] * 3)


def work(case, text):
    warnings.warn(text, UserWarning, stacklevel=1)
    return CaseResult(case.case_id)


def run(text):
    options = {"on_error": "raise", "consequence": "", "description": "", "verbose": 0}
    return work_on_cases(lambda case: work(case, text), CASES, n_jobs=1, **options)


def test_a_replaced_worker_is_not_told():
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        assert [result.value for result in run(STOPPED)] == [0, 1, 2]
    assert seen == []


@pytest.mark.parametrize("text", ["A worker has died.", "The cache is full.", "case 'a': " + STOPPED])
def test_other_warnings_are(text):
    with pytest.warns(UserWarning, match=text[:15]):
        run(text)


class _Warns:
    """A classifier that warns as joblib does."""

    def __init__(self):
        self.classes_ = np.array([0, 1])

    def get_params(self, deep=True):
        return {}

    def fit(self, X, y):
        warnings.warn(STOPPED, UserWarning, stacklevel=1)
        return self

    def predict_proba(self, X):
        return np.column_stack([1 - np.asarray(X)[:, 0], np.asarray(X)[:, 0]])


def test_nor_in_folds_and_refits():
    X, y = pd.DataFrame({"x": np.linspace(0, 1, 12)}), np.arange(12) % 2
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        result = compare_models({"W": _Warns()}, X, y, groups=np.arange(12), cv=2, n_bootstraps=100)
        result.against_chance(n_permutations=19, n_refits=19)
    assert [warning for warning in seen if "worker" in str(warning.message)] == []
