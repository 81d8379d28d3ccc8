"""Real comparisons, made once: a full one with a search, a network, a cohort and an audit; and a bare one."""

import pytest
from plain_comparisons import compare
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.svm import LinearSVC

import radiohers as rh
from radiohers.audit import CHECKS as AUDIT_CHECKS
from radiohers.crops import CropExtractor
from radiohers.datasets import make_ct_cohort
from radiohers.estimators import CaseCNNClassifier, CropCNNClassifier
from radiohers.evaluation import audit, compare_models
from radiohers.report import collect_facts, draw_figures

# All but the refits with shuffled labels.
CHECKS = [code for code in AUDIT_CHECKS if code != "AUD007"]


@pytest.fixture(scope="session")
def full_cohort(tmp_path_factory):
    csv = make_ct_cohort(tmp_path_factory.mktemp("patients of dr who"), n_patients=13, shape=(12, 48, 56))
    cohort = rh.read_cohort(csv, target="her2")
    return cohort.select(cohort.X.index[1:], reason="no consent")


@pytest.fixture(scope="session")
def full_result(full_cohort, tmp_path_factory):
    cache = str(tmp_path_factory.mktemp("home of dr who"))
    grid = GridSearchCV(LogisticRegression(max_iter=1000), {"C": [0.1, 1.0]}, cv=2)
    network = CropCNNClassifier("small", max_epochs=2, lr=1e-3, random_state=0)
    models = {
        "LR": rh.make_radiomics_pipeline("lr", "first_order_shape", memory=cache),
        "search/1": rh.make_radiomics_pipeline(grid, "first_order_shape", memory=cache),
        "CNN": Pipeline([("crops", CropExtractor(size=32, memory=cache)), ("network", CaseCNNClassifier(network))]),
    }
    return compare_models(models, full_cohort, cv=2, n_bootstraps=100)


@pytest.fixture(scope="session")
def full_audit(full_result, full_cohort):
    return audit(full_result, full_cohort, checks=CHECKS)


@pytest.fixture(scope="session")
def full_figures(full_result):
    return draw_figures(full_result, with_png=True)


@pytest.fixture(scope="session")
def full_facts(full_result, full_cohort, full_audit, full_figures):
    return collect_facts(full_result, cohort=full_cohort, audit=full_audit, figures=full_figures)


@pytest.fixture(scope="session")
def full(full_result, full_cohort, full_audit, full_figures):
    """The document of a full report."""
    return rh.report.comparison_document(
        full_result, full_figures, title="Tumours & <b>labels</b>", cohort=full_cohort, audit=full_audit
    )


@pytest.fixture(scope="session")
def bare_result():
    """One model whose scores are no probabilities, and no cohort."""
    return compare({"SVM": LinearSVC(random_state=0)})


@pytest.fixture(scope="session")
def bare(bare_result):
    """The document of a bare report."""
    return bare_result.to_dict()
