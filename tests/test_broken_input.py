"""Broken input of every kind: one message, which names the case or file and says how to mend it; and what has to work.

The kinds are in broken_input_kinds.py. `radiohers check` and what reads the cases (read_cohort, RadiomicsExtractor,
CropExtractor, `radiohers extract`) are both held to them.
"""

import os
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from broken_input_files import TinyCohort, boxes, workbook
from broken_input_kinds import CASES, FOR_THE_CHECK, LABELME, MUST_WORK, ROWS, TABLES
from click.testing import CliRunner

from radiohers import read_cohort
from radiohers.cli import main
from radiohers.cohort import check_cohort
from radiohers.crops import CropExtractor
from radiohers.exceptions import CohortError, CropError
from radiohers.features import RadiomicsExtractor


def parametrized(table):
    return pytest.mark.parametrize("kind", [pytest.param(table[name], id=name) for name in table])


@pytest.fixture
def cohort(tmp_path):
    return TinyCohort(tmp_path / "cohort")


def extractor(**options):
    return RadiomicsExtractor(params="first_order_shape", **options)


def run(*arguments):
    """Run a command in this process; a traceback would be an exception that click hands on."""
    done = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert "Traceback" not in done.output
    return done


def assert_cli(cohort, check_code, check_words, extract_words):
    """Hold the two commands to their exit codes and words; None where features are extracted without an error."""
    checked = run("check", cohort.csv, "--target", "her2", "--n-jobs", 1)
    assert checked.exit_code == check_code
    assert re.search(check_words, checked.output)
    out = cohort.folder / "features.csv"
    arguments = ("--params", "first_order_shape", "--n-jobs", 1, "--cache", cohort.folder / "cache")
    extracted = run("extract", cohort.csv, *arguments, "--out", out)
    assert out.exists() == (extract_words is None)
    assert extracted.exit_code == (0 if extract_words is None else 2)
    assert extract_words is None or re.search(extract_words, extracted.stderr, re.DOTALL)


def assert_one_finding(cohort, words):
    """Hold the check to one finding of the case bad, an error with words and advice, and none of the others."""
    findings = check_cohort(cohort.write(), "her2").findings
    findings = findings[findings["case_id"] != ""]
    assert findings[["case_id", "level"]].to_numpy().tolist() == [["bad", "error"]]
    assert re.search(words, f"{findings['message'].iloc[0]}. {findings['advice'].iloc[0]}")
    assert findings["advice"].iloc[0]


@parametrized(CASES)
def test_case_that_cannot_be_used(cohort, kind):
    make, error, words, *of_check = kind
    make(cohort)
    cases = read_cohort(cohort.write(), target="her2").X
    with pytest.raises(error, match=words) as caught:
        extractor().transform(cases)
    assert str(caught.value).startswith("case 'bad': ")
    assert str(cohort.image) in str(caught.value) or str(cohort.mask) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert_one_finding(cohort, *of_check or [words])
    assert_cli(cohort, 1, f"error  case 'bad': .*{of_check[0] if of_check else words}", f"Error: case 'bad': .*{words}")


@parametrized(FOR_THE_CHECK)
def test_case_that_the_check_alone_finds(cohort, kind):
    make, words = kind
    make(cohort)
    findings = check_cohort(cohort.write(), "her2").findings.query("case_id == 'bad'")
    assert findings["level"].tolist() == ["error"]
    assert re.search(words, f"{findings['message'].iloc[0]}. {findings['advice'].iloc[0]}")
    assert_cli(cohort, 1, f"error  case 'bad': .*{words}", None)


@parametrized(ROWS)
def test_row_that_cannot_be_used(cohort, kind):
    make, words = kind
    make(cohort)
    with pytest.raises(CohortError, match=f"cohort.csv: 1 problem in 3 rows .*\n  row 1, case 'bad', column {words}"):
        read_cohort(cohort.write(), target="her2")
    in_check = words.replace("'", "", 2)
    assert_one_finding(cohort, in_check)
    is_label = "her2" in words
    assert_cli(cohort, 1, f"error  case 'bad': {in_check}", None if is_label else f"column {words}")


@parametrized(TABLES)
def test_file_that_is_no_such_table(cohort, kind):
    change, words = kind
    cohort.rewrite(change)
    for read in (read_cohort, check_cohort):
        with pytest.raises(CohortError, match=words) as caught:
            read(cohort.csv, target="her2")
        assert str(caught.value).startswith(str(cohort.csv))
        assert "\n" not in str(caught.value)
    # Features need no labels.
    assert_cli(cohort, 2, f"Error: .*{words}", None if "HER2" in words else f"Error: .*{words}")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (workbook, "it is an Excel workbook or another ZIP file. Save the table as comma-separated"),
        (lambda c: c.csv.write_bytes(c.image.read_bytes()), "it is compressed with gzip. Save the table"),
        (lambda c: c.csv.mkdir(), "is a folder, not a table. Give the path of a CSV file"),
        (lambda c: None, "does not exist. Give the path of a CSV file"),
    ],
    ids=["Excel", "image", "folder", "missing"],
)
def test_file_that_is_no_text(cohort, make, words):
    make(cohort)
    assert_cli(cohort, 2, f"Error: .*cohort.csv .*{words}", f"Error: .*cohort.csv .*{words}")


@parametrized(LABELME)
def test_rectangles_that_cannot_be_used(cohort, kind):
    text, words = kind
    boxes(cohort, text)
    cases = read_cohort(cohort.write(), target="her2").X
    with pytest.raises(CropError, match=f"case 'bad': rectangles .*bad.json: .*{words}"):
        CropExtractor().transform(cases)
    assert_one_finding(cohort, f"boxes bad.json: .*{words}")
    assert_cli(cohort, 1, f"boxes bad.json: .*{words}", "case 'bad': it has no mask.* Draw it")


