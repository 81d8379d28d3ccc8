"""Which series contours belong to, which file of contours is the newest, and that of equals none is taken."""

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk
from dicom_files import Scanner, generate_uid
from pydicom.dataset import Dataset

from radiohers.dicom import ingest, read_rtstruct, read_series
from radiohers.dicom._nifti_out import uid_hash
from radiohers.exceptions import GeometryError

OUTER = [(1.5, 0.5), (7.5, 0.5), (7.5, 5.5), (1.5, 5.5)]
SMALL = [(3.5, 1.5), (5.5, 1.5), (5.5, 3.5), (3.5, 3.5)]


def references(*uids):
    items = []
    for uid in uids:
        item = Dataset()
        item.ReferencedSOPInstanceUID = uid
        items.append(item)
    return items


class Patient:
    """A thick series (3 mm), a thin one (1 mm), and one between the slices of the thick one."""

    def __init__(self, folder, stored):
        self.folder = folder
        frame, study = generate_uid(), generate_uid()
        steps = {"thick": (3.0, 6, -30.0), "thin": (1.0, 16, -30.0), "between": (3.0, 6, -28.5)}
        self.series = {}
        for name, (step, n, z) in steps.items():
            voxels = np.resize(stored, (n, 7, 9))
            self.series[name] = Scanner(
                voxels, (0.75, 0.875, step), (-10.5, 20.25, z), study_uid=study, frame_uid=frame
            )
        self.sop_uids = {}

    def scan(self, *names):
        for name in names:
            uids = self.sop_uids[name] = []
            self.series[name].write(self.folder / name, lambda ds, n, uids=uids: uids.append(ds.SOPInstanceUID))

    def draw(
        self, on, numbers, refers_to, names_slices_of=None, regions=("GTV",), name="rs.dcm", listed=False, **written
    ):
        scanner = self.series[on]
        contours = [("CLOSED_PLANAR", scanner.in_mm(OUTER, number)) for number in numbers]

        def change(dataset):
            items = []
            for other in refers_to:
                item = Dataset()
                item.SeriesInstanceUID = self.series[other].series_uid
                if listed:
                    item.ContourImageSequence = references(*self.sop_uids[other])
                items.append(item)
            study = dataset.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence[0]
            study.RTReferencedSeriesSequence = items
            for drawn in dataset.ROIContourSequence if names_slices_of else ():
                for number, contour in zip(numbers, drawn.ContourSequence, strict=True):
                    contour.ContourImageSequence = references(self.sop_uids[names_slices_of][number])
            for attribute, value in written.items():
                setattr(dataset, attribute, value)

        return scanner.write_rtstruct(self.folder / name, {region: contours for region in regions}, change=change)


@pytest.fixture
def patient(tmp_path, stored):
    return Patient(tmp_path / "scans", stored)


def take_in(patient, **rules):
    out = patient.folder.parent / "cohort"
    result = ingest(patient.folder, out, rules, force=True)
    steps = [sitk.ReadImage(str(path)).GetSpacing()[2] for path in sorted((out / "images").glob("*.gz"))]
    return result, steps if result.n_cases else []


def reasons(result, level="left out"):
    return " | ".join(result.log.loc[result.log["level"] == level, "reason"])


@pytest.mark.parametrize("order", [("thin", "thick"), ("thick", "thin")])
@pytest.mark.parametrize(
    ("on", "numbers", "step"), [("thick", (1, 2), 3.0), ("thin", (3, 4, 5), 1.0), ("thin", (3, 6), 1.0)]
)
def test_contours_go_to_the_series_whose_slices_they_name(patient, order, on, numbers, step):
    patient.scan("thick", "thin")
    patient.draw(on, numbers, order, names_slices_of=on)
    _, steps = take_in(patient)
    assert steps == [step]


@pytest.mark.parametrize("order", [("thin", "thick"), ("thick", "thin")])
def test_contours_that_lie_on_both_series_are_left_out_with_both_listed(patient, order):
    patient.scan("thick", "thin")
    patient.draw("thick", (1, 2), order)
    result, steps = take_in(patient)
    assert steps == []
    assert (
        "the RTSTRUCT refers to 2 series and names no slices of them, and it lies on the slices of more than one"
        in reasons(result)
    )
    for name, n in (("thick", 6), ("thin", 16)):
        assert f"{uid_hash(patient.series[name].series_uid)} ({n} slices)" in reasons(result)


