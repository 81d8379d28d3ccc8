"""The main job end to end, on cohorts whose answer is known."""

import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold, cross_val_score

import radiohers as rh
from radiohers.datasets import make_ct_cohort
from radiohers.exceptions import OutputExistsError
from radiohers.protocols import radiomics_models, run_main_job

TEXTURE = {
    "imageType": {"Original": {}},
    "featureClass": {"firstorder": None, "glcm": None, "shape": None},
    "setting": {"binWidth": 25},
}


def read(folder, signal, n_patients, seed=0):
    csv = make_ct_cohort(folder, n_patients=n_patients, signal=signal, shape=(16, 56, 64), random_state=seed)
    return rh.read_cohort(csv, target="her2")


def compare(cohort, memory, n_jobs=None):
    models = radiomics_models(rh.RadiomicsExtractor(TEXTURE, memory=memory, n_jobs=n_jobs))
    return rh.compare_models(models, cohort, n_jobs=n_jobs)


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    return read(tmp_path_factory.mktemp("strong"), 1.0, 40)


@pytest.fixture(scope="module")
def memory(tmp_path_factory):
    return str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def files(cohort, tmp_path_factory):
    return run_main_job(cohort, tmp_path_factory.mktemp("job"), TEXTURE, title="A title", n_jobs=2)


def test_strong_signal_is_found_by_every_model(files):
    assert (files.comparison.table().xs("test", level="part")["auc"] > 0.8).all()


def test_without_signal_nothing_is_found(tmp_path, memory):
    result = compare(read(tmp_path, 0.0, 60), memory, n_jobs=2)
    assert result.table().xs("test", level="part")["auc"].between(0.3, 0.7).all()


def test_report_is_one_file_that_asks_for_nothing(files):
    html = files.report.read_text()
    assert "<title>A title</title>" in html
    assert "SYNTHETIC COHORT" in html
    assert "For research use only" in html
    for loader in ("<link", "src=", "@import", "<iframe", "<object", "fetch(", "XMLHttpRequest", "import("):
        assert loader not in html
    assert not re.search(r"""(href=["']?|url\(["']?)\s*(https?:)?//""", html)
    assert "default-src 'none'" in html
    row = files.comparison.table(full=True).loc[("LR", "test")]
    assert f"{row['auc_low']:.2f} to {row['auc_high']:.2f}" in html
    assert html.count("<svg") == 13


def test_report_names_no_case_and_no_folder(files, cohort):
    html = files.report.read_text()
    assert "SYN_0" not in html
    assert str(cohort.source.parent) not in html


def test_saved_model_scores_as_the_mlp_fitted_on_all_cases(files, cohort):
    saved = rh.load_model(files.model)
    expected = files.comparison.models["MLP"].predict_proba(cohort.X)[:, 1]
    np.testing.assert_array_equal(saved.score_cases(cohort.X)["probability"], expected)
    assert saved.threshold == files.comparison.threshold("MLP")


def test_predictions_are_written(files):
    written = pd.read_csv(files.predictions)
    assert len(written) == 3 * 25 * 40
    np.testing.assert_array_equal(written["score"], files.comparison.predictions["score"])


def test_existing_files_stop_the_job_before_it_begins(files, cohort, monkeypatch):
    monkeypatch.setattr("radiohers.protocols._main_job.compare_models", lambda *args, **options: 1 / 0)
    with pytest.raises(OutputExistsError, match="report.html exists already"):
        run_main_job(cohort, files.report.parent, TEXTURE)


def test_pipeline_works_with_scikit_learns_own_tools(cohort, memory):
    model = rh.make_radiomics_pipeline("lr", TEXTURE, memory=memory)
    cv = StratifiedGroupKFold(4, shuffle=True, random_state=0)
    scores = cross_val_score(model, cohort.X, cohort.y, groups=cohort.groups, cv=cv, scoring="roc_auc")
    assert scores.mean() > 0.8
    search = GridSearchCV(
        clone(model),
        {"classifier__C": [0.01, 1.0], "pca__n_components": ["elbow", 3]},
        cv=cv,
        n_jobs=2,
        scoring="roc_auc",
    )
    search.fit(cohort.X, cohort.y, groups=cohort.groups)
    assert search.best_score_ >= scores.mean() - 0.05
    assert search.predict_proba(cohort.X).shape == (40, 2)


def test_a_pickle_in_a_new_process_gives_identical_probabilities(cohort, memory, tmp_path):
    model = rh.make_radiomics_pipeline("mlp", TEXTURE, memory=memory).fit(cohort.X, cohort.y)
    pd.to_pickle((model, cohort.X), tmp_path / "pickle")
    code = (
        "import sys, pandas as pd; model, X = pd.read_pickle(sys.argv[1]);"
        "pd.to_pickle(model.predict_proba(X), sys.argv[2])"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "pickle"), str(tmp_path / "out")]
    subprocess.run(command, check=True, timeout=120)
    np.testing.assert_array_equal(pd.read_pickle(tmp_path / "out"), model.predict_proba(cohort.X))


def test_same_seed_same_bits(cohort, memory, files):
    again = compare(cohort, memory)
    pd.testing.assert_frame_equal(again.predictions, files.comparison.predictions, check_exact=True)
