"""A report on a network shows its crops, its training and where it looks."""

import json
import re

import jsonschema
import pytest

from radiohers.cohort import read_cohort
from radiohers.datasets import make_ct_cohort
from radiohers.estimators import make_cnn_pipeline
from radiohers.evaluation import compare_models
from radiohers.report import report_schema


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cohort")
    cohort = read_cohort(make_ct_cohort(folder, n_patients=12, shape=(12, 48, 56)), target="her2")
    model = make_cnn_pipeline("small", {"size": 32}, max_epochs=2, lr=1e-3)
    result = compare_models({"CNN": model}, cohort, cv=2, n_bootstraps=100)
    return result.to_dict(cohort=cohort)


def test_figures_of_the_network_are_there(document):
    names = [figure["name"] for figure in document["figures"] if figure["section"] == "explanation"]
    assert names == ["crops-CNN", "history-CNN", "grad-cam-CNN"]
    assert all(figure["svg"].startswith("<svg") for figure in document["figures"])


def test_caption_tells_where_the_maps_lie(document):
    caption = document["figures"][-1]["caption"]
    assert "inside the lesion" in caption
    assert "on its rim" in caption


def test_cases_are_numbered_and_not_named(document):
    assert not any("SYN_0" in figure["svg"] + figure["caption"] for figure in document["figures"])


def test_document_of_a_network_conforms_to_the_schema(document):
    jsonschema.validate(json.loads(json.dumps(document, allow_nan=False)), report_schema())


def test_crops_are_counted_and_described(document):
    crops = document["crops"]["CNN"]
    assert crops["size"] == "32 x 32 pixels"
    n_crops, n_left_out = (int(re.match(r"\d+", crops[name])[0]) for name in ("crops", "slices left out"))
    assert n_crops >= 12
    (step,) = [step for step in document["flow"] if step["step"] == "with crops (CNN)"]
    assert (step["n_cases"], step["n_patients"]) == (12, 12)
    assert f"slices left out: {n_left_out}" in step["reason"]
    assert "cropped slice by slice with a margin of 7.5 mm" in document["methods"]


def test_steps_of_the_network_are_told(document):
    crops, network = document["pipelines"]["CNN"]
    assert crops == "crops: CropExtractor"
    assert re.match(r"cnn: CropCNNClassifier\(.*, its crops put together by mean", network)