@pytest.mark.parametrize(
    ("on", "numbers", "order", "step"),
    [
        ("thin", (1, 2), ("thick", "thin"), 1.0),
        ("thin", (2, 3), ("thin", "thick"), 1.0),
        ("between", (1, 2), ("thick", "between"), 3.0),
    ],
)
def test_contours_that_lie_on_one_series_alone_go_there(patient, on, numbers, order, step):
    patient.scan(*order)
    patient.draw(on, numbers, order)
    result, steps = take_in(patient)
    assert steps == [step]
    assert "it lies on the slices of this one alone" in reasons(result, "note")
    image = sitk.ReadImage(str(result.cohort.parent / "images" / "P0001.nii.gz"))
    assert image.GetOrigin()[2] == patient.series[on].origin_mm[2]


def test_contours_on_no_series(patient):
    patient.scan("thick", "thin")
    patient.draw("between", (1,), ("thick", "thin"))
    assert "it lies on the slices of none" in reasons(take_in(patient)[0])


def test_regions_drawn_on_two_series(patient):
    patient.scan("thick", "thin")
    path = patient.draw("thick", (1, 2), ("thick", "thin"), "thick", regions=("GTV", "Organ"))

    def of_thin(dataset):
        for contour in dataset.ROIContourSequence[1].ContourSequence:
            contour.ContourImageSequence = references(patient.sop_uids["thin"][3])

    change(path, of_thin)
    result, steps = take_in(patient)
    assert steps == []
    assert "the RTSTRUCT names slices of 2 series: " in reasons(result)
    assert take_in(patient, contours={"roi": "GTV"})[1] == [3.0]


def change(path, how):
    import pydicom

    dataset = pydicom.dcmread(path)
    how(dataset)
    dataset.save_as(path)


@pytest.mark.parametrize("refers_to", [("thick",), ("thick", "thin"), ("thin", "thick")])
def test_slices_of_a_series_that_the_rules_leave_out(patient, refers_to):
    patient.series["thin"].attributes = {"SeriesDescription": "lung"}
    patient.scan("thick", "thin")
    patient.draw("thin", (3, 6), refers_to, names_slices_of="thin")
    result, steps = take_in(patient, series={"description": "*portal*"})
    assert steps == []
    assert "was drawn on a series that the rules leave out" in reasons(result)


@pytest.mark.parametrize("roi", [None, "GTV", 1])
def test_reading_on_the_series_whose_slices_are_not_named(patient, roi):
    patient.scan("thick", "thin")
    path = patient.draw("thick", (1, 2), ("thin", "thick"), names_slices_of="thick", listed=True)
    with pytest.raises(GeometryError, match="2 of the 2 slices that the contours name are of another series"):
        read_rtstruct(path, read_series(patient.folder / "thin"), roi)
    assert read_rtstruct(path, read_series(patient.folder / "thick"), roi)[0].notes == ()


# pydicom warns where a test writes a date that is none.
@pytest.mark.filterwarnings("ignore:Invalid value for VR")
@pytest.mark.parametrize(
    ("first", "second", "newest"),
    [
        (("20200101", ""), ("20200102", ""), 1),
        (("20200102", "0800"), ("20200101", "2300"), 0),
        (("20200101", "101500"), ("20200101", "101501"), 1),
        (("20200101", "11"), ("20200101", "101501.25"), 0),
        (("2020.01.02", ""), ("20200101", ""), 0),
        (("", ""), ("", ""), None),
        (("20200101", ""), ("", ""), None),
        (("20200101", "101500"), ("20200101", "101500"), None),
        (("20200101", "101500"), ("20200101", ""), None),
        (("20200101", "10"), ("20200101", "101500"), None),
        (("202002", ""), ("20200101", ""), None),
        (("", "101500"), ("", "111500"), None),
    ],
)
def test_newest_where_it_can_be_known(patient, first, second, newest):
    patient.scan("thick")
    for number, (date, time) in enumerate((first, second)):
        patient.draw(
            "thick", (1 + number,), ("thick",), name=f"rs{number}.dcm", StructureSetDate=date, StructureSetTime=time
        )
    result, steps = take_in(patient, contours={"pick": "newest"})
    assert len(steps) == (newest is not None)
    if newest is None:
        assert reasons(result).count("is the newest cannot be known: dates or times are missing") == 2
    else:
        mask = sitk.GetArrayFromImage(sitk.ReadImage(str(result.cohort.parent / "masks" / "P0001.nii.gz")))
        assert np.flatnonzero(mask.any(axis=(1, 2))).tolist() == [1 + newest]