@parametrized({"three": ("2", r"3 classes, .* 2 \(1 row: row 1, case 'bad'\)"), "one": ("1", "every label is 1")})
def test_classes_that_are_not_two(cohort, kind):
    label, words = kind
    cohort.table["her2"] = [label, "1", "1" if label == "1" else "0"]
    with pytest.raises(CohortError, match=words):
        read_cohort(cohort.write(), target="her2")
    assert_cli(cohort, 1, "3 classes, where two are needed|every label is 1", None)


def test_case_id_twice(cohort):
    cohort.set("case_id", " good ")
    cohort.write()
    assert_cli(cohort, 1, r"case 'good \(row 2\)': case_id: already used in row 1", "case 'good'.*used in row 1")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_file_without_permission(cohort):
    cohort.image.chmod(0)
    assert_one_finding(cohort, "cannot be opened .*Check its path and permissions")
    assert_cli(cohort, 1, "cannot be opened", "case 'bad': image .*cannot be opened .*Check")


@parametrized(MUST_WORK)
def test_what_has_to_work(cohort, kind, tmp_path, monkeypatch):
    expected = extractor().transform(read_cohort(cohort.write(), target="her2").X)
    cohort.csv.unlink()
    kind(cohort)
    cohort.write()
    # Relative paths start at the table, wherever it is read from.
    monkeypatch.chdir(tmp_path)
    read = read_cohort("cohort/cohort.csv", target="her2")
    np.testing.assert_array_equal(extractor().transform(read.X), expected)
    assert (read.y.tolist(), read.groups.tolist()[1]) == ([0, 1, 0], "patient good")
    check = check_cohort("cohort/cohort.csv", "her2")
    assert check.table["level"].tolist() == ["ok"] * 3
    assert_cli(cohort, 0, "3 cases: 0 error, 0 warn, 3 ok", None)


def test_all_bad_rows_are_in_one_error(tmp_path):
    cohort = TinyCohort(tmp_path / "all")
    good = cohort.table.iloc[1:]
    rows = [good.assign(mask_label="1", age="58")]
    for number, (make, _) in enumerate(ROWS.values()):
        one = TinyCohort(tmp_path / str(number))
        make(one)
        is_path = one.table["image"].str.startswith(("bad", "images"))
        one.table.loc[is_path, "image"] = f"../{number}/" + one.table["image"]
        one.table["mask"] = f"../{number}/" + one.table["mask"]
        rows.append(one.table.iloc[:1].assign(case_id=f"bad {number}"))
    cohort.table = pd.concat(rows).fillna({"mask_label": "1", "age": "58"})
    with pytest.raises(CohortError, match=f"{len(ROWS)} problems in {len(ROWS) + 2} rows") as caught:
        read_cohort(cohort.write(), target="her2")
    for number in range(len(ROWS)):
        assert str(caught.value).count(f"case 'bad {number}', ") == 1


def test_batch_of_broken_cases_with_one_in_order(tmp_path):
    expected = TinyCohort(tmp_path / "good")
    rows = [
        expected.table.iloc[1:2].assign(
            image=str(expected.folder / "good.nii.gz"), mask=str(expected.folder / "good_mask.nii.gz")
        )
    ]
    for number, (name, (make, *_)) in enumerate(CASES.items()):
        one = TinyCohort(tmp_path / str(number))
        make(one)
        row = {"case_id": name, "patient_id": name, "image": str(one.image), "mask": str(one.mask), "her2": "0"}
        rows.append(pd.DataFrame([row]))
    assert len(CASES) >= 40
    pd.concat(rows).to_csv(tmp_path / "cohort.csv", index=False)
    arguments = ("--params", "first_order_shape", "--n-jobs", 1, "--cache", tmp_path / "cache", "--on-error", "nan")
    done = run("extract", tmp_path / "cohort.csv", *arguments, "--out", tmp_path / "features.csv")
    assert done.exit_code == 0
    assert f"{len(CASES) + 1} cases, {len(CASES)} of them with missing values" in done.stdout
    assert all(f"Warning: case {name!r}: " in done.stderr for name in CASES)
    features = pd.read_csv(tmp_path / "features.csv", index_col="case_id")
    of_good = extractor().transform(read_cohort(expected.write()).X.loc[["good"]])
    pd.testing.assert_frame_equal(features.loc[["good"]], of_good, check_names=False)
    assert features.drop(index="good").isna().all(axis=None)
    checked = run("check", tmp_path / "cohort.csv", "--n-jobs", 1, "--csv", tmp_path / "check.csv")
    assert checked.exit_code == 1
    levels = pd.read_csv(tmp_path / "check.csv", index_col="case_id")["level"]
    assert levels.pop("good") == "ok"
    assert set(levels.index) == set(CASES)
    assert set(levels) == {"error"}


@pytest.mark.parametrize(
    ("name", "command", "code"),
    [("NaN in the offset", ["check"], 1), ("one voxel", ["extract", "--params", "first_order_shape", "--out", "x"], 2)],
)
def test_process_says_nothing_else(cohort, name, command, code):
    CASES[name][0](cohort)
    script = "from radiohers.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script, *command, cohort.write().name, "--n-jobs", "1"],
        cwd=cohort.folder,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == code
    lines = [line for line in re.split("[\r\n]", done.stdout + done.stderr) if line and "%|" not in line]
    assert len(lines) == 1 + (command == ["check"])
    assert re.match("(error  |Error: )case 'bad': ", lines[-1] if code == 2 else lines[0])
