"""The performance table: what is taken over what, and that every number names its method."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.metrics import average_precision_score, f1_score
from sklearn.model_selection import RepeatedStratifiedKFold
from threadpoolctl import threadpool_limits

from radiohers import metrics
from radiohers.metrics import METRICS
from radiohers.results import Judge, fold_design, fold_scores, format_table, wide_table
from radiohers.results._table import performance_rows

N = 40
Y = np.arange(N) < 16


def predictions(folds, models=("m",), patients=None, link=expit):
    """Return what models would predict that rank cases with an AUC of about 0.8."""
    rng = np.random.default_rng(0)
    patients = np.arange(N) if patients is None else patients
    tables = []
    for model in models:
        for repeat, fold, *parts in folds:
            for part, rows in zip(("train", "test"), parts, strict=True):
                score = link(rng.normal(size=len(rows)) + 1.2 * Y[rows] - 0.5)
                columns = {"case_id": rows, "patient_id": patients[rows], "y_true": Y[rows], "score": score}
                names = {"model": model, "repeat": repeat, "fold": fold, "part": part, "threshold": 0.5}
                tables.append(pd.DataFrame({**names, **columns, "y_pred": score >= 0.5}))
    return pd.concat(tables, ignore_index=True)


def cross_validation(n_splits=4, n_repeats=2):
    splits = RepeatedStratifiedKFold(n_splits=n_splits, n_repeats=n_repeats, random_state=0).split(Y, Y)
    return [(i // n_splits, i % n_splits, train, test) for i, (train, test) in enumerate(splits)]


ONE_SPLIT = cross_validation(2, 1)[:1]


def values_of(rows, **options):
    splits = dict.fromkeys(("m", "twin"), "patient-level")
    designs = {"train": None, "test": fold_design(rows)}
    settings = {"n_bootstraps": 200, "confidence_level": 0.95, "random_state": 0, **options}
    judges = [Judge(rows, part, design=designs[part], **settings) for part in rows["part"].unique()]
    return performance_rows(judges, splits)


def table_of(rows, **options):
    return wide_table(values_of(rows, **options))


OVER_FOLDS = "corrected resampled t over folds (Nadeau-Bengio, 3 degrees of freedom), at least the patient bootstrap"
ROWS = predictions(cross_validation())
VALUES = values_of(ROWS)
TABLE = wide_table(VALUES)
TEST = ROWS.query("part == 'test'")
ROW = TABLE.loc[("m", "test")]


@pytest.mark.parametrize("name", ["accuracy", "sensitivity", "specificity", "balanced_accuracy"])
def test_calls_are_judged_within_each_fold(name):
    folds = [getattr(metrics, name)(f["y_true"], f["y_pred"]).value for _, f in TEST.groupby(["repeat", "fold"])]
    assert ROW[name] == pytest.approx(np.mean(folds), abs=1e-12)
    assert ROW[f"{name}_interval"] == OVER_FOLDS


def test_what_a_fold_has_too_few_cases_for_is_taken_of_a_repeat():
    repeats = [repeat for _, repeat in TEST.groupby("repeat")]
    slopes = [metrics.calibration_slope(r["y_true"], r["score"], n_bootstraps=1).value for r in repeats]
    assert ROW["calibration_slope"] == pytest.approx(np.mean(slopes), abs=1e-9)
    assert ROW["f1"] == pytest.approx(np.mean([f1_score(r["y_true"], r["y_pred"]) for r in repeats]), abs=1e-12)
    precision = np.mean([average_precision_score(r["y_true"], r["score"]) for r in repeats])
    assert ROW["average_precision"] == pytest.approx(precision, abs=1e-12)
    assert ROW["brier_score_interval"] == "patient bootstrap of the mean over repeats, folds pooled"


def test_every_metric_has_limits_around_it_and_names_its_method():
    for name in METRICS:
        assert ROW[f"{name}_low"] < ROW[name] < ROW[f"{name}_high"], name
        assert "bootstrap" in ROW[f"{name}_interval"]


def test_interval_of_the_auc_over_folds_holds_nadeau_and_bengios_and_the_bootstraps():
    folds = [metrics.auc(f["y_true"], f["score"]).value for _, f in TEST.groupby(["repeat", "fold"])]
    corrected = metrics.corrected_resampled_interval(folds, 30, 10, degrees_of_freedom=3)
    assert ROW["auc"] == pytest.approx(corrected.value, abs=1e-12)
    assert ROW["auc_low"] == pytest.approx(min(corrected.low, ROW["auc_bootstrap_low"]), abs=1e-12)
    assert ROW["auc_high"] == pytest.approx(max(corrected.high, ROW["auc_bootstrap_high"]), abs=1e-12)
    assert ROW["auc_bootstrap_interval"] == "patient bootstrap of the mean over folds"


def test_training_cases_were_seen_by_all_models_and_are_bootstrapped():
    assert TABLE.loc[("m", "train"), "auc_interval"] == "patient bootstrap of the mean over folds"


def test_repeats_narrow_the_interval_no_further_than_the_folds_of_one_allow():
    many = table_of(predictions(cross_validation(4, 10))).loc[("m", "test")]
    assert many["auc_interval"] == OVER_FOLDS
    assert many["auc_high"] - many["auc_low"] > many["auc_bootstrap_high"] - many["auc_bootstrap_low"]


def test_one_split_of_independent_cases_has_formulas_where_there_are_some():
    row = table_of(predictions(ONE_SPLIT)).loc[("m", "test")]
    assert (row["auc_interval"], row["positive_predictive_value_interval"]) == ("DeLong, logit scale", "Wilson")
    assert row["brier_score_interval"] == "bootstrap of the cases"
    assert "auc_bootstrap" not in row


def test_one_split_with_several_lesions_a_patient_draws_patients():
    row = table_of(predictions(ONE_SPLIT, patients=np.arange(N) // 3)).loc[("m", "test")]
    methods = {row[f"{name}_interval"].split(";")[0] for name in METRICS if name in row}
    assert methods == {"patient bootstrap"}


def test_one_repeat_of_folds_is_pooled():
    row = table_of(predictions(cross_validation(4, 1))).loc[("m", "test")]
    assert row["brier_score_interval"] == "patient bootstrap, folds pooled"


def test_scores_that_are_not_probabilities_have_no_calibration_and_say_so():
    rows = predictions(cross_validation(), link=lambda x: x)
    # Nor has a part in which they happen to look like some.
    rows.loc[rows["part"] == "test", "score"] = expit(rows["score"])
    row = table_of(rows).loc[("m", "test")]
    for name in ("brier_score", "calibration_slope", "calibration_intercept", "expected_calibration_error"):
        assert np.isnan(row[name])
        assert row[f"{name}_interval"] == "undefined: the scores are not probabilities (some lie outside 0..1)"
    assert row["auc_low"] < row["auc"]


def test_models_are_judged_on_the_same_resamples():
    rows = predictions(cross_validation())
    both = table_of(pd.concat([rows, rows.assign(model="twin")], ignore_index=True))
    pd.testing.assert_series_equal(both.loc[("m", "test")], both.loc[("twin", "test")], check_names=False)


def test_long_form_has_one_row_a_value():
    assert len(VALUES) == 2 * len(METRICS)
    assert VALUES.notna().all(axis=None)
    mcc = VALUES.set_index(["model", "part", "metric"]).loc[("m", "test", "matthews_correlation")]
    assert mcc["low"] == ROW["matthews_correlation_low"]
    assert mcc[["n_cases", "n_positive", "n_patients", "n_folds"]].tolist() == [40, 16, 40, 8]


def test_formatted_table_says_what_is_undefined():
    rows = predictions(cross_validation(), link=lambda x: x)
    shown = format_table(table_of(rows)).loc[("m", "test")]
    assert shown["brier_score"] == "undefined"
    assert shown["auc"].count(".") == 3


def test_folds_are_the_rows_of_each_fold_in_their_order():
    # Folds whose rows are mixed, and cases that appear in another order in each.
    rows = TEST.sample(frac=1, random_state=0)
    cases = pd.Index(rows["case_id"].drop_duplicates())
    for keys in (["repeat", "fold"], ["repeat"]):
        expected = [group for _, group in rows.groupby(keys, sort=False)]
        for fold, own in zip(fold_scores(rows, keys), expected, strict=True):
            assert cases[fold.case].tolist() == own["case_id"].tolist()
            np.testing.assert_array_equal(fold.score, own["score"])
            np.testing.assert_array_equal(fold.patient, own["patient_id"])
            np.testing.assert_array_equal(fold.y_true, own["y_true"])
            np.testing.assert_array_equal(fold.y_pred, own["y_pred"])


def test_threads_of_blas_change_no_bit_of_the_table():
    rows = predictions(cross_validation(4, 3))
    tables = []
    for n_threads in (1, 4):
        with threadpool_limits(n_threads, "blas"):
            tables.append(table_of(rows, n_bootstraps=700))
    pd.testing.assert_frame_equal(*tables, check_exact=True)
