"""A folder of scanner data as a cohort: what is chosen, what is left out and why, and that nothing names a patient."""

import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk
from dicom_files import CT, Scanner, array

from radiohers import read_cohort
from radiohers.dicom import _one_patient as one_patient
from radiohers.dicom import ingest, read_ingest_rules
from radiohers.exceptions import CohortError, ImageReadError, OutputExistsError, ParamsError

# Most tables of labels here are of some of the patients; the warning has a test of its own.
pytestmark = pytest.mark.filterwarnings("ignore:.*(no patient of the folder|patients of the folder have no row)")

OUTER = [(1.5, 0.5), (7.5, 0.5), (7.5, 5.5), (1.5, 5.5)]
SMALL = [(3.5, 1.5), (5.5, 1.5), (5.5, 3.5), (3.5, 3.5)]


def closed(scanner, corners, number):
    return ("CLOSED_PLANAR", scanner.in_mm(corners, number))


class Hospital:
    """A folder of three patients: contours of two kinds, and one without any."""

    def __init__(self, folder, stored):
        self.folder = folder
        self.jane = Scanner(stored, patient=("Zorn^Jane", "MRN-4711"))
        self.rick = Scanner(stored[::-1], patient=("Quill^Rick", "MRN-0815"))
        self.mary = Scanner(stored + 1, patient=("Vexler^Mary", "MRN-2222"))
        self.jane.write(folder / "ZORN_JANE" / "ct")
        self.draw(self.jane, "rs.dcm", {"GTV": [closed(self.jane, OUTER, 2)]})
        self.rick.write(folder / "quill" / "ct")
        inside = np.zeros(stored.shape, dtype=bool)
        inside[1:3, 2:4, 3:6] = True
        self.rick.write_seg(folder / "quill" / "seg", {"Lesion": inside})
        self.mary.write(folder / "vexler")

    def draw(self, scanner, name, regions, **options):
        return scanner.write_rtstruct(self.folder / "ZORN_JANE" / name, regions, **options)


@pytest.fixture
def hospital(tmp_path, stored):
    return Hospital(tmp_path / "scans of P. Secret", stored)


@pytest.fixture
def take_in(hospital, tmp_path):
    """Ingest the hospital; return the result and its log by patient."""

    def take_in(rules=None, **options):
        return ingest(hospital.folder, tmp_path / "cohort", rules, **options)

    return take_in


def reasons(result, level):
    return " | ".join(result.log.loc[result.log["level"] == level, "reason"])


def test_cohort_of_contours_of_both_kinds(take_in, stored):
    result = take_in()
    assert (result.n_cases, result.n_failed) == (2, 0)
    cohort = read_cohort(result.cohort)
    assert cohort.X.index.tolist() == ["P0001", "P0003"]
    assert cohort.groups.tolist() == ["P0001", "P0003"]
    # Alphabetical by PatientID: MRN-0815 is Rick, MRN-2222 is Mary, MRN-4711 is Jane.
    jane, rick = cohort.X.loc["P0003"], cohort.X.loc["P0001"]
    np.testing.assert_array_equal(array(sitk.ReadImage(jane["image"])), stored.astype(int) - 1024)
    np.testing.assert_array_equal(array(sitk.ReadImage(rick["image"])), stored[::-1].astype(int) - 1024)
    assert array(sitk.ReadImage(jane["mask"]))[2, 1:6, 2:8].sum() == array(sitk.ReadImage(jane["mask"])).sum() == 30
    assert array(sitk.ReadImage(rick["mask"]))[1:3, 2:4, 3:6].sum() == array(sitk.ReadImage(rick["mask"])).sum() == 12
    assert not pd.read_csv(result.cohort)["image"].str.startswith("/").any()


def test_log_says_what_became_of_each(take_in):
    result = take_in()
    log = pd.read_csv(result.cohort.parent / "ingest_log.csv", keep_default_na=False)
    assert log.to_numpy().tolist() == result.log.drop(columns="detail").to_numpy().tolist()
    assert log.loc[log["level"] == "done", "name"].tolist() == ["P0001", "P0003"]
    mary = log[log["patient_id"] == "P0002"]
    assert mary["what"].tolist() == ["series", "patient"]
    assert mary["reason"].iloc[0] == "no contours were drawn on it"


