"""Slices of several acquisitions in one series, and files of several kinds."""

import numpy as np
import pytest
from dicom_files import Scanner, array

from radiohers.dicom import list_series, read_series
from radiohers.exceptions import ImageReadError

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
DOSE_REPORT = "1.2.840.10008.5.1.4.1.1.88.67"
DOSE_GRID = "1.2.840.10008.5.1.4.1.1.481.2"
STRUCTURES = "1.2.840.10008.5.1.4.1.1.481.3"


@pytest.fixture
def read(tmp_path):
    """Write 12 slices with some attributes each and read them."""
    stored = np.random.default_rng(0).integers(900, 1100, (12, 7, 9)).astype(np.uint16)

    def read(modality="CT", **values):
        def change(dataset, number):
            dataset.Modality = modality
            for name, value in values.items():
                if value[number] is not None:
                    setattr(dataset, name, value[number])

        return read_series(Scanner(stored).write(tmp_path / "series", change))

    return read


def by_turns(*values, n=12):
    return [values[number % len(values)] for number in range(n)]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("AcquisitionNumber", by_turns(1, 2)),
        ("AcquisitionNumber", by_turns(1, 2, 3)),
        ("AcquisitionNumber", [1, 1, 2, 2] * 3),
        ("AcquisitionNumber", [1 + 6 * (n % 2) + n // 2 for n in range(12)]),
        ("AcquisitionNumber", [20 * (n % 2) - n // 2 for n in range(12)]),
        ("AcquisitionNumber", [1 + 4 * (n % 3) + n // 3 for n in range(12)]),
        ("KVP", by_turns(100, 120)),
        ("KVP", [100.0] * 5 + [120.0] + [100] * 6),
        ("ConvolutionKernel", by_turns("B30f", "B70f")),
        ("ContrastBolusAgent", by_turns("iohexol", None)),
        ("ContrastBolusAgent", by_turns("none", "portal venous")),
        ("TemporalPositionIdentifier", by_turns(1, 2)),
        ("SliceThickness", by_turns(3, 5)),
        ("ImageType", by_turns(["ORIGINAL", "PRIMARY", "AXIAL"], ["DERIVED", "SECONDARY", "AXIAL"])),
    ],
)
def test_acquisitions_by_turns_are_refused(read, name, values):
    with pytest.raises(
        ImageReadError, match=rf"{name} goes back and forth along the slices \(.*Export each acquisition"
    ):
        read(**{name: values})


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("AcquisitionTime", by_turns("101500", "101900.5")),
        ("AcquisitionTime", [f"10{15 + 4 * (n % 2)}{n // 2:02d}" for n in range(12)]),
        ("AcquisitionDateTime", [f"2020010110{15 + 4 * (n % 2)}{n // 2:02d}.5" for n in range(12)]),
        ("TriggerTime", by_turns(61407.25, 98350.75)),
        ("SeriesDescription", by_turns("Zorn arterial", "Zorn portal")),
        ("AcquisitionDate", by_turns("20200101", "20200102")),
    ],
)
def test_times_and_texts_are_named_without_their_values(read, name, values):
    with pytest.raises(ImageReadError, match=f"{name} goes back and forth along the slices, so slices") as caught:
        read(**{name: values})
    assert not any(str(value) in str(caught.value) for value in values)


@pytest.mark.parametrize(
    ("values", "noted"),
    [
        (
            {"AcquisitionNumber": [1] * 7 + [2] * 5},
            ["AcquisitionNumber changes along the slices: 1 (7 slices), then 2 (5 slices)"],
        ),
        ({"AcquisitionNumber": list(range(12))}, []),
        ({"AcquisitionNumber": list(range(12, 0, -1))}, []),
        ({"AcquisitionNumber": [1, 2, 3, 4, 5, 6, 27, 26, 25, 24, 23, 22]}, []),
        ({"AcquisitionTime": [f"1015{n // 4:02d}" for n in range(12)]}, []),
        ({"AcquisitionTime": [f"10151{n % 10}.{n}" for n in (3, 4, 5, 6, 7, 8, 0, 1, 2, 9, 10, 11)]}, []),
        ({"KVP": ["120"] * 6 + ["120.0"] * 6}, []),
        ({"KVP": [100] * 4 + [120] * 8}, ["KVP changes along the slices: 100 (4 slices), then 120 (8 slices)"]),
        ({"InstanceNumber": by_turns(1, 7), "XRayTubeCurrent": by_turns(200, 210)}, []),
    ],
)
def test_stations_and_numbers_of_each_slice_are_read(read, values, noted):
    series = read(**values)
    assert series.image.GetSize() == (9, 7, 12)
    assert list(series.notes) == noted


@pytest.mark.parametrize("name", ["AcquisitionTime", "TriggerTime"])
def test_mr_is_acquired_by_turns(read, name):
    assert read("MR", **{name: [f"1015{6 * (n % 2) + n // 2:02d}" for n in range(12)]}).modality == "MR"


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("FrameOfReferenceUID", ["1.2.3"] * 6 + ["1.2.4"] * 6),
        ("PatientID", ["A"] * 11 + ["B"]),
        ("PatientID", by_turns("A", "B")),
        ("Modality", ["CT"] * 6 + ["PT"] * 6),
    ],
)
def test_slices_of_two_origins_are_refused(read, name, values):
    with pytest.raises(ImageReadError, match=f"slices of 2 values of {name}, so it is not one image"):
        read(**{name: values})


