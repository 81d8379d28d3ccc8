"""What save_model freezes, in every kind of model: settings inside, no path of this machine, the same numbers."""

from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier, StackingClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import radiohers as rh
from radiohers.exceptions import ModelFileError, ParamsError
from radiohers.features import RadiomicsExtractor, load_params

SETTINGS = "setting: {{binWidth: {}}}\nfeatureClass: {{firstorder: [Entropy, Variance, Uniformity]}}\n"
N_CASES = 10


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    """Cohort rows and labels, in files."""
    folder = tmp_path_factory.mktemp("cases")
    rows = []
    for number in range(N_CASES):
        rng = np.random.default_rng(number)
        mask = np.zeros((4, 7, 8), np.uint8)
        mask[1:3, 1:6, 2 : 6 + number % 2] = 1
        for name, voxels in (("i", rng.normal(40, 20 + 15 * (number % 2), mask.shape)), ("m", mask)):
            sitk.WriteImage(sitk.GetImageFromArray(voxels), str(folder / f"{name}{number}.nii.gz"))
        rows.append({"image": str(folder / f"i{number}.nii.gz"), "mask": str(folder / f"m{number}.nii.gz")})
    X = pd.DataFrame(rows, index=[f"case_{number}" for number in range(N_CASES)])
    return X, pd.Series(np.arange(N_CASES) % 2, index=X.index)


class Holder(ClassifierMixin, BaseEstimator):
    """A classifier of somebody else's that keeps fitted parts in a list, a dict of tuples and an attribute."""

    def __init__(self, part, n_jobs=3):
        self.part = part
        self.n_jobs = n_jobs

    def fit(self, X, y):
        self.parts_ = [clone(self.part).fit(X, y)]
        self.by_name_ = {"first": (self.parts_[0],), "second": {"deep": clone(self.part).fit(X, y)}}
        self.fitted_ = self.parts_[0]
        self.classes_ = self.fitted_.classes_
        return self

    def predict_proba(self, X):
        parts = [*self.by_name_["first"], self.by_name_["second"]["deep"], self.fitted_]
        return np.mean([part.predict_proba(X) for part in parts], axis=0)

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


class Box:
    """No estimator, but holds one."""

    def __init__(self, inside):
        self.inside = inside


class Boxed(Holder):
    """Keeps its part in a frozen set of boxes."""

    def fit(self, X, y):
        self.boxes_ = frozenset([Box(clone(self.part).fit(X, y))])
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X):
        return next(iter(self.boxes_)).inside.predict_proba(X)


def union(part):
    both = [("a", clone(part.named_steps["extractor"])), ("b", make_pipeline(clone(part.named_steps["extractor"])))]
    return make_pipeline(FeatureUnion(both), StandardScaler(), LogisticRegression())


def columns(part):
    of_columns = ColumnTransformer([("features", clone(part.named_steps["extractor"]), ["image", "mask"])])
    return Pipeline([("columns", of_columns), ("classifier", LogisticRegression())])


def cached(part, folder):
    inner = Pipeline([("extractor", clone(part.named_steps["extractor"])), ("scaler", StandardScaler())])
    outer = Pipeline([("inner", inner), ("classifier", LogisticRegression())], memory=str(folder / "of pipelines"))
    return outer.set_params(inner__memory=joblib.Memory(folder / "of the inner one", verbose=0))


