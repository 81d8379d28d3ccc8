"""radiohers check and radiohers advise: what they print, write and end with."""

from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from radiohers.cli import main
from radiohers.datasets import make_ct_cohort
from radiohers.features import load_params


@pytest.fixture
def table(tmp_path):
    path = make_ct_cohort(tmp_path / "cohort", n_patients=6, shape=(12, 48, 56))
    pd.read_csv(path).assign(split=["train"] * 4 + ["test"] * 2).to_csv(path, index=False)
    return path


def run(*arguments):
    done = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert "Traceback" not in done.output
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done


def test_check_of_cases_in_order_ends_with_0(table, tmp_path):
    out, csv = tmp_path / "check.html", tmp_path / "check.csv"
    done = run("check", table, "--target", "her2", "--params", "ct_default", "--out", out, "--csv", csv, "--n-jobs", 1)
    assert done.exit_code == 0, done.output
    assert "6 cases: 0 error" in done.stdout
    assert pd.read_csv(csv)["n_voxels_resampled"].notna().all()
    assert out.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_check_with_errors_ends_with_1(table):
    next(Path(table.parent, "masks").glob("SYN_002*")).unlink()
    done = run("check", table, "--n-jobs", 1)
    assert done.exit_code == 1
    assert "error  case 'SYN_002': mask: file not found: " in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.csv"], "nowhere.csv does not exist. Give the path of a CSV file."),
        (["TABLE", "--params", "ct_defualt"], "There is no preset 'ct_defualt'"),
        (["TABLE", "--target", "her3"], "no column 'her3'"),
        (["TABLE", "--one-value", "site"], "no column 'site'"),
        (["TABLE", "--out", "TABLE"], "exists already"),
    ],
)
def test_mistakes_end_with_2(table, arguments, words):
    done = run("check", *[table if argument == "TABLE" else argument for argument in arguments])
    assert done.exit_code == 2
    assert words in done.stderr


def test_patient_in_two_parts(table):
    changed = pd.read_csv(table)
    changed.loc[5, "patient_id"] = changed.loc[0, "patient_id"]
    changed.to_csv(table, index=False)
    done = run("check", table, "--one-value", "split", "--n-jobs", 1)
    assert done.exit_code == 1
    assert "is in several groups of column 'split': train, test" in done.stdout


def test_correct_mask_in_params_lets_resampled_masks_through(table, tmp_path):
    params = tmp_path / "params.yaml"
    params.write_text("setting: {correctMask: true, resampledPixelSpacing: [1, 1, 1]}\n")
    assert run("check", table, "--params", params, "--n-jobs", 1).exit_code == 0


def test_advise_writes_params(table, tmp_path):
    out = tmp_path / "params.yaml"
    arguments = ("--out", out, "--n-jobs", 1, "--cache", tmp_path / "cache")
    done = run("advise", table, "--train", "split=train", *arguments)
    assert done.exit_code == 0, done.output
    assert "4 of the 6 cases of cohort.csv" in out.read_text()
    assert load_params(out).settings["binWidth"] > 0
    assert "exists already" in run("advise", table, *arguments).stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--train", "split"], "write COLUMN=VALUE"),
        (["--train", "part=1"], "no column 'part'"),
        (["--train", "split=tran"], "its values are test, train"),
        (["--out", "params.txt"], "ends in .yaml or .yml"),
    ],
)
def test_mistakes_of_advise(table, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    done = run("advise", table, "--out", "params.yaml", *arguments)
    assert done.exit_code == 2
    assert words in done.stderr


@pytest.mark.parametrize(("n_gone", "n_lines"), [(1, 1), (4, 4), (5, 4), (12, 4)])
def test_findings_alike_are_shown_in_part(tmp_path, n_gone, n_lines):
    csv = make_ct_cohort(tmp_path, n_patients=12, shape=(8, 32, 40))
    table = pd.read_csv(csv, dtype=str)
    table.loc[: n_gone - 1, "image"] = "gone.nii.gz"
    table.to_csv(csv, index=False)
    done = CliRunner().invoke(main, ["check", str(csv), "--n-jobs", "1"])
    errors = [line for line in done.stdout.splitlines() if line.startswith("error")]
    assert len(errors) == n_lines
    assert errors[-1].startswith("error  and ") == (n_gone > 4)
    assert f"{n_gone} error" in done.stdout
