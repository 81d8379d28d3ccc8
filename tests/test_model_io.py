"""Saved models: the same scores elsewhere, and nothing of the cases inside."""

import subprocess
import sys
from dataclasses import replace

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression

import radiohers as rh
from radiohers.crops import CropExtractor
from radiohers.datasets import make_ct_cohort
from radiohers.estimators import CaseCNNClassifier, CropCNNClassifier
from radiohers.exceptions import CohortError, ExtractionWarning, ModelFileError, OutputExistsError
from radiohers.features import load_params


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cohort")
    return rh.read_cohort(make_ct_cohort(folder, n_patients=12, shape=(12, 48, 56)), target="her2")


@pytest.fixture(scope="module")
def fitted(cohort, tmp_path_factory):
    memory = tmp_path_factory.mktemp("cache")
    return rh.make_radiomics_pipeline("mlp", "first_order_shape", memory=str(memory), n_jobs=2).fit(cohort.X, cohort.y)


def test_a_new_process_gives_identical_probabilities(fitted, cohort, tmp_path):
    path = rh.save_model(fitted, tmp_path / "model.rh", cohort=cohort)
    code = (
        "import sys, radiohers as rh; model, table, out = sys.argv[1:]\n"
        "rh.load_model(model).score_cases(rh.read_cohort(table).X).to_pickle(out)"
    )
    command = [sys.executable, "-c", code, str(path), str(cohort.source), str(tmp_path / "scores")]
    subprocess.run(command, check=True, timeout=120)
    scores = pd.read_pickle(tmp_path / "scores")
    np.testing.assert_array_equal(scores["probability"], fitted.predict_proba(cohort.X)[:, 1])
    assert scores.index.tolist() == cohort.X.index.tolist()


def test_nothing_of_the_cases_or_of_this_machine_is_saved(fitted, cohort, tmp_path):
    path = rh.save_model(fitted, tmp_path / "model.rh", cohort=cohort)
    saved = rh.load_model(path)
    extractor = saved.model.named_steps["extractor"]
    assert extractor.memory is None
    assert extractor.params == load_params("first_order_shape")
    assert saved.training == {"n_cases": 12, "n_patients": 12, "n_positive": 6}
    joblib.dump(saved, tmp_path / "plain")
    content = (tmp_path / "plain").read_bytes()
    assert b"SYN_0" not in content
    assert str(cohort.source.parent).encode() not in content
    assert fitted.named_steps["extractor"].memory is not None


def test_threshold_and_classes(tmp_path):
    model = LogisticRegression().fit([[-1.0], [0.0], [1.0], [2.0]], ["low", "low", "high", "high"])
    path = rh.save_model(model, tmp_path / "model.rh", positive="high", threshold=0.99)
    saved = rh.load_model(path)
    assert (saved.positive, saved.negative) == ("high", "low")
    assert saved.predict([[1.0], [50.0]]).tolist() == ["low", "high"]
    assert saved.score_cases([[1.0]])["probability"].iloc[0] == model.predict_proba([[1.0]])[0, 0]


def test_the_positive_class_must_be_told(tmp_path):
    model = LogisticRegression().fit([[0.0], [1.0]], ["low", "high"])
    with pytest.raises(CohortError, match="which of them is positive is not told"):
        rh.save_model(model, tmp_path / "model.rh")


def test_no_file_is_overwritten(tmp_path):
    model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    path = rh.save_model(model, tmp_path / "new" / "model.rh")
    before = path.read_bytes()
    with pytest.raises(
        OutputExistsError, match="model.rh exists already. Give another path, or overwrite it with force"
    ):
        rh.save_model(model, path)
    assert path.read_bytes() == before
    rh.save_model(model, path, force=True)
    assert [file.name for file in path.parent.iterdir()] == ["model.rh"]


def test_a_model_that_is_not_fitted(tmp_path):
    with pytest.raises(NotFittedError):
        rh.save_model(LogisticRegression(), tmp_path / "model.rh")


@pytest.mark.parametrize("content", [b"no pickle", b""])
def test_files_that_are_no_models(tmp_path, content):
    (tmp_path / "model.rh").write_bytes(content)
    with pytest.raises(ModelFileError, match="cannot be loaded"):
        rh.load_model(tmp_path / "model.rh")


def test_files_of_other_things(tmp_path):
    joblib.dump(LogisticRegression(), tmp_path / "model.rh")
    with pytest.raises(ModelFileError, match="holds a LogisticRegression and no model of save_model"):
        rh.load_model(tmp_path / "model.rh")
    with pytest.raises(ModelFileError, match="gone.rh is not a file"):
        rh.load_model(tmp_path / "gone.rh")


def test_other_versions_are_told(tmp_path, monkeypatch):
    path = rh.save_model(LogisticRegression().fit([[0.0], [1.0]], [0, 1]), tmp_path / "model.rh")
    monkeypatch.setattr("radiohers.model_io.library_versions", lambda: {"numpy": "1.0"})
    with pytest.warns(UserWarning, match="model.rh was saved with .*numpy .* \\(now 1.0\\)"):
        rh.load_model(path)


def test_a_case_that_fails_has_no_score(fitted, cohort, tmp_path):
    saved = rh.load_model(rh.save_model(fitted, tmp_path / "model.rh", cohort=cohort))
    X = cohort.X.copy()
    X.loc["SYN_003", "mask"] = str(tmp_path / "gone.nii.gz")
    with pytest.raises(rh.RadiohersError, match="case 'SYN_003'"):
        saved.score_cases(X)
    with pytest.warns(ExtractionWarning, match="case 'SYN_003': .* The case has no score."):
        scores = saved.score_cases(X, on_error="nan")
    assert scores.index[scores.isna().all(axis=1)].tolist() == ["SYN_003"]
    expected = saved.score_cases(cohort.X).drop("SYN_003")
    np.testing.assert_array_equal(scores.drop("SYN_003")["probability"], expected["probability"])
    with pytest.raises(ValueError, match="on_error='skip' is not known"):
        saved.score_cases(X, on_error="skip")


def test_networks_leave_this_machine_out_too(tmp_path):
    table = make_ct_cohort(tmp_path / "cohort", n_patients=6, shape=(10, 40, 44))
    cohort = rh.read_cohort(table, target="her2")
    network = CropCNNClassifier(
        "small", max_epochs=1, validation_fraction=0, checkpoint_folder=tmp_path / "epochs", random_state=0
    )
    model = CaseCNNClassifier(CropExtractor(size=32, memory=str(tmp_path / "cache")), network).fit(cohort.X, cohort.y)
    saved = rh.load_model(rh.save_model(model, tmp_path / "model.rh", cohort=cohort))
    joblib.dump(saved, tmp_path / "plain")
    assert str(tmp_path).encode() not in (tmp_path / "plain").read_bytes()
    np.testing.assert_array_equal(saved.predict_proba(cohort.X), model.predict_proba(cohort.X))


@pytest.mark.parametrize("versions", [{}, {"feature values": "1"}, {"feature values": "1.5"}])
def test_features_of_other_values_are_told(tmp_path, versions):
    path = rh.save_model(LogisticRegression().fit([[0.0], [1.0]], [0, 1]), tmp_path / "model.rh")
    joblib.dump(replace(joblib.load(path), versions=versions), path)
    with pytest.warns(UserWarning, match=r"model.rh was saved with feature values 1.* \(now 2\)"):
        rh.load_model(path)