KINDS = {
    "grid search": lambda part, _: GridSearchCV(part, {"classifier__C": [0.1, 1.0]}, cv=2, n_jobs=1, verbose=0),
    "random search": lambda part, _: RandomizedSearchCV(part, {"classifier__C": [1, 2]}, n_iter=1, cv=2),
    "search over parameter files": lambda part, folder: GridSearchCV(
        part, {"extractor__params": [str(folder / "my.yaml"), folder / "other.yaml"]}, cv=2
    ),
    "search over extractors": lambda part, folder: GridSearchCV(
        part, [{"extractor": [RadiomicsExtractor(folder / "other.yaml"), clone(part[0])]}], cv=2
    ),
    "calibrated": lambda part, _: CalibratedClassifierCV(part, cv=2, ensemble=True),
    "calibrated search": lambda part, _: CalibratedClassifierCV(GridSearchCV(part, {"classifier__C": [1]}, cv=2), cv=2),
    "voting": lambda part, _: VotingClassifier([("a", part), ("b", clone(part))], voting="soft"),
    "stacking": lambda part, _: StackingClassifier([("a", part), ("b", clone(part))], cv=2, n_jobs=1),
    "fixed threshold": lambda part, _: FixedThresholdClassifier(part, threshold=0.5),
    "tuned threshold": lambda part, _: TunedThresholdClassifierCV(part, cv=2, thresholds=5),
    "one against the rest": lambda part, _: OneVsRestClassifier(part),
    "pipeline in a pipeline": lambda part, _: make_pipeline(make_pipeline(part[0], part[1:-1]), part[-1]),
    "caches of pipelines": cached,
    "union of features": lambda part, _: union(part),
    "columns": lambda part, _: columns(part),
    "lists, dicts and attributes": lambda part, _: Holder(part),
    "boxes": lambda part, _: Boxed(part),
    "search of somebody's own": lambda part, _: GridSearchCV(Holder(part), {"part__classifier__C": [1, 2]}, cv=2),
    "bagged features": lambda part, _: make_pipeline(part[0], BaggingClassifier(part[1:], n_estimators=2)),
    "forest with jobs": lambda part, _: make_pipeline(part[0], RandomForestClassifier(5)),
}


@pytest.fixture
def part(tmp_path):
    (tmp_path / "my.yaml").write_text(SETTINGS.format(5))
    (tmp_path / "other.yaml").write_text(SETTINGS.format(9))
    return rh.make_radiomics_pipeline(
        "lr", str(tmp_path / "my.yaml"), memory=tmp_path / "features", n_jobs=1, n_components=None
    )


def bytes_of(saved, folder):
    joblib.dump(saved, folder / "plain")
    return (folder / "plain").read_bytes()


@pytest.mark.filterwarnings("ignore:Persisting input arguments took", "ignore:The model calls cases positive from")
@pytest.mark.parametrize("kind", KINDS)
def test_frozen_and_without_paths(kind, part, cases, tmp_path):
    X, y = cases
    model = KINDS[kind](part, tmp_path).fit(X, y)
    before = model.predict_proba(X)
    saved = rh.load_model(rh.save_model(model, tmp_path / "model.rh"))
    content = bytes_of(saved, tmp_path)
    assert str(tmp_path).encode() not in content
    assert tmp_path.name.encode() not in content
    assert b"case_1" not in content
    np.testing.assert_array_equal(model.predict_proba(X), before)
    for file in ("my.yaml", "other.yaml"):
        (tmp_path / file).write_text(SETTINGS.format(50))
    np.testing.assert_array_equal(saved.predict_proba(X), before)
    for file in ("my.yaml", "other.yaml"):
        (tmp_path / file).unlink()
    np.testing.assert_array_equal(saved.predict_proba(X), before)


def test_one_object_in_several_places_stays_one(part, cases, tmp_path):
    model = Holder(part).fit(*cases)
    copy = rh.load_model(rh.save_model(model, tmp_path / "model.rh")).model
    assert copy.fitted_ is copy.parts_[0] is copy.by_name_["first"][0]
    assert copy.fitted_ is not copy.by_name_["second"]["deep"]


