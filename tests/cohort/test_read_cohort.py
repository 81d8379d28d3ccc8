"""read_cohort: what it returns, and what it says of every bad row."""

import pandas as pd
import pytest

from radiohers.cohort import read_cohort
from radiohers.exceptions import CohortError


@pytest.fixture
def write_table(tmp_path):
    """Write a table whose image and mask files exist, with changes to some cells."""

    def write(n_rows=6, changes=(), drop=(), **columns):
        table = pd.DataFrame(
            {
                "case_id": [f"c{i}" for i in range(1, n_rows + 1)],
                "patient_id": [f"p{i}" for i in range(1, n_rows + 1)],
                "image": [f"c{i}.nii.gz" for i in range(1, n_rows + 1)],
                "mask": [f"c{i}_mask.nii.gz" for i in range(1, n_rows + 1)],
                "her2": [str(i % 2) for i in range(1, n_rows + 1)],
                **columns,
            }
        ).astype(object)
        for name in [*table["image"], *table["mask"]]:
            (tmp_path / name).touch()
        for row, column, value in changes:
            table.loc[row - 1, column] = value
        path = tmp_path / "cohort.csv"
        table.drop(columns=list(drop)).to_csv(path, index=False)
        return path

    return write


def message_of(path, **options):
    with pytest.raises(CohortError) as error:
        read_cohort(path, **{"target": "her2", **options})
    return str(error.value).replace(str(path.parent), "FOLDER")


def test_tables_share_the_case_ids(write_table):
    cohort = read_cohort(write_table(age=[50, 60, 70, 51, 61, 71]), target="her2")
    for table in (cohort.X, cohort.y, cohort.groups, cohort.clinical):
        assert table.index.tolist() == ["c1", "c2", "c3", "c4", "c5", "c6"]
    assert cohort.X.columns.tolist() == ["image", "mask"]
    assert cohort.clinical["age"].tolist() == [50, 60, 70, 51, 61, 71]
    assert cohort.y.tolist() == [1, 0, 1, 0, 1, 0]
    assert cohort.positive == 1


def test_relative_paths_are_taken_from_the_tables_folder(write_table, tmp_path, monkeypatch):
    monkeypatch.chdir("/")
    cohort = read_cohort(write_table(), target="her2")
    assert cohort.X.loc["c2", "image"] == str(tmp_path / "c2.nii.gz")


def test_paths_stay_right_when_the_working_directory_changes(write_table, tmp_path, monkeypatch):
    write_table()
    monkeypatch.chdir(tmp_path)
    cohort = read_cohort("cohort.csv", target="her2")
    # Worker processes may have another one, too.
    assert cohort.X.loc["c2", "image"] == str(tmp_path / "c2.nii.gz")


def test_every_bad_row_is_in_one_error(write_table):
    path = write_table(
        changes=[
            (1, "image", "gone.nii.gz"),
            (2, "case_id", "c1"),
            (3, "her2", ""),
            (4, "her2", "2"),
            (5, "mask", ""),
            (6, "case_id", ""),
        ]
    )
    assert message_of(path) == (
        "FOLDER/cohort.csv: 6 problems in 6 rows (rows are counted from 1 below the header):\n"
        "  column 'her2': 3 classes, where two are needed: 1 (2 rows: row 1, case 'c1'; row 5, case 'c5'), 0 (2 rows: "
        "row 2, case 'c1'; row 6, case ''), 2 (1 row: row 4, case 'c4'). Merge them into two (IHC scores by "
        "her2_status), leave out the rows of the others, or name another column.\n"
        "  row 1, case 'c1', column 'image': file not found: FOLDER/gone.nii.gz\n"
        "  row 2, case 'c1', column 'case_id': already used in row 1\n"
        "  row 3, case 'c3', column 'her2': empty\n"
        "  row 5, case 'c5', column 'mask': empty\n"
        "  row 6, case '', column 'case_id': empty\n"
        "Fix the table, or take these rows out of it."
    )


def test_one_class_only(write_table):
    path = write_table(her2=["1"] * 6)
    assert "\n  column 'her2': every label is 1 (6 rows), where two classes are needed. Name the" in message_of(path)


