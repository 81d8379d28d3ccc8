"""A report on a network shows its crops, its training and where it looks."""

import pytest

from radiohers.cohort import read_cohort
from radiohers.crops import CropExtractor
from radiohers.datasets import make_ct_cohort
from radiohers.estimators import CaseCNNClassifier, CropCNNClassifier
from radiohers.evaluation import compare_models


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cohort")
    cohort = read_cohort(make_ct_cohort(folder, n_patients=12, shape=(12, 48, 56)), target="her2")
    extractor = CropExtractor(size=32, memory=str(tmp_path_factory.mktemp("cache")))
    network = CropCNNClassifier("small", max_epochs=2, lr=1e-3, random_state=0)
    result = compare_models(
        {"CNN": CaseCNNClassifier(extractor, network)}, cohort.X, cohort.y, groups=cohort.groups, cv=2, n_bootstraps=100
    )
    return result.to_dict(cohort=cohort)


def test_figures_of_the_network_are_there(document):
    names = [figure["name"] for figure in document["figures"]]
    assert names[-3:] == ["crops-CNN", "history-CNN", "grad-cam-CNN"]
    assert all(figure["svg"].startswith("<svg") for figure in document["figures"])


def test_caption_tells_where_the_maps_lie(document):
    caption = document["figures"][-1]["caption"]
    assert "inside the lesion" in caption
    assert "on its rim" in caption


def test_cases_are_numbered_and_not_named(document):
    assert not any("SYN_0" in figure["svg"] + figure["caption"] for figure in document["figures"])
