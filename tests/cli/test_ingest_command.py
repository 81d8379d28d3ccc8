"""radiohers ingest on the command line."""

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk
import yaml
from click.testing import CliRunner

from radiohers.cli import main


def run(*arguments):
    return CliRunner().invoke(
        main, ["ingest", *map(str, arguments), *(["--n-jobs", "1"] if len(arguments) > 1 else [])]
    )


def test_real_case_becomes_a_cohort(sts_dicom, tmp_path):
    done = run(sts_dicom, "--out", tmp_path / "cohort", "--roi", "gtv*")
    assert done.exit_code == 0, done.output
    assert "1 cases; left out: 0, failed: 0" in done.stdout
    assert pd.read_csv(tmp_path / "cohort" / "cohort.csv")["case_id"].tolist() == ["P0001"]


def test_left_out_and_failed_are_shown_and_told_by_the_exit_code(sts_dicom, tmp_path):
    done = run(sts_dicom, "--out", tmp_path / "cohort", "--roi", "PTV")
    assert done.exit_code == 1
    assert "no region of interest 'PTV'; there are 1 'GTV_Mass_CT'" in done.stderr
    assert "RS.dcm" in done.stderr
    assert "RS.dcm" not in (tmp_path / "cohort" / "ingest_log.csv").read_text()


def test_labels_of_nobody_in_the_folder(sts_dicom, tmp_path):
    (tmp_path / "labels.csv").write_text("patient_id,her2\nSTS-019,1\n42,0\n")
    done = run(sts_dicom, "--out", tmp_path / "cohort", "--roi", "gtv*", "--labels", tmp_path / "labels.csv")
    assert done.exit_code == 2
    assert "Error: " in done.stderr
    assert "no row is of a patient of the folder. The table has 'STS-019', '42' in the column" in done.stderr
    assert not (tmp_path / "cohort").exists()


def test_rules_are_printed_and_read_back(sts_dicom, tmp_path):
    shown = run("--show-rules")
    assert shown.exit_code == 0
    assert yaml.safe_load(shown.stdout)["series"]["modality"] == "CT"
    (tmp_path / "rules.yaml").write_text(shown.stdout.replace("modality: CT", "modality: MR"))
    done = run(sts_dicom, "--out", tmp_path / "cohort", "--rules", tmp_path / "rules.yaml")
    assert done.exit_code == 1
    assert "modality CT, not MR" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["gone", "--out", "x"], "Error: gone does not exist"),
        (["."], "Missing option '--out'"),
        ([".", "--out", "used"], "used is not empty. Give another folder, or overwrite with force (--force)"),
        ([".", "--out", "x", "--rules", "used/mine.txt"], "no section 'series_'; did you mean 'series'?"),
        ([".", "--out", "x", "--labels", "gone.csv"], "gone.csv does not exist"),
        ([".", "--out", "x", "--key", "x/key.csv"], "Keep it outside the cohort's folder"),
    ],
)
def test_mistakes_end_with_2_and_no_traceback(tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "mine.txt").write_text("series_: {}")
    done = run(*arguments)
    assert done.exit_code == 2, done.output
    assert said in done.stderr
    assert "Traceback" not in done.output
    assert not (tmp_path / "x").exists()


def test_a_hundred_left_out_are_summed_up(tmp_path):
    labels = tmp_path / "labels.csv"
    labels.write_text("patient_id,her2\n" + "".join(f"A{number},1\n" for number in np.arange(100)))
    (tmp_path / "scans").mkdir()
    done = run(tmp_path / "scans", "--out", tmp_path / "cohort", "--labels", labels)
    assert done.exit_code == 1
    assert "... and 81 more in" in done.stderr


@pytest.mark.parametrize("fill", [(), ("--fill-gaps", "interpolate")])
def test_gaps_are_warned_of_or_filled(tmp_path, fill):
    folder = tmp_path / "scans" / "Anna"
    folder.mkdir(parents=True)
    mask = np.zeros((9, 12, 14), dtype=np.uint8)
    mask[[1, 3, 4, 7], 2:10, 3:11] = 1
    for name, voxels in (("ct", mask.astype(np.int16) * 50), ("mask", mask)):
        sitk.WriteImage(sitk.GetImageFromArray(voxels), str(folder / f"{name}.nii.gz"))
    rules = tmp_path / "rules.yaml"
    rules.write_text("nifti: {image: '{patient}/ct.nii.gz', mask: '{patient}/mask.nii.gz'}")
    done = run(tmp_path / "scans", "--out", tmp_path / "cohort", "--rules", rules, *fill)
    assert done.exit_code == 0, done.output
    assert f"1 cases; left out: 0, failed: 0, warnings: {0 if fill else 1}" in done.stdout
    said = "warning: P0001 case P0001: gap: nothing is drawn on slices 2 (2 mm), 5 (5 mm), 6 (6 mm) (counted from 0)"
    assert (said in done.stderr) == (not fill)
    written = sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "cohort" / "masks" / "P0001.nii.gz")))
    assert written.sum() == 64 * (7 if fill else 4)
