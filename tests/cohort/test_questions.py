"""Tables that can be read in two ways: words for nothing, other columns of patients, ids that are alike, thousands."""

import warnings

import pandas as pd
import pytest
from cohort_on_disk import CohortOnDisk

from radiohers._alike_ids import alike_groups, alike_key
from radiohers.cohort import check_cohort, her2_status, read_cohort
from radiohers.exceptions import CohortError
from radiohers.patients import baseline_table

N_CASES = 6
WORDS = ["NA", "N/A", "None", "null", "nan", "NaN", "n/a", "<NA>", "-nan", "#N/A", "NULL", "#NA"]


@pytest.fixture(scope="module")
def on_disk(tmp_path_factory):
    return CohortOnDisk(tmp_path_factory.mktemp("cohort"), N_CASES)


@pytest.fixture
def write(on_disk, tmp_path_factory):
    """Write a table of the cohort with other columns; None takes one out."""

    def write(**columns):
        table = on_disk.table.copy()
        for name, cells in columns.items():
            table = table.drop(columns=name) if cells is None else table.assign(**{name: cells})
        path = on_disk.folder / f"{len(list(on_disk.folder.glob('*.csv')))}.csv"
        table.to_csv(path, index=False)
        return path

    return write


def read(path, **options):
    """Return the cohort and what was warned of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        cohort = read_cohort(path, **{"target": "her2", **options})
    return cohort, [str(warning.message).removeprefix(f"{path}: ") for warning in caught]


def questions(path_or_cohort):
    """Return what a check asks about the table, message and advice."""
    check = path_or_cohort.check() if hasattr(path_or_cohort, "check") else check_cohort(path_or_cohort, "her2")
    asked = check.findings[check.findings["check"].isin(["ids", "patients", "numbers"])]
    assert (asked["level"] == "warn").all()
    return [f"{row.message}. {row.advice}" for row in asked.itertuples()]


@pytest.mark.parametrize("word", WORDS)
def test_texts_stay_texts(word, write):
    others = ["a", "b", "c", "d", "e"]
    path = write(
        case_id=[word, *others],
        patient_id=[word, *others],
        therapy=[word, "Chemo", "", "Radio", word, "Chemo"],
        her2=[word, "Lung"] * 3,
    )
    cohort, _ = read(path, positive="Lung")
    assert cohort.X.index[0] == cohort.groups.iloc[0] == word
    assert cohort.y.tolist() == [word, "Lung"] * 3
    assert cohort.clinical["therapy"].fillna("missing").tolist() == [word, "Chemo", "missing", "Radio", word, "Chemo"]
    levels = baseline_table(cohort, columns=["therapy"]).to_dict()["variables"][0]["levels"]
    assert sorted(level["level"] for level in levels) == sorted([word, "Chemo", "Radio"])


@pytest.mark.parametrize("cell", ["007", "1e5", "TRUE", "0x1F", "1_000", "inf", "12345678901234567890", "1.0"])
def test_ids_are_not_turned_into_numbers(cell, write):
    cohort, _ = read(write(case_id=[cell, *"bcdef"], patient_id=[cell, *"bcdef"]))
    assert cohort.X.index[0] == cohort.groups.iloc[0] == cell


@pytest.mark.parametrize("cell", ["", " ", "   ", "\t", "\u00a0", "\u3000"])
def test_only_empty_cells_are_missing(cell, write):
    cohort, warned = read(write(age=["54", cell, "61", "62", "63", "64"], note=[cell, *"abcde"]))
    assert cohort.clinical["age"].dtype == float
    assert cohort.clinical.isna().sum().tolist() == [1, 1]
    assert warned == []
    with pytest.raises(CohortError, match="row 2, case 'c2', column 'her2': empty"):
        read_cohort(write(her2=["1", cell, "1", "0", "1", "0"]), target="her2")


def test_kinds_of_clinical_columns(write):
    cells = {
        "whole": ["1", "2", "3", "4", "5", " 6 "],
        "truth": ["TRUE", "False", "true", "true", "false", "FALSE"],
        "text": ["M", "M ", " M", "F", "F", "F"],
        "long": ["12345678901234567890", "1", "2", "3", "4", "5"],
        "empty": [""] * 6,
    }
    clinical = read(write(**cells))[0].clinical
    assert clinical["whole"].tolist() == [1, 2, 3, 4, 5, 6]
    assert clinical["truth"].tolist() == [True, False, True, True, False, False]
    assert clinical["text"].tolist() == ["M"] * 3 + ["F"] * 3
    assert clinical["long"].iloc[0] == "12345678901234567890"
    assert clinical["empty"].isna().all()


def test_scores_of_immunohistochemistry_are_read_by_their_rules(write):
    ihc = read(write(ihc=["3+", "null", "NA", "", "0", "None"]))[0].clinical["ihc"]
    status = her2_status(ihc)
    assert status["status"].fillna(-1).tolist() == [1, 0, -1, -1, 0, -1]
    assert status["reason"].iloc[1] == "IHC 0 (null)"


@pytest.mark.parametrize("word", ["NA", "n/a", "nan", "null", "None", "#N/A", "-", "?", "not done", "unknown"])
def test_words_among_numbers_are_asked_about(word, write):
    path = write(age=["54", word, "61.5", word, "", "60"])
    cohort, warned = read(path)
    expected = f"column 'age': 2 of 5 cells are '{word}' (2), the rest numbers; all are read as texts. Empty the cells"
    assert [message[: len(expected)] for message in warned] == [expected]
    assert cohort.clinical["age"].iloc[1] == word
    assert questions(path) == questions(cohort) == warned


@pytest.mark.parametrize("cells", [["<5", "7"], ["2+", "0"], ["pT1", "2"], ["Chemo", "None"]])
def test_columns_of_texts_are_not_asked_about(cells, write):
    assert read(write(note=cells * 3))[1] == []


def test_a_class_that_may_mean_missing_is_asked_about(write):
    with pytest.warns(UserWarning, match=r"column 'her2': 'NA' \(3\) is a class like others, since only empty"):
        cohort = read_cohort(write(her2=["NA", "1"] * 3), target="her2", positive="1")
    assert cohort.y.tolist() == ["NA", "1"] * 3
    with (
        pytest.warns(UserWarning, match="'None'"),
        pytest.raises(CohortError, match="column 'her2': 3 classes, where two are needed: .*'None' \\(2 rows"),
    ):
        read_cohort(write(her2=["0", "None", "1", "0", "1", "None"]), target="her2")


PATIENTS = ["P0", "P0", "P1", "P1", "P2", "P2"]
NAMES = ["PatientID", "Patient_ID", "patient id", "PATIENT-ID", "subject", "Subject_ID", "pid", "MRN", "Participant"]


@pytest.mark.parametrize(
    "name", [*NAMES, "pat_nr", "USUBJID", "patients", "\u60a3\u8005ID", "Patienten-ID", "id_patient"]
)
def test_another_column_of_patients_is_taken_with_a_warning(name, write):
    path = write(patient_id=None, **{name: PATIENTS})
    cohort, warned = read(path)
    assert cohort.groups.tolist() == PATIENTS
    assert name not in cohort.clinical
    assert warned[0].startswith(f"no column 'patient_id': '{name}' is taken for it (3 patients of 6 cases). Rename it")
    assert questions(path) == warned


@pytest.mark.parametrize("name", ["patient_age", "site", "study_id", "id", "hospital_id", "sex", "pT", "case", "name"])
def test_columns_that_name_no_patients(name, write):
    cohort, warned = read(write(patient_id=None, **{name: PATIENTS}))
    assert cohort.groups.nunique() == N_CASES
    assert warned == []


def test_a_frame_with_such_a_column_is_described_with_a_note():
    frame = pd.DataFrame({"PatientID": PATIENTS, "age": range(6)})
    assert "Each row is counted as a patient, since no column is called patient_id" in str(baseline_table(frame))
    assert "Each row is counted" not in str(baseline_table(frame.rename(columns={"PatientID": "patient_id"})))


def test_several_columns_that_say_the_same(write):
    cohort, warned = read(write(patient_id=None, mrn=list("aabbcc"), PatientID=PATIENTS))
    assert cohort.groups.tolist() == list("aabbcc")
    assert "'mrn' is taken for it (3 patients of 6 cases; 'PatientID' says the same)" in warned[0]


def test_several_columns_that_do_not(write):
    path = write(patient_id=None, subject=list("aabbcd"), PatientID=PATIENTS)
    cohort, warned = read(path)
    assert cohort.groups.tolist() == cohort.X.index.tolist()
    assert (
        "each case counts as a patient, but patients may be named by 'subject' (4 patients), 'PatientID' (3 p"
        in (warned[0])
    )
    assert questions(path) == questions(cohort) == warned


def test_the_target_and_empty_columns_name_no_patients(write):
    assert read(write(patient_id=None, subject=["0", "1"] * 3), target="subject")[1] == []
    assert read(write(patient_id=None, subject=[""] * 6))[1] == []


def test_a_patient_without_a_name_in_such_a_column(write):
    with (
        pytest.warns(UserWarning, match="'PatientID' is taken"),
        pytest.raises(CohortError, match="row 2, case 'c2', column 'patient_id': empty"),
    ):
        read_cohort(write(patient_id=None, PatientID=["a", "", *"bcde"]), target="her2")


def test_a_column_beside_patient_id_that_joins_more(write):
    path = write(patient_id=list("abcdef"), mrn=["1", "1", "2", "3", "4", "5"])
    cohort, warned = read(path)
    assert cohort.groups.tolist() == list("abcdef")
    assert warned[0].startswith("'patient_id' parts cases that column 'mrn' gives to one patient: 1.")
    assert questions(path) == questions(cohort) == warned
    assert read(write(patient_id=list("aabbcc"), mrn=list("123456")))[1] == []


ALIKE = [
    ("007", "7"),
    ("P1", "p1"),
    ("P01", "P1"),
    ("7.0", "7"),
    ("P 1", "P1"),
    ("\uff30\uff11", "P1"),
    ("P1\u200b", "P1"),
    ("P-1", "P_1"),
    ("P-1", "P1"),
    ("site1/p1", "SITE01/P001"),
    ("P\u20131", "P-1"),
    ("00", "0"),
]
DIFFERENT = [("1-1", "11"), ("P1", "P10"), ("70", "7"), ("a", "b"), ("1.10", "1.1"), ("P1a", "P1b"), ("100", "1e2")]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_ids_that_are_alike_are_asked_about_and_not_merged(one, other, write):
    for column, noun in (("patient_id", "patient"), ("case_id", "case")):
        path = write(**{column: [one, other, *"abcd"]})
        cohort, warned = read(path)
        assert cohort.groups.nunique() == cohort.X.index.nunique() == N_CASES
        start = (
            f"column '{column}': alike but for zeros, capitals, spaces or dashes are {one!r}, {other!r} (taken for 2"
        )
        assert [message[: len(start)] for message in warned] == [start]
        assert f"If it is one {noun}" in warned[0]
        assert questions(path) == questions(cohort) == warned


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_ids_that_are_not(one, other, write):
    assert alike_key(one) != alike_key(other)
    assert read(write(patient_id=[one, other, *"cdef"]))[1] == []


@pytest.mark.parametrize("other", ["P1 ", " P1", "P1\t", "P1\u00a0"])
def test_spaces_around_a_patient_are_said(other, write):
    cohort, warned = read(write(patient_id=["P1", other, *"abcd"]))
    assert cohort.groups.tolist()[:2] == ["P1", "P1"]
    assert f"are 'P1', {other!r} (taken for one patient)" in warned[0]


def test_the_same_spaces_in_every_row_are_no_question(write):
    assert read(write(patient_id=[f" P{number} " for number in range(N_CASES)]))[1] == []


def test_many_alike_are_counted():
    names = [f"P{number}" for number in range(30)]
    assert len(alike_groups([*names, *(name.lower() for name in names)])) == 30


@pytest.mark.parametrize("word", ["NA", "null", "unknown"])
def test_several_cases_of_a_patient_that_may_be_unknown(word, write):
    cohort, warned = read(write(patient_id=[word, word, *"abcd"]))
    assert cohort.groups.nunique() == 5
    assert warned[0].startswith(f"column 'patient_id': '{word}' (2) cases are taken for one patient of that name")
    assert read(write(patient_id=[word, *"abcde"]))[1] == []


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("1,234", "may be 1234, with a separator of thousands, or 1.234: write the one meant"),
        ("-56,789", "may be -56789, with a separator of thousands, or -56.789"),
        ("1\uff0c234", "may be 1234, with a separator of thousands, or 1.234"),
        ("1.234,5", "has separators of thousands: write 1234.5"),
        ("1,234.5", "has separators of thousands: write 1234.5"),
        ("1,234,567", "has separators of thousands: write 1234567"),
        ("1.234.567", "has separators of thousands: write 1234567"),
        ("12 345", "has separators of thousands: write 12345"),
        ("12\u202f345,6", "has separators of thousands: write 12345.6"),
        ("1'234", "has separators of thousands: write 1234"),
        ("1\u2019234.50", "has separators of thousands: write 1234.50"),
        ("1,23,456", "has separators of thousands: write 123456"),
        ("1_000", "has separators of thousands: write 1000"),
        ("3,5", "is a number with a comma: write it with a point, 3.5"),
        ("61,25", "is a number with a comma: write it with a point, 61.25"),
        ("0,123", "is a number with a comma: write it with a point, 0.123"),
        ("1234,567", "is a number with a comma: write it with a point, 1234.567"),
    ],
)
@pytest.mark.parametrize("beside", [["900", "2.5"], ["NA", "17"], ["", "3"]])
def test_separators_are_never_turned_into_decimals(cell, said, beside, write):
    path = write(volume=[*beside, cell, "1", "2", "3"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(CohortError) as caught:
            read_cohort(path)
        assert f"row 3, case 'c3', column 'volume': {cell!r} {said}" in str(caught.value)
        findings = check_cohort(path).findings
    (finding,) = findings[findings["level"] == "error"].itertuples()
    assert (finding.case_id, finding.message.split(": ", 1)[1].startswith(f"{cell!r} {said}")) == ("c3", True)


def test_points_beside_decimal_commas_may_part_thousands(write):
    for beside in ("3,5", "1.234.567", "1.234,5"):
        with pytest.raises(CohortError, match=r"'1\.234' may be 1234, with a separator of thousands, or 1\.234"):
            read_cohort(write(volume=["1.234", beside, "1", "2", "3", "4"]))


def test_points_that_look_like_thousands_are_asked_about(write):
    path = write(volume=["1.234", "56.789", "900", "12.345", "", "7"])
    cohort, warned = read(path)
    assert cohort.clinical["volume"].tolist()[0] == 1.234
    assert warned[0].startswith("column 'volume': every number with a point has three digits behind it ('1.234')")
    assert questions(path) == warned
    for plain in (["1.234", "5.5"], ["0.123", "4"], ["1.234", "5.678"], ["1.234", "5000"]):
        assert read(write(volume=plain * 3))[1] == []


@pytest.mark.parametrize("cell", ["12.05.2020", "1,2,3", "12 5", "2021-01-01", "1.2.840.113", "3,5 cm", "5/6", "10,a"])
def test_texts_with_such_signs_stay_texts(cell, write):
    cohort, warned = read(write(note=[cell, "1", "2", "3", "4", "5"]))
    assert cohort.clinical["note"].iloc[0] == cell
    assert warned == []


@pytest.mark.parametrize(("separator", "name"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
def test_the_advice_for_other_separators_keeps_texts(separator, name, write):
    path = write(patient_id=["007", "NA", "1e5", "null", "TRUE", "7,5"])
    pd.read_csv(path, dtype=str, keep_default_na=False).to_csv(path, sep=separator, index=False)
    with pytest.raises(CohortError, match=f"separated by {name}.* dtype=str, keep_default_na=False") as caught:
        read_cohort(path)
    assert f"sep={separator!r}" in str(caught.value)
    pd.read_csv(path, sep=separator, dtype=str, keep_default_na=False).to_csv(path, index=False)
    assert read_cohort(path).groups.tolist() == ["007", "NA", "1e5", "null", "TRUE", "7,5"]


def test_thousands_without_quotes_are_not_called_decimals(write):
    path = write(volume=["1", "2", "3", "4", "5", "6"])
    path.write_text(path.read_text().replace(",1,1\n", ",1,1,234\n").replace(",0,1\n", ",0,1,234\n"))
    with pytest.raises(CohortError, match=r"decimals with a point \(61.5\), thousands without a comma \(1234\)"):
        read_cohort(path)


def test_a_name_that_moved_still_works_and_says_where_it_is():
    import radiohers.cohort

    with pytest.warns(FutureWarning, match="radiohers.cohort.baseline_table is now radiohers.patients.baseline_table"):
        assert radiohers.cohort.baseline_table is baseline_table
