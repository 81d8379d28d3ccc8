"""Refits with shuffled labels and voxels, and what networks look at."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier

from radiohers.audit import CHECKS
from radiohers.audit._rules import column_level, comparison_level, map_level
from radiohers.cohort import Cohort, read_cohort
from radiohers.datasets import make_ct_cohort
from radiohers.estimators import make_cnn_pipeline, make_radiomics_pipeline
from radiohers.evaluation import audit, compare_models
from radiohers.metrics import Interval

TEXTURE = {
    "imageType": {"Original": {}},
    "featureClass": {"firstorder": ["Mean"], "glcm": ["Contrast", "Idm"]},
    "setting": {"binWidth": 25},
}


def lines(found, check):
    return {line.model: line for line in found.lines if line.check == check}


def table_cohort(X, y, groups=None):
    """Return a cohort whose images are never read."""
    index = pd.Index([f"case {number}" for number in range(len(y))], name="case_id")
    rows = pd.DataFrame({"image": "none.nii", "mask": "none.nii"}, index=index)
    groups = pd.Series(index if groups is None else groups, index=index)
    cohort = Cohort(X=rows, y=pd.Series(y, index=index), groups=groups, clinical=pd.DataFrame(index=index), positive=1)
    return cohort, pd.DataFrame(X, index=index)


def compare(cohort, X, models, cv=4, groups=True):
    groups = cohort.groups if groups else None
    return compare_models(models, X, cohort.y, groups=groups, cv=cv, positive=1, n_bootstraps=200)


@pytest.fixture(scope="module")
def signal():
    rng = np.random.default_rng(0)
    y = np.arange(40) % 2
    return table_cohort(np.column_stack([y + rng.normal(0, 0.3, 40), rng.normal(size=40)]), y)


def test_signal_beats_chance_and_noise_does_not(signal):
    cohort, X = signal
    models = {"knows": LogisticRegression(), "does not": DummyClassifier()}
    found = audit(compare(cohort, X, models), cohort, checks=["shuffled labels", "chance"])
    refits = lines(found, "shuffled labels")
    assert (refits["knows"].level, refits["does not"].level) == ("pass", "warn")
    assert refits["knows"].value == 1 / 21
    assert refits["does not"].value == 1
    assert "Beats chance: knows." in lines(found, "chance")["all models"].message
    assert found.null.shape == (20, 2)


def test_permuted_labels_beat_nothing(signal):
    cohort, X = signal
    shuffled = replace(cohort, y=pd.Series(np.random.default_rng(1).permutation(cohort.y), index=cohort.y.index))
    result = compare(shuffled, X, {"LR": LogisticRegression()})
    found = lines(audit(result, shuffled, checks=["shuffled labels", "chance"]), "chance")["all models"]
    assert found.level == "fail"
    assert found.message.startswith("No model beats chance")


def test_best_of_many_noise_models_is_judged_as_the_best_of_many():
    rng = np.random.default_rng(3)
    cohort, X = table_cohort(rng.normal(size=(40, 12)), np.arange(40) % 2)
    models = {f"knn {k}": KNeighborsClassifier(k) for k in (1, 3, 5, 9, 15)}
    found = audit(compare(cohort, X, models), cohort, checks=["shuffled labels", "chance"])
    alone = min(line.value for line in lines(found, "shuffled labels").values())
    highest = found.null.max(axis=1)
    best = max(line.value for name, line in lines(found, "chance").items() if name != "all models")
    together = (1 + (highest >= best - 1e-10).sum()) / 21
    assert together >= alone
    assert f"p = {together:.3f}" in lines(found, "chance")["all models"].message


def test_patients_on_both_sides_leak_through_shuffled_labels():
    rng = np.random.default_rng(0)
    of_patient = rng.normal(size=(20, 3))
    patient = np.repeat(np.arange(20), 3)
    X = of_patient[patient] + rng.normal(0, 0.01, (60, 3))
    cohort, X = table_cohort(X, (patient % 2), groups=[f"p{number}" for number in patient])
    result = compare(cohort, X, {"knn": KNeighborsClassifier(1)}, groups=False)
    found = lines(audit(result, cohort, checks=["shuffled labels"]), "shuffled labels")["knn"]
    assert found.level == "fail"
    assert "leak" in found.message


@pytest.mark.parametrize(("n", "least"), [(0, "1.000"), (1, "0.500"), (4, "0.200"), (5, "0.167"), (18, "0.053")])
def test_refits_that_cannot_show_anything_are_not_run(signal, n, least):
    cohort, X = signal
    models = {"LR": LogisticRegression(), "prior": DummyClassifier()}
    found = audit(compare(cohort, X, models), cohort, checks=["shuffled labels", "chance"], n_permutations=n)
    for line in lines(found, "shuffled labels").values():
        assert line.level == "not run"
        assert line.message == f"Too few refits: with {n} p cannot be below {least}, whatever the model."
        assert "19 or more" in line.advice
        assert np.isnan(line.value)
    # Five can show that something leaks, and are carried out for that.
    assert len(found.null) == (n if n >= 5 else 0)
    assert "by its interval" in lines(found, "chance")["all models"].message


def test_few_refits_show_a_leak():
    rng = np.random.default_rng(0)
    patient = np.repeat(np.arange(20), 3)
    X = rng.normal(size=(20, 3))[patient] + rng.normal(0, 0.01, (60, 3))
    cohort, X = table_cohort(X, (patient % 2), groups=[f"p{number}" for number in patient])
    result = compare(cohort, X, {"knn": KNeighborsClassifier(1)}, groups=False)
    found = lines(audit(result, cohort, checks=["shuffled labels"], n_permutations=6), "shuffled labels")["knn"]
    assert found.level == "fail"


def test_model_of_features_cannot_be_given_shuffled_voxels(signal):
    cohort, X = signal
    found = audit(compare(cohort, X, {"LR": LogisticRegression()}), cohort, checks=["shuffled voxels"])
    assert [line.level for line in found.lines] == ["not run"]
    assert "cohort rows" in found.lines[0].message


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cohort")
    return read_cohort(make_ct_cohort(folder, n_patients=16, signal=5, shape=(10, 40, 48)), target="her2")


@pytest.fixture(scope="module")
def radiomics(images):
    models = {
        "texture": make_radiomics_pipeline("lr", params=TEXTURE),
        "first order": make_radiomics_pipeline("lr", params="first_order_shape"),
    }
    return compare(images, images.X, models)


def test_texture_is_told_from_first_order(images, radiomics):
    found = audit(radiomics, images, checks=["shuffled voxels"])
    shuffled = lines(found, "shuffled voxels")
    assert "no texture" in shuffled["first order"].message
    assert list(found.baselines.index) == ["texture on shuffled voxels"]
    assert found.baselines["columns"].tolist() == ["features, of which 67% changed"]
    assert shuffled["texture"].value == pytest.approx(
        radiomics.table().loc[("texture", "test"), "auc"] - found.baselines["auc"].iloc[0]
    )


def test_shuffled_voxels_are_the_same_whatever_n_jobs_is(images, radiomics):
    one, two = (audit(radiomics, images, checks=["shuffled voxels"], n_jobs=n_jobs) for n_jobs in (1, 2))
    assert one.table().equals(two.table())


def test_case_without_mask_stops_one_check_and_not_the_audit(images, radiomics):
    X = images.X.assign(boxes="none.json")
    X.iloc[0, X.columns.get_loc("mask")] = None
    found = audit(radiomics, replace(images, X=X), checks=["shuffled voxels", "majority class"])
    assert {line.level for line in lines(found, "shuffled voxels").values()} == {"not run"}
    assert set(lines(found, "majority class")) == {"texture", "first order"}


def test_error_of_one_case_stops_one_check_and_is_named_in_the_table_only(images, radiomics, tmp_path):
    broken = tmp_path / "broken.nii"
    broken.write_bytes(b"no image")
    X = images.X.copy()
    X.iloc[3, X.columns.get_loc("image")] = str(broken)
    found = audit(radiomics, replace(images, X=X), checks=["shuffled voxels", "majority class"])
    (stopped,) = found.at_level("not run")
    assert stopped.check == "shuffled voxels"
    assert str(broken) in stopped.text()
    assert str(broken) not in str(found.to_dict())
    assert set(lines(found, "majority class")) == {"texture", "first order"}


@pytest.fixture(scope="module")
def network(images, tmp_path_factory):
    model = make_cnn_pipeline("small", {"size": 32}, max_epochs=2, lr=1e-3)
    return compare(images, images.X, {"CNN": model}, cv=2)


def test_network_is_asked_where_it_looks_and_how_crops_were_cut(images, network):
    found = audit(network, images, checks=["AUD015", "AUD016"])
    outside = lines(found, "Grad-CAM outside the lesion")["CNN"]
    assert outside.level in ("pass", "warn", "fail")
    assert 0 <= outside.low <= outside.value <= outside.high
    assert outside.n <= len(network.folds[0].test)
    (geometry,) = lines(found, "crop geometry").values()
    assert "minus crop geometry (LR): " in geometry.message or geometry.low <= geometry.value <= geometry.high
    assert found.baselines["columns"].tolist() == ["log_crop_pixel_mm; log_n_crops"]


def test_network_is_refitted_only_if_asked_by_name(images, network):
    refits = ("shuffled labels", "shuffled voxels")
    found = audit(network, images)
    assert {lines(found, check)["CNN"].level for check in refits} == {"not run"}
    found = audit(network, images, checks=refits, n_permutations=19)
    assert {lines(found, check)["CNN"].level for check in refits} <= {"pass", "warn", "fail"}
    assert found.null.shape == (19, 1)


def test_checks_of_networks_say_that_there_is_none(images, radiomics):
    found = audit(radiomics, images, checks=["AUD015", "AUD016"])
    assert [line.level for line in found.lines] == ["not run"] * 2


def test_rules():
    def auc(value, low, high):
        return Interval(value, low, high, "")

    model, good, weak = auc(0.7, 0.6, 0.8), auc(0.72, 0.6, 0.85), auc(0.72, 0.45, 0.9)
    assert comparison_level(model, good, auc(-0.02, -0.1, 0.1)) == "fail"
    assert comparison_level(model, weak, auc(-0.02, -0.1, 0.1)) == "warn"
    assert comparison_level(model, auc(0.5, 0.4, 0.6), auc(0.2, 0.05, 0.3)) == "pass"
    assert [column_level(auc(value, 0.55, 1), "acquisition") for value in (0.79, 0.8)] == ["warn", "fail"]
    assert [column_level(auc(value, 0.55, 1), "clinical") for value in (0.89, 0.9)] == ["pass", "warn"]
    assert column_level(auc(0.9, 0.45, 1), "acquisition") == "pass"
    assert [map_level(auc(1, low, high)) for low, high in ((0.5, 0.9), (0.9, 1.1), (1.1, 1.3))] == [
        "pass",
        "warn",
        "fail",
    ]


@pytest.mark.parametrize("names", [["LR"], ["LR", "prior"], ["LR", "prior", "NB"]])
def test_differences_that_are_not_shown_are_told_once(images, names):
    X = pd.DataFrame(np.random.default_rng(2).normal(size=(16, 2)), index=images.y.index)
    models = {"LR": LogisticRegression(), "prior": DummyClassifier(), "NB": GaussianNB()}
    result = compare(images, X, {name: models[name] for name in names})
    found = audit(result, images, checks=["clinical", "acquisition", "lesion volume"])
    told = [line for line in found.lines if " minus " in line.message]
    assert len(told) == 1
    assert told[0].level == "warn"
    assert "With 16 cases of 16 patients these differences are not shown to be above 0" in told[0].message
    assert told[0].model == "all models"
    assert [CHECKS[code].title in told[0].check for code in CHECKS] == [code in told[0].code for code in CHECKS]
    # Nothing is lost: each pair of a model and a baseline has a line, or a place in this one.
    checks = ("clinical", "acquisition", "lesion volume")
    others = [line for line in found.lines if line.check in checks and line is not told[0]]
    assert len(others) + told[0].message.count(" minus ") == len(names) * len(found.baselines)


def test_an_audit_of_features_whose_images_are_gone(signal):
    cohort, X = signal
    with pytest.warns(UserWarning, match="left out of the audit"):
        found = audit(compare(cohort, X, {"LR": LogisticRegression()}), cohort, checks=["acquisition", "lesion volume"])
    assert {line.level for line in found.lines} == {"not run"}


def test_refits_have_a_progress_bar(signal, capsys):
    cohort, X = signal
    result = compare(cohort, X, {"LR": LogisticRegression()})
    audit(result, cohort, checks=["shuffled labels"], verbose=1)
    assert "shuffled labels: 100%" in (shown := capsys.readouterr().err)
    assert "80/80" in shown
    result.against_chance(n_permutations=19, n_refits=19, verbose=1)
    assert "76/76" in capsys.readouterr().err
    audit(result, cohort, checks=["shuffled labels"])
    assert capsys.readouterr().err == ""
