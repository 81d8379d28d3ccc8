"""The command line: what it writes, and what it says of a user's mistakes."""

import json
import re
import subprocess
import sys

import click
import pandas as pd
import pytest
from click.testing import CliRunner

import radiohers
from radiohers.cli import main
from radiohers.cli._main import _COMMANDS
from radiohers.crops import Crops
from radiohers.datasets import make_ct_cohort
from radiohers.evaluation import audit
from radiohers.report import _figures


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return make_ct_cohort(tmp_path_factory.mktemp("cohort"), n_patients=12, shape=(12, 48, 56))


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def run(cache):
    """Run a command; the features are cached and the preset is a fast one."""

    def run(*arguments, fast=True):
        arguments = [str(argument) for argument in arguments]
        if fast and arguments[0] in ("extract", "evaluate", "train"):
            arguments += ["--params", "first_order_shape", "--n-jobs", "1", "--cache", str(cache)]
        return CliRunner().invoke(main, arguments)

    return run


def test_extract_writes_one_row_a_case(run, table, tmp_path):
    done = run("extract", table, "--out", tmp_path / "features.csv")
    assert done.exit_code == 0, done.output
    features = pd.read_csv(tmp_path / "features.csv", index_col="case_id")
    assert features.shape == (12, 32)
    assert features.notna().all(axis=None)
    assert "features.csv: 12 cases, 32 features" in done.stdout
    assert "12/12" in done.stderr


def test_train_and_score(run, table, tmp_path):
    done = run("train", table, "--target", "her2", "--model", "rf", "--out", tmp_path / "model.joblib")
    assert done.exit_code == 0, done.output
    done = run("score", tmp_path / "model.joblib", table, "--out", tmp_path / "scores.csv", "--n-jobs", 1)
    assert done.exit_code == 0, done.output
    scores = pd.read_csv(tmp_path / "scores.csv")
    assert scores.columns.tolist() == ["case_id", "probability", "class"]
    assert scores["probability"].between(0, 1).all()
    assert ((scores["probability"] >= 0.5) == scores["class"]).all()


def test_classes_of_scores_beside_a_case_that_failed(run, table, tmp_path):
    cases = pd.read_csv(table)
    cases[["image", "mask"]] = cases[["image", "mask"]].map(lambda cell: str(table.parent / cell))
    (tmp_path / "damaged.nii.gz").write_bytes(b"no image")
    cases.loc[2, "image"] = str(tmp_path / "damaged.nii.gz")
    cases.rename(columns={"patient_id": "Patient ID"}).to_csv(tmp_path / "new.csv", index=False)
    assert run("train", table, "--target", "her2", "--out", tmp_path / "m.joblib").exit_code == 0
    done = run("score", tmp_path / "m.joblib", tmp_path / "new.csv", "--out", tmp_path / "s.csv", "--on-error", "nan")
    assert done.exit_code == 0, done.output
    assert re.search(r"Warning: .*new.csv: no column 'patient_id': 'Patient ID' is taken for it", done.stderr)
    classes = pd.read_csv(tmp_path / "s.csv", dtype=str, keep_default_na=False)["class"]
    assert classes[2] == ""
    assert set(classes.drop(2)) == {"0", "1"}


def test_evaluate_writes_report_and_predictions(run, table, tmp_path):
    out, predictions = tmp_path / "report.html", tmp_path / "predictions.csv"
    options = [
        "--test-size",
        0.4,
        "--predictions",
        predictions,
        "--json",
        tmp_path / "r.json",
        "--figures",
        tmp_path / "f",
    ]
    done = run("evaluate", table, "--target", "her2", "--no-audit", "--out", out, *options)
    assert done.exit_code == 0, done.output
    assert "95% intervals of the AUC: DeLong" in done.stdout
    document = json.loads((tmp_path / "r.json").read_text())
    facts = document["facts"]
    assert out.read_text().count("<svg") == len(facts["figures"]) >= 12
    assert facts["audit"] is None
    by_part = document["words"]["sections"]["patients"]["tables"][-1]
    assert by_part["columns"][3].startswith("Training")
    names = {f"{figure['name']}.{kind}" for figure in facts["figures"] for kind in ("svg", "png")}
    assert {path.name for path in (tmp_path / "f").iterdir()} == names
    assert set(pd.read_csv(predictions)["model"]) == {"LR", "RF", "MLP"}