def lines_of(path, **options):
    return message_of(path, **options).splitlines()[1:-1]


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (range(100, 130), "30 different values in 30 rows, numbers from 100 to 129: a measurement"),
        ([f"{i / 7:.3f}" for i in range(30)], "30 different values in 30 rows, numbers from 0 to 4.143: a measurement"),
        ([*range(-14, 14), "lost", "lost"], "29 different values in 30 rows, numbers from -14 to 13: a measurement"),
        (["neg"] * 15 + ["pos"] * 14 + ["Pos"], "'neg' (15 rows), 'pos' (14 rows), 'Pos' (1 row: row 30, case 'c30')"),
        (["0", "1+", "2+"] * 10, "3 classes, where two are needed: '0' (10 rows), '1+' (10 rows), '2+' (10 rows)"),
        (
            [f"2021-03-{day:02}" for day in range(1, 31)],
            "30 classes, where two are needed: '2021-03-01' (1 row), '2021-",
        ),
        (["1"] * 30, "every label is 1 (30 rows)"),
        ([""] * 30, "30 of 30 rows alike: row 1, case 'c1': empty; row 2"),
    ],
    ids=["days", "fractions", "numbers and a text", "a typing error", "IHC", "dates", "one class", "empty"],
)
def test_a_target_that_has_not_two_classes_is_one_line(write_table, labels, said):
    (line,) = lines_of(write_table(30, her2=list(labels)))
    assert line.startswith("  column 'her2'")
    assert said in line


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (
            {"image": [f"gone/{i}.nii.gz" for i in range(30)]},
            "column 'image', 30 of 30 rows alike: row 1, case 'c1': file",
        ),
        ({"mask": ["."] * 30}, "column 'mask', 30 of 30 rows alike: row 1, case 'c1': is a folder, not a file"),
        (
            {"mask_label": ["lesion"] * 30},
            "column 'mask_label', 30 of 30 rows alike: row 1, case 'c1': 'lesion' is not",
        ),
        (
            {"mask_label": ["0"] * 29 + ["1"]},
            "column 'mask_label', 29 of 30 rows alike: row 1, case 'c1': 0 marks no lesion",
        ),
        ({"case_id": ["x"] * 30}, "column 'case_id', 29 of 30 rows alike: row 2, case 'x': already used in row 1"),
        ({"patient_id": [""] * 30}, "column 'patient_id', 30 of 30 rows alike: row 1, case 'c1': empty"),
        (
            {"mask": [f"c{i}.nii.gz" for i in range(1, 31)]},
            "30 of 30 rows alike: row 1, case 'c1': is the same file as",
        ),
    ],
)
def test_a_fault_of_a_whole_column_is_one_line(write_table, tmp_path, columns, said):
    path = write_table(30)
    pd.read_csv(path, dtype=str).assign(**columns).to_csv(path, index=False)
    (line,) = lines_of(path)
    assert said in line
    assert line.count("case '") == 3
    assert "; and 2" in line
    assert line.endswith(".")


def test_faults_of_some_rows_stay_listed(write_table):
    changes = [(row, "image", f"gone{row}.nii.gz") for row in (2, 5, 9, 14)]
    assert [line[:7] for line in lines_of(write_table(30, changes=changes))] == [
        "  row 2",
        "  row 5",
        "  row 9",
        "  row 1",
    ]


def test_texts_need_a_positive_class(write_table):
    path = write_table(her2=["low", "high"] * 3)
    assert message_of(path) == (
        "The labels are 'low', 'high', and which of them is positive is not told. Pass positive=... (--positive)."
    )
    assert read_cohort(path, target="her2", positive="high").positive == "high"


def test_positive_that_is_no_label(write_table):
    assert message_of(write_table(), positive="3+") == "positive='3+' is not one of the labels 1, 0. Pass one of them."


def test_numbers_with_a_point_are_numbers(write_table):
    assert read_cohort(write_table(her2=["1.0", "0.0"] * 3), target="her2").y.tolist() == [1, 0] * 3


def test_without_patients_each_case_is_its_own(write_table):
    cohort = read_cohort(write_table(drop=["patient_id"]), target="her2")
    assert cohort.groups.tolist() == cohort.X.index.tolist()


def test_without_target_there_are_no_labels(write_table):
    cohort = read_cohort(write_table(drop=["her2"]))
    assert cohort.y is None
    assert repr(cohort) == "<Cohort: 6 cases of 6 patients; no target>"


def test_ids_stay_texts(write_table):
    cohort = read_cohort(write_table(case_id=["001", "002", "003", "004", "005", "006"]), target="her2")
    assert cohort.X.index[0] == "001"


