"""Saved models: the same scores elsewhere, and nothing of the cases inside."""

import gzip
import subprocess
import sys
import warnings
import zlib
from dataclasses import replace
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC
from sklearn.utils._param_validation import InvalidParameterError

import radiohers as rh
from radiohers.crops import CropExtractor
from radiohers.datasets import make_ct_cohort
from radiohers.estimators import CropCNNClassifier
from radiohers.exceptions import CohortError, ExtractionWarning, ModelFileError, OutputExistsError
from radiohers.features import load_params
from radiohers.model_io import SavedModel


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
    assert extractor.params == load_params("first_order_shape").to_dict()
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


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty and no"),
        (b"no pickle", "is a text file and no"),
        ("Größe;Befund\n3,5;ja\n".encode("latin-1"), "is a text file and no"),
        ("case,label\n".encode("utf-16"), "is a text file and no"),
        (b"cos\nsystem\n(S'touch ran'\ntR.", "is a text file and no"),
        (b"patient_id,case_id,image\nP,A,a.nii\n", "is a table of cases, which is the second argument"),
        (b"PK\x03\x04rest", "is a ZIP file, such as"),
        (b"\x89PNG\r\n", "is a PNG picture and no"),
        (b"%PDF-1.7 \x00\x01", "is a PDF file and no"),
        (bytes(range(1, 256)), "is a file of an unknown kind"),
        (b"\x80\x04 cut short", "cannot be loaded .*: it is damaged"),
        (b"\x1f\x8b\x08\xff\xff and no more of gzip", "is a damaged gzip file and no"),
        (gzip.compress(b"\x80\x04 cut short", mtime=0), "cannot be loaded .*: it is damaged"),
        (gzip.compress(b"case_id,image\nA,a.nii", mtime=0), "is a table of cases"),
        (gzip.compress(bytes(344) + b"n+1\0" + bytes(99), mtime=0), "is a NIfTI image and no"),
        (bytes(344) + b"ni1\0" + bytes(99), "is a NIfTI image and no"),
        (zlib.compress(b"no pickle"), "cannot be loaded .*: it is damaged"),
    ],
)
def test_files_that_are_no_models(tmp_path, monkeypatch, content, said):
    monkeypatch.chdir(tmp_path)
    Path("model.rh").write_bytes(content)
    with pytest.raises(ModelFileError, match=f"^model.rh {said}") as error:
        rh.load_model("model.rh")
    assert "radiohers train --out" in str(error.value)
    assert "\n" not in str(error.value)
    assert not Path("ran").exists()


def test_files_of_other_things(tmp_path):
    joblib.dump(LogisticRegression(), tmp_path / "model.rh")
    with pytest.raises(ModelFileError, match="holds a LogisticRegression and no model of save_model"):
        rh.load_model(tmp_path / "model.rh")
    with pytest.raises(ModelFileError, match="gone.rh does not exist"):
        rh.load_model(tmp_path / "gone.rh")
    with pytest.raises(ModelFileError, match="is a folder and no saved model"):
        rh.load_model(tmp_path)


def test_other_versions_are_told(tmp_path, monkeypatch):
    path = rh.save_model(LogisticRegression().fit([[0.0], [1.0]], [0, 1]), tmp_path / "model.rh")
    monkeypatch.setattr("radiohers.model_io._model_io.library_versions", lambda: {"numpy": "1.0"})
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
    model = rh.make_cnn_pipeline(network, CropExtractor(size=32, memory=str(tmp_path / "cache")))
    model.fit(cohort.X, cohort.y)["cnn"].classifier_.weights = tmp_path / "pretrained.pth"
    saved = rh.load_model(rh.save_model(model, tmp_path / "model.rh", cohort=cohort))
    assert saved.model["cnn"].classifier_.weights == "pretrained.pth"
    joblib.dump(saved, tmp_path / "plain")
    assert str(tmp_path).encode() not in (tmp_path / "plain").read_bytes()
    np.testing.assert_array_equal(saved.predict_proba(cohort.X), model.predict_proba(cohort.X))


BAD_THRESHOLDS = [float("nan"), float("inf"), -float("inf"), -0.01, 1.01, None, "0.5", True, np.True_, np.nan, [0.5]]


@pytest.mark.parametrize("threshold", BAD_THRESHOLDS, ids=repr)
def test_thresholds_that_are_no_probabilities(threshold, tmp_path):
    model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    with pytest.raises(InvalidParameterError, match=r"'threshold' .* range \[0.0, 1.0\]. Got"):
        rh.save_model(model, tmp_path / "model.rh", threshold=threshold)
    assert not (tmp_path / "model.rh").exists()


@pytest.mark.parametrize("threshold", BAD_THRESHOLDS[:7], ids=repr)
def test_files_with_such_a_threshold(threshold, tmp_path):
    model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    joblib.dump(SavedModel(model, 1, 0, threshold), tmp_path / "model.rh")
    with pytest.raises(ModelFileError, match=r"model.rh has the threshold .*, which is no probability from 0 to 1"):
        rh.load_model(tmp_path / "model.rh")