def test_dates_of_the_scan_do_not_say_which_contours_are_newer(patient):
    patient.scan("thick")
    for number, date in enumerate(("20200101", "20200102")):
        written = {"StructureSetDate": "", "StudyDate": date, "SeriesDate": date}
        patient.draw("thick", (1 + number,), ("thick",), name=f"rs{number}.dcm", **written)
    assert take_in(patient, contours={"pick": "newest"})[1] == []


def test_newest_of_three(patient):
    patient.scan("thick")
    for number, date in enumerate(("20200101", "20200103", "20200102")):
        patient.draw("thick", (1 + number,), ("thick",), name=f"rs{number}.dcm", StructureSetDate=date)
    assert len(take_in(patient, contours={"pick": "newest"})[1]) == 1
    patient.draw("thick", (4,), ("thick",), name="rs3.dcm", StructureSetDate="20200103")
    assert take_in(patient, contours={"pick": "newest"})[1] == []


def test_changed_contours_under_one_identifier_are_two_files(patient):
    patient.scan("thick")
    for number in (1, 2):
        patient.draw("thick", (number,), ("thick",), name=f"rs{number}.dcm", SOPInstanceUID="1.2.3.4.5.6")
    result, steps = take_in(patient)
    assert steps == []
    assert reasons(result).count("one of 2 files of contours on one series") == 2


@pytest.mark.parametrize(
    ("pick", "attributes", "said"),
    [
        ("thinnest", {}, "2 series are equal (series: pick: thinnest)"),
        ("most_slices", {}, "2 series are equal (series: pick: most_slices)"),
        ("thinnest", {"SliceThickness": None}, "SliceThickness is missing"),
    ],
)
def test_of_equal_series_none_is_taken(patient, pick, attributes, said):
    patient.series["between"].attributes = attributes
    patient.scan("thick", "between")
    patient.draw("thick", (1,), ("thick",), name="a.dcm")
    patient.draw("between", (1,), ("between",), name="b.dcm")
    result, steps = take_in(patient, series={"pick": pick})
    assert steps == []
    assert reasons(result).count(said) == 2


def test_copies_of_a_series_are_no_more_slices(patient):
    patient.scan("thick", "thin")
    patient.series["thick"].write(patient.folder / "copy1")
    patient.series["thick"].write(patient.folder / "copy2")
    patient.draw("thick", (1,), ("thick",), name="a.dcm")
    patient.draw("thin", (1,), ("thin",), name="b.dcm")
    assert take_in(patient, series={"pick": "most_slices"})[1] == [1.0]


def test_columns_and_keys_that_stand_twice(patient, tmp_path):
    from radiohers.exceptions import CohortError

    patient.scan("thick")
    patient.draw("thick", (1,), ("thick",))
    labels, key, out = tmp_path / "labels.csv", tmp_path / "key.csv", tmp_path / "out"
    labels.write_text("patient_id,her2,her2\nMRN-4711,0,1\n")
    with pytest.raises(CohortError, match="more than one column 'her2'"):
        ingest(patient.folder, out, labels=labels)
    labels.write_text("patient_id,pseudonym\nMRN-4711,A\n")
    pd.DataFrame({"pseudonym": ["B"], "patient": ["MRN-4711"], "name": [""]}).to_csv(key, index=False)
    with pytest.raises(CohortError, match="call 1 patients differently"):
        ingest(patient.folder, out, labels=labels, key=key)
    key.write_text("pseudonym,patient,name\nB,MRN-4711,\nC,MRN-4711,\n")
    with pytest.raises(CohortError, match="a patient has two pseudonyms"):
        ingest(patient.folder, out, key=key)