def test_evaluate_audits(run, table, tmp_path):
    checks = ["--check", "AUD001", "--check", "same image", "--check", "AUD008", "--mute", "AUD003"]
    done = run("evaluate", table, "--target", "her2", "--test-size", 0.4, "--out", tmp_path / "report.html", *checks)
    assert done.exit_code == 0, done.output
    assert re.search(r"^audit: 0 fail, \d warn, \d pass, 1 not run$", done.stdout, re.MULTILINE)
    page = (tmp_path / "report.html").read_text()
    assert "None of 12 patients is in training and test" in page
    assert "It was muted." in page


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--check", "volume"], "--check: 'volume' is no check. Use a code or a title"),
        (["--mute", "AUD999"], "--mute: 'AUD999' is no check. Use a code or a title"),
        (["--no-audit", "--mute", "AUD003"], "--no-audit leaves out"),
    ],
)
def test_evaluate_refuses_checks_before_any_work(run, table, tmp_path, options, said):
    done = run("evaluate", table, "--target", "her2", "--out", tmp_path / "report.html", *options)
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.split())
    assert not list(tmp_path.iterdir())


def test_a_pdf_without_a_browser_stops_before_any_work(run, table, tmp_path, monkeypatch):
    monkeypatch.setenv("RADIOHERS_CHROMIUM", "no-such-browser")
    done = run("evaluate", table, "--target", "her2", "--pdf", "--out", tmp_path / "report.html")
    assert done.exit_code == 2
    assert "no-such-browser is no program" in done.stderr
    assert not list(tmp_path.iterdir())