def written_bytes(folder):
    for path in Path(folder).rglob("*"):
        yield str(path.relative_to(folder)).encode()
        if path.is_file():
            content = path.read_bytes()
            yield gzip.decompress(content) if path.suffix == ".gz" else content


def identifiers_of(*scanners):
    for scanner in scanners:
        yield from (*scanner.patient, *scanner.patient[0].split("^"), scanner.series_uid, scanner.study_uid)
        yield scanner.frame_uid
    yield from ("19610203", "20190807", "101112", "ACC-99817", "STUDY-5", "Secret", "portal")


def test_nothing_written_identifies_a_patient(take_in, hospital, tmp_path):
    # A region named after the patient, a damaged file, a gap: messages of every kind, with paths and UIDs.
    jane, rick, mary = hospital.jane, hospital.rick, hospital.mary
    hospital.draw(jane, "rs.dcm", {"GTV of Jane Zorn MRN-4711": [closed(jane, OUTER, 2)]})
    (hospital.folder / "quill" / "ct" / "002.dcm").unlink()
    (hospital.folder / "vexler" / "Vexler_Mary_005.dcm").write_bytes(b"cut")
    mary.write_rtstruct(hospital.folder / "vexler" / "rs", {"GTV": [closed(mary, OUTER, 2)]})
    hospital.draw(jane, "other.dcm", {"GTV": [closed(jane, OUTER, 2)]}, refers_to="1.2.840.99.77.5.4.3")
    result = take_in()
    assert result.n_cases == 1
    assert result.n_failed == 2
    everything = b"\n".join(written_bytes(tmp_path / "cohort")).lower()
    found = [text for text in identifiers_of(jane, rick, mary) if text.lower().encode() in everything]
    assert found == []
    assert b"1.2.840.99.77.5.4.3" not in everything
    assert str(tmp_path).encode() not in everything
    # On the screen the paths are wanted.
    assert "Vexler_Mary_005.dcm" in " ".join(result.log["detail"])
    assert "GTV of P0003 P0003 P0003" in (tmp_path / "cohort" / "masks" / "P0003.json").read_text()


def test_log_gives_errors_without_their_files(take_in, hospital):
    # One whose file is named first, one of a region of a file, and one of a series.
    hospital.draw(hospital.jane, "rs.dcm", {"GTV": [("CLOSED_PLANAR", [(1, 2, 3)] * 3)]})
    inside = np.zeros((6, 7, 9), dtype=bool)
    hospital.rick.write_seg(hospital.folder / "quill" / "seg", {"Lesion": inside})
    hospital.mary.write_rtstruct(hospital.folder / "vexler" / "rs", {"GTV": [closed(hospital.mary, OUTER, 2)]})
    (hospital.folder / "vexler" / "003.dcm").unlink()
    result = take_in()
    failed = result.log[result.log["level"] == "failed"].set_index("patient_id")
    assert failed.loc["P0001", "reason"] == "all 1 segments are empty. Draw the lesion, or check the export."
    assert failed.loc["P0001", "detail"] == f"{hospital.folder / 'quill' / 'seg'}: {failed.loc['P0001', 'reason']}"
    assert failed.loc["P0002", "reason"].startswith("slices are missing between -24.00 and -18.00 mm")
    assert failed.loc["P0002", "detail"].startswith(f"the series in {hospital.folder / 'vexler'}: slices are missing")
    assert failed.loc["P0003", "reason"].startswith("region 1 'GTV': a contour at [1.0, 2.0, 3.0] mm lies above")
    assert failed.loc["P0003", "detail"].endswith(f"rs.dcm, {failed.loc['P0003', 'reason']}")


def test_uids_in_messages_are_hashed(take_in, hospital, tmp_path):
    def change(dataset):
        dataset.StructureSetROISequence[0].ReferencedFrameOfReferenceUID = "1.2.840.99.77.5.4.4"

    hospital.draw(hospital.jane, "rs.dcm", {"GTV": [closed(hospital.jane, OUTER, 2)]}, change=change)
    result = take_in()
    assert "another frame of reference, uid-" in reasons(result, "failed")
    written = (tmp_path / "cohort" / "ingest_log.csv").read_text()
    assert "1.2.840.99" not in written
    assert hospital.jane.frame_uid not in written


