"""Three comparisons whose every number is kept: synthetic CTs, the real CTs, and a network on crops.

``python tests/golden/comparisons.py`` writes what is kept anew; do that only where a number is meant to change.
"""

import gzip
import json
import os
import sys
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline

import radiohers as rh
from radiohers.crops import CropExtractor
from radiohers.datasets import make_ct_cohort
from radiohers.estimators import CaseCNNClassifier, CropCNNClassifier
from radiohers.evaluation import audit, compare_models

HERE = Path(__file__).parent
NAMES = ("synthetic", "sts_ct", "network")
# All but the refits, in the order in which their lines were kept, and the names by which they were once chosen.
CHECKS = ["AUD001", "AUD002", "AUD003", "AUD004", "AUD005", "AUD008", "AUD009", "AUD011", "AUD010", "AUD013", "AUD012"]
CHECKS += ["AUD015", "AUD016", "AUD006"]
ONCE = ["split", "chance", "majority class", "lesion volume", "acquisition", "clinical", "crop geometry", "grad-cam"]


def synthetic(folder):
    """Radiomics of 16 synthetic CTs with two lesions of some patients, a search, the checks of the audit."""
    cohort = rh.read_cohort(make_ct_cohort(folder, n_patients=16, shape=(8, 32, 40)), target="her2")
    cohort = cohort.select(cohort.X.index[1:], reason="no consent")
    grid = GridSearchCV(LogisticRegression(max_iter=1000), {"C": [0.1, 1.0]}, cv=2)
    models = {
        name: rh.make_radiomics_pipeline(classifier, "first_order_shape", memory=str(folder / "cache"))
        for name, classifier in (("LR", "lr"), ("Bayes", GaussianNB()), ("search", grid))
    }
    return compare_models(models, cohort, cv=2, n_bootstraps=100), cohort


def sts_ct(folder):
    """First-order and shape features of the real CTs, with the outcome that they can hardly tell."""
    cohort = rh.read_cohort(folder / "cohort.csv", target="lung_metastasis")
    models = {name: rh.make_radiomics_pipeline(name, "first_order_shape") for name in ("lr", "rf")}
    return compare_models(models, cohort, cv=3, n_bootstraps=200), cohort


def network(folder):
    """A small network on crops beside radiomics, 12 cases."""
    cohort = rh.read_cohort(make_ct_cohort(folder, n_patients=12, shape=(12, 48, 56)), target="her2")
    classifier = CropCNNClassifier("small", max_epochs=2, lr=1e-3, random_state=0)
    models = {
        "LR": rh.make_radiomics_pipeline("lr", "first_order_shape"),
        "CNN": Pipeline([("crops", CropExtractor(size=32)), ("network", CaseCNNClassifier(classifier))]),
    }
    return compare_models(models, cohort, cv=2, n_bootstraps=100), cohort


def numbers_of(result, cohort):
    """Return every number of a comparison: predictions, tables, the document."""
    found = _as_kept(audit(result, cohort, checks=CHECKS))
    document = result.to_dict(title="Golden", cohort=cohort, audit=found)
    return {
        "predictions": _columns(result.predictions),
        "table": _columns(result.table(full=True).reset_index()),
        "pairs": _columns(result.compare().reset_index()),
        "chance": _columns(result.against_chance().reset_index()),
        "chosen": _columns(result.chosen_params),
        "document": document,
    }


def _as_kept(found):
    """Return an audit as it was kept: its lines in another order, and one line for a table without columns."""
    assert found.settings["checks"] == sorted(CHECKS)
    settings = {name: value for name, value in found.settings.items() if name != "mute"} | {"checks": ONCE}
    not_run = {(line.code, line.message) for line in found.at_level("not run")}
    twice = {"AUD011": "AUD010", "AUD013": "AUD012"}
    lines = [line for line in found.lines if (twice.get(line.code), line.message) not in not_run]
    order = [*CHECKS, *(line.code for line in lines if line.code not in CHECKS)]
    return replace(found, lines=sorted(lines, key=lambda line: order.index(line.code)), settings=settings)


def _columns(table):
    # JSON writes a float so that it comes back as the same bits; it has no NaN.
    return {name: [None if value != value else value for value in table[name].tolist()] for name in table}


def machine():
    """Return what decides the last bits: what the processor can do, and the libraries."""
    able = sorted(name for name, can in np._core._multiarray_umath.__cpu_features__.items() if can)
    libraries = ("numpy", "scipy", "scikit-learn", "pandas", "torch", "SimpleITK")
    return {"processor": able, **{name: version(name) for name in libraries}}


def kept(name):
    """Return what is kept of a comparison."""
    return json.loads(gzip.decompress((HERE / f"{name}.json.gz").read_bytes()))


def write(name, numbers):
    """Keep the numbers of a comparison."""
    text = json.dumps(numbers | {"machine": machine()}, sort_keys=True, allow_nan=False)
    (HERE / f"{name}.json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    print(name, len(text), os.path.getsize(HERE / f"{name}.json.gz"))


if __name__ == "__main__":
    import tempfile

    real = HERE.parents[2] / "shared" / "data" / "sts_ct"
    with tempfile.TemporaryDirectory() as folder:
        for name in sys.argv[1:] or NAMES:
            place = real if name == "sts_ct" else Path(folder) / name
            place.mkdir(exist_ok=True)
            result, cohort = globals()[name](place)
            write(name, numbers_of(result, cohort))