def test_params_lists_and_prints(run):
    assert "bladder_ctu" in run("params").stdout
    assert "excludeFeatures:" in run("params", "bladder_ctu").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["extract", "gone.csv", "--out", "x.csv"], "Error: gone.csv does not exist. Give the path of a CSV file.\n"),
        (["evaluate", "TABLE", "--target", "her3", "--out", "x.html"], "no column 'her3'; its columns are"),
        (
            ["train", "TABLE", "--target", "sex", "--out", "x"],
            "which of them is positive is not told. Pass positive=... (--positive).\n",
        ),
        (["score", "TABLE", "TABLE", "--out", "x.csv"], "is a table of cases, which is the second argument"),
        (["explain", "TABLE", "TABLE", "--out", "x.png"], "is a table of cases, which is the second argument"),
        (
            ["explain", "TABLE", "TABLE", "--out", "x.gif"],
            "x.gif is to be a figure; end its name in .png",
        ),
        (["explain", "TABLE", "TABLE", "--out", "x.png", "--shares", "x.png"], "x.png is named for two outputs"),
        (["crops", "TABLE", "--out", "x.npz", "--sheet", "x.doc"], "end its name in .png, .svg or .pdf"),
        (["crops", "TABLE", "--out", "x.png", "--sheet", "x.png"], "x.png is named for two outputs"),
        (["crops", "TABLE", "--out", "x.npz", "--png", "TABLE"], "is a file and no folder"),
        (["check", "TABLE", "--out", "x", "--csv", "x"], "x is named for two outputs"),
        (["extract", "TABLE", "--out", "TABLE/x.csv"], "is a file and no folder"),
        (["crops", "TABLE", "--out", "x.npz", "--n-jobs", "0"], "0 jobs do no work"),
        (["demo", "--out", "TABLE"], "is a file and no folder"),
        (["evaluate", "TABLE", "--target", "her2", "--out", "x", "--predictions", "x"], "x is named for two outputs"),
        (["evaluate", "TABLE", "--target", "age", "--out", "x"], "different values in 12 rows, numbers from"),
        (["train", "TABLE", "--target", "case_id", "--out", "x"], "12 classes, where two are needed"),
        (["params", "bladder"], "Error: There is no preset 'bladder'. Presets: 'bladder_ctu'"),
        (["demo", "--out", "x", "--target", "her2"], "--cohort and --target go together"),
        (["extract", "TABLE"], "Missing option '--out'"),
        (
            ["train", "TABLE", "--target", "her2", "--out", "x", "--threshold", "nan"],
            "'--threshold': nan is not in",
        ),
        (
            ["train", "TABLE", "--target", "her2", "--out", "x", "--threshold", "1.5"],
            "'--threshold': 1.5 is not in",
        ),
        (["train", "TABLE", "--target", "her2", "--out", "x", "--threshold", "-NaN"], "'--threshold': -NaN is not in"),
        (["evaluate", "TABLE", "--target", "her2", "--out", "x", "--test-size", "nan"], "'--test-size': nan is not in"),
        (["fly"], "No such command 'fly'"),
    ],
)
def test_mistakes_end_with_2_and_no_traceback(run, table, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    done = run(*(argument.replace("TABLE", str(table)) for argument in arguments))
    assert done.exit_code == 2, done.output
    assert said in done.stderr
    assert "Traceback" not in done.output
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", ["extract", "evaluate", "train"])
def test_nothing_is_overwritten_without_force(run, table, tmp_path, command):
    out = tmp_path / "mine"
    out.write_text("precious")
    target = [] if command == "extract" else ["--target", "her2"]
    done = run(command, table, *target, "--out", out)
    assert done.exit_code == 2
    assert "exists already" in done.stderr
    assert out.read_text() == "precious"


def test_a_wrong_preset_names_the_right_one(run, table, tmp_path):
    done = run("extract", table, "--out", tmp_path / "x.csv", "--params", "ct_defualt", fast=False)
    assert done.exit_code == 2
    assert "ct_default" in done.stderr


def test_a_case_that_fails_is_told_and_kept(run, table, tmp_path):
    broken = pd.read_csv(table)
    broken["image"] = [str(table.parent / path) for path in broken["image"]]
    broken["mask"] = [str(table.parent / path) for path in broken["mask"]]
    broken.loc[3, "mask"] = broken.loc[5, "mask"]
    broken.to_csv(tmp_path / "broken.csv", index=False)
    done = run("extract", tmp_path / "broken.csv", "--out", tmp_path / "x.csv")
    assert done.exit_code == 2
    assert "Error: case 'SYN_004': " in done.stderr
    done = run("extract", tmp_path / "broken.csv", "--out", tmp_path / "x.csv", "--on-error", "nan")
    assert done.exit_code == 0
    assert "Warning: case 'SYN_004': " in done.stderr
    assert "12 cases, 1 of them with missing values" in done.stdout


@pytest.mark.parametrize("command", list(_COMMANDS))
def test_help_has_examples(command):
    done = CliRunner().invoke(main, [command, "--help"])
    assert done.exit_code == 0
    assert f"radiohers {command}" in done.output.split("Examples:")[1]


def test_help_lists_what_the_commands_say_of_themselves():
    done = CliRunner().invoke(main, ["--help"])
    context = click.Context(main)
    own = {name: main.get_command(context, name).get_short_help_str(200) for name in _COMMANDS}
    assert own == _COMMANDS
    listed = done.output.split("Commands:")[1].splitlines()[1:]
    assert [line.split()[0] for line in listed] == list(_COMMANDS)


def test_help_and_version_load_no_library_of_the_commands():
    code = (
        "import sys\nfrom radiohers.cli import main\nmain(sys.argv[1:], standalone_mode=False)\n"
        "print([name for name in ('numpy', 'sklearn', 'SimpleITK') if name in sys.modules])"
    )
    for option in ("--help", "--version"):
        done = subprocess.run([sys.executable, "-c", code, option], capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-1] == "[]"


def test_crops_writes_crops_sheet_and_files(run, table, cache, tmp_path):
    out, sheet, png = tmp_path / "crops.npz", tmp_path / "sheet.png", tmp_path / "png"
    done = run("crops", table, "--size", 32, "--cache", cache, "--out", out, "--sheet", sheet, "--png", png)
    assert done.exit_code == 0, done.output
    crops = Crops.load(out)
    assert crops.images.shape[1:] == (32, 32)
    assert sheet.read_bytes().startswith(b"\x89PNG")
    assert len(list(png.glob("*.png"))) == crops.n_crops
    assert f"{crops.n_crops} crops of 12 cases" in done.stdout
    assert {"crops", "PNG"} <= bars(done)


def test_train_score_and_explain_a_network(run, table, tmp_path):
    model, figure, shares = tmp_path / "cnn.joblib", tmp_path / "cam.png", tmp_path / "shares.csv"
    options = ["--backbone", "small", "--size", 32, "--epochs", 2]
    done = run("train", table, "--target", "her2", "--model", "cnn", *options, "--out", model)
    assert done.exit_code == 0, done.output
    assert {"crops", "CropCNNClassifier"} <= bars(done)
    done = run("score", model, table, "--out", tmp_path / "scores.csv", "--n-jobs", 1)
    assert done.exit_code == 0
    assert "crops" in bars(done)
    assert pd.read_csv(tmp_path / "scores.csv")["probability"].between(0, 1).all()
    done = run("explain", model, table, "--out", figure, "--shares", shares)
    assert done.exit_code == 0, done.output
    assert {"crops", "Grad-CAM"} <= bars(done)
    assert figure.read_bytes().startswith(b"\x89PNG")
    table_of_shares = pd.read_csv(shares)[["inside", "rim", "outside"]].dropna()
    assert table_of_shares.sum(axis=1).to_numpy() == pytest.approx(1)


def test_explain_needs_a_network(run, table, tmp_path):
    run("train", table, "--target", "her2", "--out", tmp_path / "lr.joblib")
    done = run("explain", tmp_path / "lr.joblib", table, "--out", tmp_path / "cam.png")
    assert done.exit_code == 2
    assert "holds a Pipeline, and Grad-CAM explains networks on crops" in done.stderr


@pytest.mark.parametrize("size", [0.01, 0.05, 0.9, 0.99])
def test_a_test_part_without_both_classes_is_refused(run, table, tmp_path, size):
    done = run("evaluate", table, "--target", "her2", "--test-size", size, "--no-audit", "--out", tmp_path / "r.html")
    assert done.exit_code == 2
    assert f"Error: test_size={size} puts" in done.stderr
    assert "Use a test_size between 0.17 and 0.83" in done.stderr


def test_imagenet_weights_that_are_not_there(run, table, tmp_path):
    options = ["--backbone", "small", "--size", 32, "--epochs", 1, "--weights", "imagenet"]
    done = run("train", table, "--target", "her2", "--model", "cnn", *options, "--out", tmp_path / "cnn.joblib")
    assert done.exit_code == 2
    assert "torchvision has no ImageNet weights for backbone='small'" in done.stderr


def test_too_few_patients_to_hold_some_out(run, table, tmp_path):
    rows = table.read_text().splitlines(keepends=True)
    (table.parent / "three.csv").write_text("".join(rows[:4]))
    options = ["--model", "cnn", "--backbone", "small", "--size", 32, "--epochs", 1, "--out", tmp_path / "cnn.joblib"]
    done = run("train", table.parent / "three.csv", "--target", "her2", *options)
    assert done.exit_code == 2
    assert "Error: Cannot hold out 0.1 of 3 patients" in done.stderr


def bars(done):
    """Return the names of the progress bars."""
    return {line.partition(":")[0] for line in re.split(r"[\r\n]", done.stderr) if "%|" in line}


@pytest.fixture
def one_figure(monkeypatch):
    """Draw the first figure of a report only: the others take as long as all the rest."""
    monkeypatch.setattr(_figures, "_plots", lambda comparison, plots=_figures._plots: plots(comparison)[:1])


@pytest.mark.usefixtures("one_figure")
def test_long_phases_have_a_bar_with_a_name(run, table, cache, tmp_path):
    checks = ["--check", "AUD008", "--check", "AUD009", "--check", "AUD012", "--check", "AUD013"]
    folds = ["--folds", 2, "--repeats", 1]
    done = run("evaluate", table, "--target", "her2", *folds, *checks, "--out", tmp_path / "r.html")
    assert done.exit_code == 0, done.output
    assert bars(done) >= {
        "cross-validation", "table, bootstrap", "majority class", "clinical", "clinical columns", "lesion volume",
        "figures", "report",
    }  # fmt: skip
    assert ", roc]" in done.stderr
    run("train", table, "--target", "her2", "--out", tmp_path / "lr.joblib")
    for on_error, name in (("raise", "radiomics"), ("nan", "scores")):
        out = tmp_path / f"{on_error}.csv"
        done = run("score", tmp_path / "lr.joblib", table, "--out", out, "--on-error", on_error, "--n-jobs", 1)
        assert name in bars(done)
        assert "12/12" in done.stderr
    assert {"headers", "radiomics"} <= bars(
        run("advise", table, "--out", tmp_path / "p.yaml", "--cache", cache, "--n-jobs", 1)
    )
    assert {"headers", "images"} <= bars(run("check", table, "--n-jobs", 1))


@pytest.mark.usefixtures("one_figure")
def test_the_library_shows_no_bar_unless_it_is_asked(table, tmp_path, capfd):
    cohort = radiohers.read_cohort(table, target="her2")
    model = radiohers.make_radiomics_pipeline("lr", "first_order_shape").fit(cohort.X, cohort.y)
    radiohers.save_model(model, tmp_path / "lr.joblib", cohort=cohort)
    radiohers.load_model(tmp_path / "lr.joblib").score_cases(cohort.X)
    result = radiohers.compare_models({"LR": model}, cohort.X, cohort.y, groups=cohort.groups, cv=2, n_bootstraps=100)
    result.against_chance(n_permutations=19, n_refits=19)
    result.report(tmp_path / "r.html", cohort=cohort, audit=audit(result, cohort, checks=["majority class"]))
    assert "%|" not in capfd.readouterr().err