def test_provenance(take_in, hospital, tmp_path):
    take_in()
    mask = json.loads((tmp_path / "cohort" / "masks" / "P0003.json").read_text())
    assert mask["roi_names"] == ["GTV"]
    assert mask["n_voxels"] == 30
    assert mask["case_id"] == "P0003"
    image = json.loads((tmp_path / "cohort" / "images" / "P0003.json").read_text())
    assert image["series_uid_sha256"] == mask["series_uid_sha256"]
    assert len(image["series_uid_sha256"]) == 16
    assert image["size"] == [9, 7, 6]
    assert set(image["made_by"]) == {"radiohers", "pydicom", "SimpleITK"}


def test_patient_who_fails_stops_nobody(take_in, hospital):
    (hospital.folder / "quill" / "ct" / "003.dcm").unlink()
    result = take_in()
    assert (result.n_cases, result.n_failed) == (1, 1)
    assert "slices are missing" in reasons(result, "failed")


def test_a_fault_of_the_program_stops_nobody(take_in, monkeypatch):
    def fail(*arguments, **options):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(one_patient, "read_seg", fail)
    result = take_in()
    assert result.n_cases == 1
    assert reasons(result, "failed") == "ZeroDivisionError: division by zero"


def test_run_that_is_stopped_keeps_what_was_finished(take_in, monkeypatch, tmp_path):
    def stop(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(one_patient, "read_rtstruct", stop)
    with pytest.raises(KeyboardInterrupt):
        take_in()
    assert read_cohort(tmp_path / "cohort" / "cohort.csv").X.index.tolist() == ["P0001"]


def test_two_at_a_time_write_the_same(take_in, hospital, tmp_path):
    one = take_in()
    two = ingest(hospital.folder, tmp_path / "again", n_jobs=2)
    assert two.cohort.read_text() == one.cohort.read_text()
    assert two.log.equals(one.log)


def test_nothing_is_overwritten_without_force(take_in, tmp_path):
    take_in()
    before = (tmp_path / "cohort" / "cohort.csv").read_text()
    with pytest.raises(OutputExistsError, match="is not empty"):
        take_in()
    assert take_in(force=True).n_cases == 2
    assert (tmp_path / "cohort" / "cohort.csv").read_text() == before


def test_folder_that_is_not_there(tmp_path):
    with pytest.raises(ImageReadError, match="gone does not exist"):
        ingest(tmp_path / "gone", tmp_path / "cohort")
    assert not (tmp_path / "cohort").exists()


def test_no_case_at_all_is_said(take_in, hospital, tmp_path):
    result = ingest(hospital.folder / "vexler", tmp_path / "none")
    assert result.cohort is None
    assert (tmp_path / "none" / "ingest_log.csv").is_file()
    assert not (tmp_path / "none" / "cohort.csv").exists()


@pytest.mark.parametrize(
    ("series", "said"),
    [
        ({"modality": "MR"}, "modality CT, not MR"),
        ({"description": "*arterial*"}, "its description fits no pattern"),
        ({"min_slices": 7}, "6 slices, fewer than 7"),
    ],
)
def test_series_that_rules_leave_out(take_in, series, said):
    result = take_in({"series": series})
    assert result.n_cases == 0
    assert said in reasons(result, "left out")
    assert "was drawn on a series that the rules leave out" in reasons(result, "left out")


@pytest.mark.parametrize("description", ["*PORTAL*", ["*arterial*", "abdomen*"]])
def test_series_by_description(take_in, description):
    assert take_in({"series": {"description": description}}).n_cases == 2


@pytest.fixture
def two_series(hospital, stored):
    """Jane has a second, thinner series, with contours of its own."""
    thin = Scanner(stored[:5], spacing_mm=(0.75, 0.875, 1.0), patient=hospital.jane.patient)
    thin.write(hospital.folder / "ZORN_JANE" / "thin")
    hospital.draw(thin, "thin.dcm", {"GTV": [closed(thin, SMALL, 1)]})
    return thin


@pytest.mark.parametrize(
    ("pick", "cases", "said"),
    [
        ("one", ["P0001"], "one of 2 series with contours"),
        ("thinnest", ["P0001", "P0003"], "another one goes before it (series: pick: thinnest)"),
        ("most_slices", ["P0001", "P0003"], "another one goes before it (series: pick: most_slices)"),
        ("all", ["P0001", "P0003_s1", "P0003_s2"], ""),
    ],
)
@pytest.mark.usefixtures("two_series")
def test_several_series_with_contours(take_in, pick, cases, said):
    result = take_in({"series": {"pick": pick}})
    table = pd.read_csv(result.cohort, index_col="case_id")
    assert table.index.tolist() == cases
    assert said in reasons(result, "left out")
    if pick in ("thinnest", "most_slices"):
        n_slices = sitk.ReadImage(str(result.cohort.parent / table.loc["P0003", "image"])).GetSize()[2]
        assert n_slices == {"thinnest": 5, "most_slices": 6}[pick]


@pytest.mark.usefixtures("two_series")
def test_series_without_contours_are_left_out_for_that_with_them(take_in, hospital):
    (hospital.folder / "ZORN_JANE" / "thin.dcm").unlink()
    result = take_in()
    assert result.n_cases == 2
    assert "no contours were drawn on it" in reasons(result, "left out")


@pytest.mark.parametrize(("pick", "voxels"), [("one", []), ("newest", [4]), ("all", [30, 4])])
def test_several_files_of_contours(take_in, hospital, pick, voxels):
    def later(dataset):
        dataset.StructureSetDate = "20210101"

    hospital.draw(hospital.jane, "second.dcm", {"GTV": [closed(hospital.jane, SMALL, 1)]}, change=later)
    result = take_in({"contours": {"pick": pick}})
    table = pd.read_csv(result.cohort)
    masks = table.loc[table["patient_id"] == "P0003", "mask"]
    assert [array(sitk.ReadImage(str(result.cohort.parent / mask))).sum() for mask in masks] == voxels
    if pick == "one":
        assert "one of 2 files of contours on one series" in reasons(result, "left out")


@pytest.fixture
def regions(hospital):
    """Jane has two lesions, one of them in two parts, and a contoured organ."""
    jane = hospital.jane
    drawn = {"GTV 1": [closed(jane, OUTER, 2)], "GTV/2": [closed(jane, SMALL, 4), closed(jane, OUTER, 0)]}
    hospital.draw(jane, "rs.dcm", drawn | {"Liver": [closed(jane, OUTER, 1)], "Empty": []})


@pytest.mark.parametrize(
    ("contours", "cases"),
    [
        ({"roi": "GTV*"}, {"P0003_GTV-1": 30, "P0003_GTV-2": 34}),
        ({"roi": "GTV*", "several": "merge"}, {"P0003": 64}),
        ({"roi": ["GTV 1"]}, {"P0003": 30}),
        ({"roi": 2, "components": "separate"}, {"P0003_1": 30, "P0003_2": 4}),
        ({"roi": 2, "components": "largest"}, {"P0003": 30}),
        ({"roi": 2, "min_voxels": 5}, {"P0003": 30}),
        ({"roi": "GTV*", "components": "separate"}, {"P0003_GTV-1_1": 30, "P0003_GTV-2_1": 30, "P0003_GTV-2_2": 4}),
    ],
)
@pytest.mark.usefixtures("regions")
def test_cases_of_regions_and_components(take_in, contours, cases):
    result = take_in({"contours": contours})
    table = pd.read_csv(result.cohort, index_col="case_id")
    table = table[table["patient_id"] == "P0003"]
    found = {
        case: array(sitk.ReadImage(str(result.cohort.parent / mask))).sum() for case, mask in table["mask"].items()
    }
    assert found == cases
    assert table["image"].nunique() == 1


@pytest.mark.usefixtures("regions")
def test_several_regions_need_a_word(take_in):
    result = take_in()
    assert result.n_cases == 1
    assert "3 regions of interest ('GTV 1', 'GTV/2', 'Liver'). Say which are lesions" in reasons(result, "failed")


def test_contours_of_a_series_that_is_not_there(take_in, hospital):
    hospital.draw(hospital.jane, "rs.dcm", {"GTV": [closed(hospital.jane, OUTER, 2)]}, refers_to="1.2.3.4.5")
    result = take_in()
    assert "the RTSTRUCT was drawn on a series of which no file is there" in reasons(result, "left out")
    assert take_in({"contours": {"check_reference": False}}, force=True).n_cases == 2


def test_copies_of_one_file_of_contours_are_one(take_in, hospital):
    drawn = hospital.folder / "ZORN_JANE" / "rs.dcm"
    (hospital.folder / "ZORN_JANE" / "copy of rs").write_bytes(drawn.read_bytes())
    result = take_in()
    assert result.n_cases == 2
    assert "a copy of another RTSTRUCT file" in reasons(result, "left out")


def test_series_copied_twice_is_one(take_in, hospital):
    hospital.jane.write(hospital.folder / "backup")
    hospital.draw(hospital.jane, "rs.dcm", {"GTV": [closed(hospital.jane, OUTER, 2)]})
    result = take_in()
    assert result.n_cases == 2
    assert "6 duplicates of slices dropped" in reasons(result, "note")


@pytest.mark.parametrize("n_segments", [1, 2])
def test_label_map_of_one_and_of_two_segments(take_in, hospital, n_segments):
    inside = np.zeros((6, 7, 9), dtype=bool)
    inside[1:3, 2:4, 3:6] = True
    masks = {"Lesion": inside, "Node": np.roll(inside, 2, axis=1)}
    chosen = dict(list(masks.items())[:n_segments])
    hospital.rick.write_seg(hospital.folder / "quill" / "seg", chosen, "LABELMAP")
    result = take_in()
    assert result.n_cases == 3 - n_segments
    assert ("2 regions of interest ('Lesion', 'Node')" in reasons(result, "failed")) == (n_segments == 2)


def test_kinds_of_contours(take_in):
    result = take_in({"contours": {"kinds": ["SEG"]}})
    assert pd.read_csv(result.cohort)["case_id"].tolist() == ["P0001"]
    assert "RTSTRUCT is not among the rules'" in reasons(result, "left out")


def test_series_of_other_kinds_are_listed(take_in, hospital):
    report = hospital.mary.header("1.2.840.10008.5.1.4.1.1.88.11", "SR")
    report.SeriesInstanceUID = "1.2.3.4.5.6"
    report.save_as(hospital.folder / "vexler" / "sr", enforce_file_format=True)
    assert "holds no image and no contours (SR)" in reasons(take_in(), "left out")


def test_tilt_is_left_out_or_resampled(take_in, hospital):
    hospital.jane.shear_mm = 0.9
    hospital.jane.write(hospital.folder / "ZORN_JANE" / "ct")
    hospital.draw(hospital.jane, "rs.dcm", {"GTV": [closed(hospital.jane, OUTER, 2)]})
    assert "gantry tilt" in reasons(take_in(), "failed")
    result = take_in({"series": {"on_tilt": "resample"}}, force=True)
    assert result.n_cases == 2
    assert "taken out by linear interpolation" in reasons(result, "note")


def test_patients_by_folder(take_in, hospital):
    nobody = Scanner(hospital.mary.stored, patient=("", ""))
    nobody.write(hospital.folder / "quill" / "more")
    result = take_in({"patients": {"by": "folder:1", "ids": "keep"}})
    assert pd.read_csv(result.cohort)["case_id"].tolist() == ["ZORN_JANE", "quill"]
    assert "no PatientID" in reasons(take_in(force=True), "left out")


def test_key_keeps_pseudonyms(take_in, hospital, stored, tmp_path):
    key = tmp_path / "key.csv"
    take_in(key=key)
    table = pd.read_csv(key, index_col="patient")
    assert table["pseudonym"].to_dict() == {"MRN-0815": "P0001", "MRN-2222": "P0002", "MRN-4711": "P0003"}
    assert table.loc["MRN-4711", "name"] == "Zorn^Jane"
    Scanner(stored, patient=("New^One", "AAA-1")).write(hospital.folder / "new")
    assert pd.read_csv(take_in(key=key, force=True).cohort)["case_id"].tolist() == ["P0001", "P0003"]
    assert pd.read_csv(key, index_col="patient").loc["AAA-1", "pseudonym"] == "P0004"


def test_key_stays_outside(take_in, tmp_path):
    with pytest.raises(CohortError, match="Keep it outside"):
        take_in(key=tmp_path / "cohort" / "key.csv")
    (tmp_path / "key.csv").write_text("something else")
    with pytest.raises(CohortError, match="is not a key"):
        take_in(key=tmp_path / "key.csv")


@pytest.fixture
def labels(tmp_path):
    def labels(*lines, **how):
        (tmp_path / "labels.csv").write_text("\n".join(lines), **how)
        return tmp_path / "labels.csv"

    return labels


@pytest.mark.parametrize(
    ("lines", "encoding"),
    [
        (["patient_id,her2,age", "MRN-4711,1,61", "MRN-0815,0,"], "utf-8"),
        (["patient_id;her2;age", "MRN-4711;1;61", "MRN-0815;0;"], "utf-8-sig"),
    ],
)
def test_labels_are_joined_by_patient(take_in, labels, lines, encoding):
    result = take_in(labels=labels(*lines, encoding=encoding))
    cohort = read_cohort(result.cohort, target="her2")
    assert cohort.y.to_dict() == {"P0001": 0, "P0003": 1}
    assert cohort.clinical.loc["P0003", "age"] == 61
    assert "the table of labels has no such patient; kept without" in reasons(result, "note")


def test_labels_without_patient_and_patients_without_labels(take_in, labels):
    table = labels("patient_id,her2", "MRN-4711,1", "MRN-9999,0")
    result = take_in({"labels": {"missing": "leave_out"}}, labels=table)
    assert pd.read_csv(result.cohort)["case_id"].tolist() == ["P0003"]
    rows = result.log[result.log["what"] == "labels"]
    assert rows[["patient_id", "name", "reason"]].to_numpy().tolist() == [
        ["P0001", "", "the table of labels has no such patient"],
        ["P0002", "", "the table of labels has no such patient"],
        ["", "row 2", "no such patient in the folder"],
    ]


def test_pseudonyms_from_the_labels(take_in, labels):
    result = take_in(labels=labels("patient_id,pseudonym,her2", "MRN-4711,HER-07,1"))
    table = pd.read_csv(result.cohort)
    assert table["patient_id"].tolist() == ["P0001", "HER-07"]
    assert "pseudonym" not in table


@pytest.mark.parametrize(
    ("lines", "rules", "said"),
    [
        (["id,her2", "MRN-4711,1"], {}, "no column 'patient_id'; its columns are id, her2"),
        (["patient_id,her2", "MRN-4711,1", "MRN-4711,0"], {}, "rows 1, 2 are empty or name a patient twice"),
        (["patient_id,image", "MRN-4711,1"], {}, "the column 'image' is one of the cohort table's own"),
        (["patient_id,her2,mrn", "MRN-4711,1,mrn-4711"], {}, "the column 'mrn' holds names or numbers of patients"),
        (["patient_id,who", "MRN-4711,Zorn^Jane"], {}, "the column 'who' holds names or numbers of patients"),
        (["patient_id,her2", "MRN-4711,1"], {"columns": ["her3"]}, "no column 'her3'"),
        (["patient_id,pseudonym", "MRN-4711,A", "MRN-0815,a"], {}, "is empty or that of two patients"),
        ([], {}, "cannot be read as a CSV table"),
    ],
)
def test_labels_that_cannot_be_used(take_in, labels, tmp_path, lines, rules, said):
    with pytest.raises(CohortError, match=said):
        take_in({"labels": rules}, labels=labels(*lines))
    assert not (tmp_path / "cohort").exists()


@pytest.mark.parametrize(
    ("ids", "hint"),
    [
        (["9", "10"], None),
        (["mrn-4711", "x"], "'mrn-4711' and 'MRN-4711'"),
        (["MRN 4711", "MRN4711"], "'MRN4711' and 'MRN-4711'"),
        (["MRN-04711"], "'MRN-04711' and 'MRN-4711'"),
        (["NA"], None),
    ],
)
def test_labels_of_which_none_is_of_a_patient(take_in, labels, tmp_path, ids, hint):
    table = labels("patient_id,her2", *(f"{name},1" for name in ids))
    with pytest.raises(CohortError, match=r"labels.csv: no row is of a patient of the folder. The table has") as caught:
        take_in(labels=table)
    assert f"{ids[0]!r}" in str(caught.value)
    assert "the folder 'MRN-0815', 'MRN-2222', 'MRN-4711'" in str(caught.value)
    assert ("Alike but for zeros" in str(caught.value)) == (hint is not None)
    assert hint is None or hint in str(caught.value)
    assert not (tmp_path / "cohort").exists()


def test_labels_that_match_in_part_are_counted_on_either_side(take_in, labels, tmp_path):
    table = labels("patient_id,her2", "MRN-4711,1", "mrn-0815,0", "MRN-9,1")
    with pytest.warns(UserWarning, match="labels.csv: ") as warned:
        take_in(labels=table)
    (message,) = (str(one.message) for one in warned)
    assert "2 of 3 rows name no patient of the folder ('mrn-0815', 'MRN-9')" in message
    assert "2 of 3 patients of the folder have no row ('MRN-0815', 'MRN-2222')" in message
    assert "Alike but for zeros, capitals, spaces or dashes: 'mrn-0815' and 'MRN-0815'." in message
    written = "".join(path.read_text() for path in (tmp_path / "cohort").glob("*.csv"))
    assert "0815" not in written


@pytest.mark.filterwarnings("error")
def test_labels_that_match_wholly_warn_of_nothing(take_in, labels):
    rows = [f"{name},{her2}" for name, her2 in (("MRN-4711", 1), ("MRN-0815", 0), ("MRN-2222", 0))]
    take_in(labels=labels("patient_id,her2", *rows))


@pytest.mark.parametrize("word", ["NA", "None", "null", "nan", "007", "1e5", "1,234"])
def test_texts_of_labels_stay_texts(take_in, labels, word):
    result = take_in(labels=labels("patient_id;ihc;her2", f"MRN-4711;{word};{word}", "MRN-0815;;1"))
    written = pd.read_csv(result.cohort, dtype=str, keep_default_na=False)
    assert written[["ihc", "her2"]].to_numpy().tolist() == [["", "1"], [word, word]]


def test_labels_with_more_fields_than_columns(take_in, labels):
    with pytest.raises(CohortError, match=r"more fields than the 2 columns of the header in row 1 \(3 fields\)"):
        take_in(labels=labels("patient_id,volume", "MRN-4711,1,234"))


@pytest.mark.parametrize("columns", [["her2"], ["her2", "age"]])
def test_columns_of_labels(take_in, labels, columns):
    table = labels("patient_id,mrn,her2,age", "MRN-4711,MRN-4711,1,5", "MRN-0815,MRN-0815,0,6")
    result = take_in({"labels": {"columns": columns}}, labels=table)
    assert pd.read_csv(result.cohort).columns.tolist() == ["case_id", "patient_id", "image", "mask", *columns]


@pytest.fixture
def nifti(tmp_path, stored):
    """Two patients with NIfTI images; one has a mask of labels 1 and 3, the other two masks."""
    folder = tmp_path / "nifti"
    for patient in ("Anna", "Berta"):
        (folder / patient).mkdir(parents=True)
        image = sitk.GetImageFromArray(stored.astype(np.int16))
        image.SetSpacing((0.75, 0.875, 3.0))
        image.SetMetaData("descrip", f"{patient} Secret")
        sitk.WriteImage(image, str(folder / patient / "ct.nii.gz"))
    mask = np.zeros(stored.shape, dtype=np.uint8)
    mask[1, 2:4, 2:4], mask[3, 3, 3] = 1, 3
    for path, voxels in (
        ("Anna/mask_one", mask),
        ("Berta/mask_one", mask == 1),
        ("Berta/mask_two", (mask == 3) * np.uint8(3)),
    ):
        image = sitk.GetImageFromArray(voxels.astype(np.uint8))
        image.SetSpacing((0.75, 0.875, 3.0))
        sitk.WriteImage(image, str(folder / f"{path}.nii.gz"))
    return folder


PATTERNS = {"image": "{patient}/ct.nii.gz", "mask": "{patient}/mask_{lesion}.nii.gz"}


@pytest.mark.parametrize(
    ("labels_", "contours", "cases"),
    [
        (None, {}, {"P0002_one": 4, "P0002_two": 1}),
        (1, {}, {"P0001": 4, "P0002_one": 4}),
        ([1, 3], {"several": "merge"}, {"P0001": 5}),
        ([1, 3], {}, {"P0001_one_label1": 4, "P0001_one_label3": 1}),
    ],
)
def test_nifti_by_patterns(nifti, tmp_path, labels_, contours, cases):
    result = ingest(nifti, tmp_path / "out", {"nifti": PATTERNS | {"labels": labels_}, "contours": contours})
    table = pd.read_csv(result.cohort, index_col="case_id")
    found = {case: array(sitk.ReadImage(str(tmp_path / "out" / mask))).sum() for case, mask in table["mask"].items()}
    assert found == cases
    read_cohort(result.cohort)
    everything = b"\n".join(written_bytes(tmp_path / "out"))
    assert b"Secret" not in everything
    assert b"Anna" not in everything


def test_nifti_faults_are_logged(nifti, tmp_path):
    (nifti / "Berta" / "ct.nii.gz").unlink()
    mask = sitk.ReadImage(str(nifti / "Anna" / "mask_one.nii.gz"))
    mask.SetOrigin((0, 0, 1))
    sitk.WriteImage(mask, str(nifti / "Anna" / "mask_one.nii.gz"))
    result = ingest(nifti, tmp_path / "out", {"nifti": PATTERNS | {"labels": 1}})
    assert result.n_cases == 0
    assert "differ in origin by 1 mm" in reasons(result, "failed")
    assert "0 images and 2 masks fit the patterns" in reasons(result, "left out")


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"serie": {}}, "no section 'serie'; did you mean 'series'?"),
        ({"series": {"modalty": "CT"}}, "series: no rule 'modalty'; did you mean 'modality'?"),
        ({"series": ["CT"]}, "is not a list of rules of the form name: value"),
        ({"series": {"pick": "best"}}, "'best' is not one of one, thinnest, most_slices, all"),
        ({"series": {"min_slices": "many"}}, "'many' is not a whole number of at least 1"),
        ({"series": {"tolerance_mm": -1}}, "-1 is not a number of millimetres"),
        ({"contours": {"kinds": ["RTPLAN"]}}, r"\['RTPLAN'\] is not a list of some of RTSTRUCT, SEG"),
        ({"contours": {"fraction": 0}}, "0 is not a share above 0"),
        ({"patients": {"by": "folder:x"}}, "is not PatientID or folder:1"),
        ({"nifti": {"image": "{patient}.nii"}}, "image and mask go together"),
        ({"nifti": {"image": "ct.nii", "mask": "{patient}.nii"}}, "is not a pattern with {patient}"),
        ({"labels": {"patient_column": ""}}, "is not a text"),
    ],
)
def test_wrong_rules(rules, said):
    with pytest.raises(ParamsError, match=said):
        read_ingest_rules(rules)