def test_the_model_that_is_saved_stays_as_it_is(part, cases, tmp_path):
    model = GridSearchCV(part, {"extractor__params": [str(tmp_path / "my.yaml")]}, cv=2, verbose=0, n_jobs=1)
    model.fit(*cases)
    grid, fitted = model.param_grid, model.best_estimator_
    copy = rh.load_model(rh.save_model(model, tmp_path / "model.rh")).model
    assert model.param_grid is grid
    assert grid == {"extractor__params": [str(tmp_path / "my.yaml")]}
    assert fitted is model.best_estimator_
    assert fitted[0].params == str(tmp_path / "my.yaml")
    assert fitted[0].memory == tmp_path / "features"
    assert model.n_jobs == 1
    assert (copy.n_jobs, copy.best_params_) == (None, {"extractor__params": "my.yaml"})
    assert copy.cv_results_["param_extractor__params"].tolist() == ["my.yaml"]
    assert copy.best_estimator_[0].params == load_params(tmp_path / "my.yaml").to_dict() == copy.estimator[0].params
    assert copy.best_estimator_[0].memory is None


def test_jobs_and_words_on_the_screen_are_left_to_the_machine(part, cases, tmp_path):
    model = make_pipeline(part[0], RandomForestClassifier(3, n_jobs=2, verbose=0), verbose=True).fit(*cases)
    copy = rh.load_model(rh.save_model(model, tmp_path / "model.rh")).model
    assert (copy[-1].n_jobs, copy.verbose, copy[0].n_jobs) == (None, False, None)
    # To its own default, not to one that it does not know.
    assert rh.load_model(rh.save_model(Holder(part, 2).fit(*cases), tmp_path / "own.rh")).model.n_jobs == 3


def test_memory_that_is_no_cache_is_kept(cases, tmp_path):
    class_with_memory = type("Recurrent", (LogisticRegression,), {"__init__": _init_recurrent, "__module__": __name__})
    globals()["Recurrent"] = class_with_memory
    model = class_with_memory(memory=0.25).fit([[0.0], [1.0]], [0, 1])
    assert rh.load_model(rh.save_model(model, tmp_path / "model.rh")).model.memory == 0.25


def _init_recurrent(self, memory=0.5):
    LogisticRegression.__init__(self)
    self.memory = memory


class ReadsFile(BaseEstimator):
    """A step that looks for a file whenever it is used."""

    def __init__(self, file):
        self.file = file

    def fit(self, X, y=None):
        self.fitted_ = True
        return self

    def transform(self, X):
        return np.asarray(X) * float(Path(self.file).read_text())


@pytest.mark.parametrize("as_path", [str, lambda path: path])
def test_paths_of_parts_that_are_not_known_are_warned_of(as_path, tmp_path):
    (tmp_path / "scale.txt").write_text("2")
    model = make_pipeline(ReadsFile(as_path(tmp_path / "scale.txt")), LogisticRegression()).fit([[0.0], [1.0]], [0, 1])
    with pytest.warns(UserWarning, match=r"names paths of this machine, such as '.*scale.txt'.* not saved with it"):
        path = rh.save_model(model, tmp_path / "model.rh")
    # It would not work without it.
    assert rh.load_model(path).predict([[1.0]]).tolist() == [1]


def test_training_rows_that_a_part_keeps_are_warned_of(part, cases, tmp_path):
    model = part.fit(*cases)
    model.rows_ = cases[0]
    with pytest.warns(UserWarning, match="names paths of this machine"):
        rh.save_model(model, tmp_path / "model.rh")


def test_a_parameter_file_that_is_gone(part, cases, tmp_path):
    model = VotingClassifier([("a", part)], voting="soft").fit(*cases)
    (tmp_path / "my.yaml").unlink()
    with pytest.raises(ParamsError, match=r"my\.yaml"):
        rh.save_model(model, tmp_path / "model.rh")
    assert not (tmp_path / "model.rh").exists()


def test_functions_without_a_name(tmp_path):
    model = make_pipeline(FunctionTransformer(lambda X: X), LogisticRegression()).fit([[0.0], [1.0]], [0, 1])
    with pytest.raises(ModelFileError, match="the model cannot be saved .*lambda.* top of a module"):
        rh.save_model(model, tmp_path / "model.rh")
