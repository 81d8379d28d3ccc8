"""A comparison with a network crops each case once, and fits the network once a fold: nothing after it does either."""

from collections import Counter

import pytest
from sklearn.base import clone
from sklearn.ensemble import VotingClassifier
from sklearn.model_selection import GridSearchCV

from radiohers import audit, compare_models, make_cnn_pipeline, make_radiomics_pipeline
from radiohers.cohort import read_cohort
from radiohers.crops import _extractor
from radiohers.datasets import make_ct_cohort
from radiohers.estimators import CropCNNClassifier


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cohort")
    return read_cohort(make_ct_cohort(folder, n_patients=12, shape=(12, 48, 56)), target="her2")


@pytest.fixture(scope="module")
def network():
    model = make_cnn_pipeline("small", {"size": 32}, lr=1e-3, max_epochs=1)
    return model.set_params(cnn__classifier__validation_fraction=0)


@pytest.fixture
def counts(monkeypatch):
    """How often a case was cropped, and a network fitted."""
    counted = Counter()
    crop_case, fit = _extractor.crop_case, CropCNNClassifier.fit

    def counting_crop(*args, **options):
        counted["croppings"] += 1
        return crop_case(*args, **options)

    def counting_fit(*args, **options):
        counted["fits"] += 1
        return fit(*args, **options)

    monkeypatch.setattr(_extractor, "crop_case", counting_crop)
    monkeypatch.setattr(CropCNNClassifier, "fit", counting_fit)
    return counted


def test_each_case_is_cropped_once_and_the_report_trains_no_network(cohort, network, counts, tmp_path):
    result = compare_models({"CNN": network}, cohort, n_bootstraps=100)
    assert counts == {"croppings": 12, "fits": 25}
    found = audit(result, cohort)
    result.report(tmp_path / "report.html", cohort=cohort, audit=found)
    assert counts == {"croppings": 12, "fits": 25}


def test_models_with_the_same_crops_share_them(cohort, network, counts):
    models = {"mean": network, "max": clone(network).set_params(cnn__aggregate="max")}
    result = compare_models(models, cohort, cv=2, n_bootstraps=100)
    assert counts == {"croppings": 12, "fits": 4}
    assert result.prepared["mean"].X is result.prepared["max"].X


def test_a_search_over_the_network_crops_once_and_one_over_crops_does_not(cohort, network, counts, tmp_path):
    of_network = GridSearchCV(network, {"cnn__aggregate": ["mean", "max"]}, cv=2)
    result = compare_models({"CNN": of_network}, cohort, cv=2, n_bootstraps=100)
    assert counts == {"croppings": 12, "fits": 10}
    result.report(tmp_path / "report.html", cohort=cohort, audit=audit(result, cohort, checks=["AUD016"]))
    assert counts == {"croppings": 12, "fits": 10}
    of_crops = GridSearchCV(network, {"crops__size": [32, 40]}, cv=2)
    result = compare_models({"CNN": of_crops}, cohort, cv=2, n_bootstraps=100)
    assert set(result.chosen_params["crops__size"]) <= {32, 40}
    assert counts["fits"] == 20


def test_fits_of_the_first_fold_are_those_of_the_comparison(cohort, network):
    result = compare_models({"CNN": network}, cohort, cv=2, n_bootstraps=100)
    test = result.folds[0].test
    rows = result.predictions.query("fold == 0 and part == 'test'").set_index("case_id")["score"]
    scores = result.first_fits["CNN"].predict_proba(result.prepared["CNN"].X[test])[:, 1]
    assert rows.loc[result.y.index[test]].tolist() == scores.tolist()


def test_learning_curve_of_networks_is_drawn_if_asked(cohort, network, counts):
    models = {"CNN": network, "LR": make_radiomics_pipeline("lr", "first_order_shape")}
    result = compare_models(models, cohort, cv=2, n_bootstraps=100)
    display = result.plot_learning_curve()
    assert set(display.curves["model"]) == {"LR"}
    assert display.caption.endswith("Left out, as each point would train networks: CNN.")
    assert counts["fits"] == 2
    display = result.plot_learning_curve(models=["CNN"])
    assert set(display.curves["model"]) == {"CNN"}
    assert "Left out" not in display.caption
    assert counts["fits"] == 10
    with pytest.raises(ValueError, match=r"models has 'cnn'. Choose from \['CNN', 'LR'\]"):
        result.plot_learning_curve(models=["cnn"])


def test_a_network_inside_another_model_is_not_trained_for_the_report_either(cohort, network, counts):
    voting = VotingClassifier([("one", network), ("other", clone(network))], voting="soft")
    result = compare_models({"two": voting}, cohort, cv=2, n_bootstraps=100)
    fits = counts["fits"]
    assert result.to_dict(cohort=cohort)["facts"]["figures"]
    assert counts["fits"] == fits == 4


def test_learning_curve_of_networks_alone(cohort, network):
    result = compare_models({"CNN": network}, cohort, cv=2, n_bootstraps=100)
    with pytest.raises(ValueError, match="there is no model but networks, which are left out"):
        result.plot_learning_curve()
