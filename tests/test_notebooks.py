"""What notebooks show of results: small, escaped, and without names of folders."""

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from radiohers.cohort import Cohort
from radiohers.crops import Crops
from radiohers.evaluation import StratifiedGroupShuffleSplit, compare_models
from radiohers.model_io import SavedModel, load_model, save_model

IDS = pd.Index([f"<b>c{i}</b>" for i in range(40)], name="case_id")


def cohort(**changes):
    images = ["/folder/of/a&b.nii.gz", r"C:\folder\c.nii.gz", sitk.Image(9, 8, 7, sitk.sitkInt16), None, *36 * [np.nan]]
    parts = {
        "X": pd.DataFrame({"image": images, "mask": images[::-1]}, IDS),
        "y": pd.Series(np.arange(40) % 2, IDS),
        "groups": pd.Series(np.arange(40) // 2, IDS, name="patient_id"),
        "clinical": pd.DataFrame({"where": "/folder/of/x"}, IDS),
        "target": "<her2>",
        "positive": 1,
    }
    return Cohort(**parts | changes)


def crops():
    n = 3
    zeros = np.zeros((n, 8, 8), np.uint8)
    return Crops(zeros, np.zeros(n, int), IDS[:1], np.arange(n), np.zeros((n, 4), int), np.ones((n, 2)))


def comparison(**settings):
    X, y = make_classification(40, random_state=0)
    models = {"<LR>": LogisticRegression(), "scaled": make_pipeline(StandardScaler(), LogisticRegression())}
    return compare_models(models, X, y, np.arange(40), n_bootstraps=100, **settings)


def saved(tmp_path):
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit([[0.0], [1.0]], [0, 1])
    return load_model(save_model(model, tmp_path / "model.rh"))


SHOWN = {
    "cohort": lambda folder: cohort(),
    "cohort without target and patients": lambda folder: cohort(
        y=None, target=None, groups=pd.Series(IDS, IDS, name="case_id")
    ),
    "cohort of no case": lambda folder: cohort().select([]),
    "crops": lambda folder: crops(),
    "no crop": lambda folder: crops()[:0],
    "comparison": lambda folder: comparison(),
    "comparison of one split": lambda folder: comparison(cv=StratifiedGroupShuffleSplit(test_size=0.5)),
    "saved model": saved,
    "model that is no pipeline": lambda folder: SavedModel(LogisticRegression(), "<yes>", "no", 0.5, training={"a": 1}),
}


@pytest.mark.parametrize("name", SHOWN)
def test_html_is_small_and_escaped_and_names_no_folder(name, tmp_path):
    html = SHOWN[name](tmp_path)._repr_html_()
    assert html.startswith("<p>")
    assert html.count("<table") == 1
    assert len(html) < 5000
    for text in ("folder", str(tmp_path), "<b>", "<her2>", "<LR>", "<yes>"):
        assert text not in html


def test_html_says_what_there_is(tmp_path):
    html = cohort()._repr_html_()
    assert all(text in html for text in ("40 cases of 20 patients", "a&amp;b.nii.gz", "c.nii.gz", "SimpleITK image"))
    assert "3 crops of 1 case" in crops()._repr_html_()
    assert "StandardScaler → LogisticRegression" in saved(tmp_path)._repr_html_()


@pytest.mark.parametrize("cv", [5, StratifiedGroupShuffleSplit(test_size=0.5)], ids=["folds", "one split"])
def test_html_of_a_comparison_has_the_auc_of_the_table(cv):
    result = comparison(cv=cv)
    row = result.table().loc[("scaled", "test")]
    assert f"{row['auc']:.2f} ({row['auc_low']:.2f} to {row['auc_high']:.2f})" in result._repr_html_()