def test_mask_label_must_be_a_whole_number(write_table):
    path = write_table(mask_label=["1", "2", "x", "1.5", "", "1"])
    message = message_of(path)
    assert "row 3, case 'c3', column 'mask_label': 'x' is not a whole number" in message
    assert "row 4, case 'c4', column 'mask_label': '1.5' is not a whole number" in message
    assert "row 5, case 'c5', column 'mask_label': empty" in message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a;b\n1;2\n", "It seems to be separated by semicolons: save it with commas."),
        ("case_id,image\nx,y\n", "no column 'mask' and no column 'her2'; its columns are case_id, image."),
        ("case_id,image,mask,her2\n", "the table has a header but no rows"),
        ("", "cannot be read as a CSV table"),
    ],
)
def test_tables_of_the_wrong_kind(tmp_path, text, said):
    path = tmp_path / "cohort.csv"
    path.write_text(text)
    assert said in message_of(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x89PNG\r\n\x1a\n", "it is a PNG picture. Give the table of the cases"),
        (b"\x80\x04\x95 pickle", "it is a saved model or another pickle"),
        (b"\x78\x5e\xb5 zlib", "it is a saved model or another compressed file"),
        (b"%PDF-1.7\n", "it is a PDF file"),
        (b"<!doctype html><table>", "it is a web page or XML"),
        (bytes(128) + b"DICM" + bytes(9), "it is a DICOM file"),
    ],
)
def test_a_file_of_another_kind_is_named(tmp_path, content, said):
    path = tmp_path / "cohort.csv"
    path.write_bytes(content)
    assert said in message_of(path)


def test_a_table_with_byte_order_mark_and_windows_lines(write_table):
    path = write_table()
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert len(read_cohort(path, target="her2")) == 6


def test_a_missing_table_and_a_folder(tmp_path):
    assert message_of(tmp_path / "no.csv") == "FOLDER/no.csv does not exist. Give the path of a CSV file."
    (tmp_path / "folder").mkdir()
    assert message_of(tmp_path / "folder") == "FOLDER/folder is a folder, not a table. Give the path of a CSV file."


def test_repr_counts_cases_and_patients(write_table):
    cohort = read_cohort(write_table(patient_id=["a", "a", "b", "b", "c", "c"]), target="her2")
    assert repr(cohort) == (
        "<Cohort: 6 cases of 3 patients; her2: 3 cases of 3 patients are 1 (positive), 3 cases of 3 patients are 0>"
    )


def test_select_by_booleans_names_and_a_question(write_table):
    cohort = read_cohort(write_table(age=[50, 60, 70, 51, 61, 71]), target="her2")
    assert cohort.select(cohort.y == 1).X.index.tolist() == ["c1", "c3", "c5"]
    assert cohort.select(["c4", "c2"]).y.index.tolist() == ["c4", "c2"]
    assert cohort.select(lambda clinical: clinical["age"] > 65).groups.tolist() == ["p3", "p6"]
    assert len(cohort) == 6


def test_select_of_booleans_in_another_order_goes_by_name(write_table):
    cohort = read_cohort(write_table(), target="her2")
    assert cohort.select((cohort.y == 1)[::-1]).X.index.tolist() == ["c1", "c3", "c5"]


def test_select_names_unknown_cases(write_table):
    cohort = read_cohort(write_table(), target="her2")
    with pytest.raises(
        CohortError, match="select: 1 case_id not in the cohort, among them c9. Known ones are like 'c1'"
    ):
        cohort.select(["c1", "c9"])
    with pytest.raises(CohortError, match="select was given 2 booleans for 6 cases"):
        cohort.select([True, False])


NO_MASKS = [(1, "mask", ""), (2, "mask", "")]


def test_boxes_are_a_file_or_a_folder_and_stand_in_for_a_mask(write_table, tmp_path):
    (tmp_path / "boxes").mkdir()
    X = read_cohort(write_table(boxes=["boxes", "c1.nii.gz", "boxes", "", "", ""], changes=NO_MASKS)).X
    assert X["boxes"].iloc[:2].tolist() == [str(tmp_path / "boxes"), str(tmp_path / "c1.nii.gz")]
    assert X["mask"].isna().tolist() == [True, True, False, False, False, False]


def test_a_case_without_mask_and_boxes_is_named(write_table):
    message = message_of(write_table(boxes=["c1.nii.gz", "", "", "", "", ""], changes=NO_MASKS))
    assert "row 2, case 'c2', column 'mask': empty\n  row 2, case 'c2', column 'boxes': empty" in message
    assert "row 1," not in message


def test_a_table_of_boxes_needs_no_column_of_masks(write_table, tmp_path):
    path = write_table(drop=["mask"], boxes=["c1.nii.gz"] * 6)
    assert read_cohort(path).X.columns.tolist() == ["image", "boxes"]
    message = message_of(write_table(drop=["mask"], boxes=["none.json", "", *["c1.nii.gz"] * 4]))
    assert "row 1, case 'c1', column 'boxes': file not found: FOLDER/none.json" in message
    assert "row 2, case 'c2', column 'boxes': empty" in message