def test_all_faults_of_the_rules_are_named(tmp_path):
    path = tmp_path / "rules.yaml"
    path.write_text("series: {pick: best, min_slices: 0}\ncontours: {several: some}\n")
    with pytest.raises(ParamsError, match=r"rules\.yaml: 3 problems"):
        read_ingest_rules(path)
    path.write_text("[series]")
    with pytest.raises(ParamsError, match="it holds a list, not the sections"):
        read_ingest_rules(path)
    path.write_text("series: [")
    with pytest.raises(ParamsError, match="cannot be read as rules"):
        read_ingest_rules(path)
    with pytest.raises(ParamsError, match="cannot be read as rules: No such file"):
        read_ingest_rules(tmp_path / "gone.yaml")


def test_secondary_captures_do_not_hide_the_series(take_in, hospital):
    assert hospital.jane.slice(0).SOPClassUID == CT
    picture = hospital.jane.slice(0)
    picture.SeriesInstanceUID, picture.SOPClassUID = "1.2.3.4.5.6.7", "1.2.840.10008.5.1.4.1.1.7"
    picture.save_as(hospital.folder / "ZORN_JANE" / "picture", enforce_file_format=True)
    result = take_in()
    assert result.n_cases == 2
    assert "no slices of a volume: secondary capture" in reasons(result, "left out")