@pytest.mark.parametrize(
    "values", [("KVP", 100, 120), ("ContrastBolusAgent", None, "iohexol"), ("ConvolutionKernel", "a", "b")]
)
def test_two_phases_at_the_same_places(scanner, stored, folder, values):
    name, first, second = values
    scanner.attributes = {} if first is None else {name: first}
    scanner.write(folder)
    scanner.stored, scanner.attributes = stored + 60, {name: second}
    scanner.write(folder, name="phase2_{:03d}.dcm")
    with pytest.raises(
        ImageReadError, match=rf"two different slices at one position, .*\({name} {first or 'none'}, {name} {second}\)"
    ):
        read_series(folder)


def picture(dataset):
    dataset.SOPClassUID = SECONDARY_CAPTURE
    del dataset.ImagePositionPatient


def scout(dataset):
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]


def report(dataset):
    dataset.SOPClassUID, dataset.Modality = DOSE_REPORT, "SR"
    for name in ("Rows", "Columns", "PixelData", "ImagePositionPatient"):
        delattr(dataset, name)


def structures(dataset):
    report(dataset)
    dataset.SOPClassUID, dataset.Modality = STRUCTURES, "RTSTRUCT"


def dose(dataset):
    dataset.SOPClassUID, dataset.Modality = DOSE_GRID, "RTDOSE"


@pytest.mark.parametrize("change", [picture, scout, report, structures, dose])
@pytest.mark.parametrize("name", ["000_first.dcm", "zzz_last.dcm"])
def test_files_of_other_kinds_in_the_series_come_first_or_last(scanner, stored, folder, change, name):
    scanner.write(folder, name="im{:03d}.dcm")
    other = scanner.slice(1)
    change(other)
    other.file_meta.MediaStorageSOPClassUID = other.SOPClassUID
    other.save_as(folder / name, enforce_file_format=True)
    for uid in (None, scanner.series_uid):
        series = read_series(folder, uid)
        np.testing.assert_array_equal(array(series.image), stored.astype(int) - 1024)
        assert series.modality == "CT"
        assert [path for path, _ in series.left_out] == [str(folder / name)]
    table = list_series(folder)
    assert table[["kind", "modality", "n_files", "n_slices"]].to_numpy().tolist() == [["image", "CT", 7, 6]]
