"""radiohers extract --engine."""

import json

import pandas as pd
import pytest
from click.testing import CliRunner

from radiohers.cli import main
from radiohers.datasets import make_ct_cohort
from radiohers.model_io import load_model


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return make_ct_cohort(tmp_path_factory.mktemp("cohort"), n_patients=3, shape=(8, 32, 36))


def extract(table, engine, out, *options):
    arguments = ["extract", table, "--out", out, "--engine", engine, "--params", "first_order_shape", "--n-jobs", 1]
    return CliRunner().invoke(main, [str(argument) for argument in (*arguments, "--cache", out.parent / "c", *options)])


def test_both_engines_are_compared_and_pyradiomics_values_kept(table, tmp_path):
    pytest.importorskip("radiomics")
    done = extract(table, "both", tmp_path / "both.csv")
    assert done.exit_code == 0, done.output
    assert "0 of 32 features differ by more than 1e-09 (relative). The worst:" in done.stdout
    assert "both.csv: 3 cases, 32 features" in done.stdout
    extract(table, "pyradiomics", tmp_path / "pyradiomics.csv")
    assert (tmp_path / "both.csv").read_text() == (tmp_path / "pyradiomics.csv").read_text()


def test_native_gives_the_same_table_but_for_rounding(table, tmp_path):
    pytest.importorskip("radiomics")
    for engine in ("native", "pyradiomics"):
        assert extract(table, engine, tmp_path / f"{engine}.csv").exit_code == 0
    native, pyradiomics = (pd.read_csv(tmp_path / f"{engine}.csv") for engine in ("native", "pyradiomics"))
    pd.testing.assert_frame_equal(native, pyradiomics, rtol=1e-9, atol=0)


def test_unknown_engine_is_refused(table, tmp_path):
    done = extract(table, "magic", tmp_path / "x.csv")
    assert done.exit_code == 2
    assert "'magic' is not one of 'native', 'pyradiomics', 'both'" in done.stderr


def test_models_and_reports_keep_the_engine_they_are_told(tmp_path):
    pytest.importorskip("radiomics")
    table = make_ct_cohort(tmp_path / "cohort", n_patients=10, shape=(8, 32, 36))
    told = [table, "--target", "her2", "--params", "first_order_shape", "--engine", "pyradiomics", "--n-jobs", 1]
    told += ["--cache", tmp_path / "cache"]
    model, report = tmp_path / "model.joblib", tmp_path / "report.json"
    split = ["--folds", 2, "--repeats", 1, "--no-audit"]
    for arguments in (
        ["train", *told, "--out", model],
        ["evaluate", *told, *split, "--out", tmp_path / "report.html", "--json", report],
    ):
        done = CliRunner().invoke(main, [str(argument) for argument in arguments])
        assert done.exit_code == 0, done.output
    assert load_model(model).model.named_steps["extractor"].engine == "pyradiomics"
    assert json.loads(report.read_text())["facts"]["extraction"]["LR"]["engine"] == "pyradiomics"