@pytest.mark.parametrize("threshold", [0, 1, np.float32(0.25), 0.75])
def test_thresholds_that_are(threshold, tmp_path):
    model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    assert rh.load_model(rh.save_model(model, tmp_path / "model.rh", threshold=threshold)).threshold == threshold


class FailsOnMinusOne(LogisticRegression):
    """Has no score for a row of -1."""

    def predict_proba(self, X):
        if np.any(np.asarray(X) == -1):
            raise rh.RadiohersError("there is a -1.")
        return super().predict_proba(X)


@pytest.mark.parametrize(
    ("y", "positive", "kind", "beside_failures"),
    [
        ([0, 0, 1, 1], 1, int, "Int64"),
        ([5, 5, 7, 7], 7, int, "Int64"),
        (np.array([-1, -1, 1, 1], np.int8), 1, int, "Int8"),
        (np.array([0, 0, 1, 1], np.uint8), 1, int, "UInt8"),
        ([False, False, True, True], True, bool, "boolean"),
        (pd.array([0, 0, 1, 1], dtype="Int64"), 1, int, "Int64"),
        (pd.array([False, False, True, True], dtype="boolean"), True, bool, "boolean"),
        ([0.0, 0.0, 1.0, 1.0], 1.0, float, "float64"),
        (["None", "None", "Lung", "Lung"], "Lung", str, None),
        (["0", "0", "1", "1"], "1", str, None),
    ],
)
def test_classes_keep_their_type(y, positive, kind, beside_failures, tmp_path):
    model = FailsOnMinusOne().fit(pd.DataFrame({"x": [0.0, 0.5, 2.0, 3.0]}), y)
    saved = rh.load_model(rh.save_model(model, tmp_path / "model.rh", positive=positive))
    labels = list(y)
    expected = [labels[0], labels[-1]]
    X = pd.DataFrame({"x": [-5.0, 5.0, -1.0]}, index=["a", "b", "c"])
    for found in (saved.predict(X[:2]).tolist(), saved.score_cases(X[:2])["class"].tolist()):
        assert found == expected
        assert {type(label) for label in found} == {kind}
    with pytest.warns(ExtractionWarning):
        scores = saved.score_cases(X, on_error="nan")
    assert scores["class"].isna().tolist() == [False, False, True]
    assert scores["class"].iloc[:2].tolist() == expected
    assert {type(label) for label in scores["class"].iloc[:2].tolist()} == {kind}
    assert beside_failures is None or scores["class"].dtype == beside_failures
    scores.to_csv(tmp_path / "scores.csv")
    written = pd.read_csv(tmp_path / "scores.csv", dtype=str, keep_default_na=False)["class"].tolist()
    assert written == [*map(str, expected), ""]


def test_models_without_probabilities(tmp_path):
    X, y = [[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1]
    vote = VotingClassifier([("a", LogisticRegression()), ("b", LogisticRegression())], voting="hard")
    not_refitted = GridSearchCV(LogisticRegression(), {"C": [1]}, cv=2, refit=False)
    for model in (RidgeClassifier(), vote, not_refitted, make_pipeline(LinearSVC())):
        with pytest.raises(ModelFileError, match="has no predict_proba, which scoring needs. Put the classifier into"):
            rh.save_model(model.fit(X, y), tmp_path / "model.rh")


@pytest.mark.parametrize(
    ("make", "positive", "own"),
    [
        (lambda: FixedThresholdClassifier(LogisticRegression(), threshold=0.3), 1, 0.3),
        (lambda: FixedThresholdClassifier(LogisticRegression(), threshold=0.3), 0, 0.7),
        (lambda: FixedThresholdClassifier(LogisticRegression(), threshold=0.2, pos_label=0), 0, 0.2),
        (lambda: make_pipeline(FixedThresholdClassifier(LogisticRegression(), threshold=0.9)), 1, 0.9),
        (lambda: GridSearchCV(FixedThresholdClassifier(LogisticRegression()), {"threshold": [0.4]}, cv=2), 1, 0.4),
    ],
)
def test_a_threshold_of_the_models_own(make, positive, own, tmp_path):
    model = make().fit([[0.0], [1.0], [2.0], [3.0]], [0, 1, 0, 1])
    with pytest.warns(UserWarning, match=f"from a probability of {own} on, but threshold=0.5 is saved"):
        rh.save_model(model, tmp_path / "model.rh", positive=positive)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rh.save_model(model, tmp_path / "own.rh", positive=positive, threshold=own)


@pytest.mark.parametrize("versions", [{}, {"feature values": "1"}, {"feature values": "1.5"}])
def test_features_of_other_values_are_told(tmp_path, versions):
    path = rh.save_model(LogisticRegression().fit([[0.0], [1.0]], [0, 1]), tmp_path / "model.rh")
    joblib.dump(replace(joblib.load(path), versions=versions), path)
    with pytest.warns(UserWarning, match=r"model.rh was saved with feature values 1.* \(now 2\)"):
        rh.load_model(path)
