"""The table of patients that a paper opens with."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import pandas as pd

from radiohers._numbers import p_text
from radiohers._sklearn import Interval, StrOptions, validate_params
from radiohers._wording import counted
from radiohers.cohort import Cohort
from radiohers.exceptions import CohortError
from radiohers.patients._baseline_groups import Groups, Source, as_groups, as_source, count_who, group_sizes
from radiohers.patients._baseline_notes import notes_of
from radiohers.patients._baseline_render import render_html, render_latex, render_markdown
from radiohers.patients._baseline_variables import Choices, LeftOut, Variable, as_variable, describe

__all__ = ["BaselineTable", "baseline_table"]

# A notebook's own style aligns texts to the right and stripes the rows, which cuts variables of several rows apart.
_NOTEBOOK_STYLE = """<style>
.baseline-table table {border-collapse: collapse;}
.baseline-table th, .baseline-table td {
  text-align: left !important; vertical-align: top; padding: 3px 14px 3px 0 !important; background: none !important;}
.baseline-table thead th {border-bottom: 1px solid;}
.baseline-table caption {text-align: left;}
.baseline-table .notes {font-size: 0.85em;}
</style>
"""


@dataclass(frozen=True, repr=False)
class BaselineTable:
    """A table of patients: described, compared, and ready for a paper.

    Made by :func:`baseline_table`. A notebook shows it as a table with its notes.

    Attributes
    ----------
    frame : DataFrame
        One row a measurement, level of a category, or count of missing values, with the columns `variable`, `level`,
        `statistic` (what is shown, such as ``median (IQR)``), `unit` ("patients" or "cases"), one column a group
        with the text, `p_value` (NaN for none), `test` and `n_missing`. The last three are the same in all rows of
        a variable.
    notes : tuple of str
        What is counted, how the tests were chosen, what is left out.
    groups : tuple of dict
        `name`, `n_patients` (None if they were not given), `n_cases`, `unit` (which of them is counted) and `size`
        (a text) of each group; "All" is the first.
    variables : tuple of dict
        The numbers behind the texts, not rounded.
    """

    frame: pd.DataFrame
    notes: tuple[str, ...]
    groups: tuple[dict[str, Any], ...]
    variables: tuple[dict[str, Any], ...]

    def __repr__(self) -> str:
        groups = ", ".join(_headings(self.groups))
        n = len(self.variables)
        return f"<BaselineTable: {counted(n, 'variable')}; {groups}>"

    def __str__(self) -> str:
        return self.to_markdown()

    def _repr_html_(self) -> str:
        return _NOTEBOOK_STYLE + self.to_html()

    def _shown(self) -> pd.DataFrame:
        """The table as printed: texts only, a variable's name and p-value in its first row."""
        frame = self.frame
        first = ~frame["variable"].duplicated()
        by_case = pd.Series("", index=frame.index)
        if self.groups[0]["unit"] == "patients":
            by_case = by_case.mask(frame["unit"] == "cases", " by case")
        level = frame["level"].where(frame["level"] == "", frame["level"] + ", ")
        shown = pd.DataFrame({"Variable": frame["variable"].where(first, "")})
        shown["Statistic"] = level + frame["statistic"] + by_case
        headings = _headings(self.groups)
        shown[headings] = frame[headings]
        if len(self.groups) > 1:
            shown["p"] = frame["p_value"].map(lambda p: p_text(p, missing="–")).where(first, "")
            shown["Test"] = frame["test"].fillna("").where(first, "")
        return shown.astype(str)

    def to_dict(self) -> dict[str, Any]:
        """Return the table as plain values.

        Returns
        -------
        dict
            `groups`, `variables` (numbers, not rounded; None where there is none), `columns` and `rows` (the texts
            as printed) and `notes`. It can be written as JSON.
        """
        shown = self._shown()
        return {
            "groups": [dict(group) for group in self.groups],
            "variables": [dict(variable) for variable in self.variables],
            "columns": list(shown.columns),
            "rows": shown.to_numpy().tolist(),
            "notes": list(self.notes),
        }

    def to_html(self, caption: str | None = None) -> str:
        """Return a fragment of HTML, ``<div class="baseline-table">``, with the notes as a list.

        Parameters
        ----------
        caption : str, default=None
            Text above the table.

        Returns
        -------
        str
            The fragment.
        """
        return render_html(self._shown(), self.notes, caption)

    def to_markdown(self, caption: str | None = None) -> str:
        """Return a pipe table, with the notes as a list.

        Parameters
        ----------
        caption : str, default=None
            Text above the table.

        Returns
        -------
        str
            The table.
        """
        return render_markdown(self._shown(), self.notes, caption)

    def to_latex(self, caption: str | None = None, label: str | None = None) -> str:
        r"""Return a ``table`` environment, with the notes below; it needs ``\usepackage{booktabs}``.

        Parameters
        ----------
        caption : str, default=None
            Text above the table.
        label : str, default=None
            What ``\ref`` calls it.

        Returns
        -------
        str
            The environment.
        """
        return render_latex(self._shown(), self.notes, caption, label)


@validate_params(
    {
        "cohort_or_frame": [Cohort, pd.DataFrame],
        "by": "no_validation",
        "columns": ["array-like", None],
        "categorical": ["array-like", None],
        "nonnormal": [StrOptions({"auto"}), "array-like", None],
        "tests": [dict, None],
        "per": [StrOptions({"patient", "case"})],
        "split": "no_validation",
        "digits": [Interval(Integral, 0, 10, closed="both"), None],
        "missing": ["boolean"],
        "overall": ["boolean"],
        "random_state": [Interval(Integral, 0, None, closed="left")],
    },
    prefer_skip_nested_validation=True,
)
def baseline_table(
    cohort_or_frame: Cohort | pd.DataFrame,
    by: Any = None,
    *,
    columns: Any = None,
    categorical: Any = None,
    nonnormal: Any = None,
    tests: dict[Any, str | Callable] | None = None,
    per: str = "patient",
    split: Any = None,
    digits: int | None = None,
    missing: bool = True,
    overall: bool = True,
    random_state: int = 0,
) -> BaselineTable:
    """Describe the patients, and compare them between groups.

    Parameters
    ----------
    cohort_or_frame : Cohort or DataFrame
        A cohort, whose clinical columns and target are described; or a table with one row a case. A column
        `patient_id` of a table says which rows belong together, and columns that name cases or files are passed over.
    by : str, array-like of shape (n_cases,), or None, default=None
        What the groups are: a column, or one label a case (a Series is matched by its index). "target" or None
        compares the classes of a cohort, the positive one last; without a target, None describes all cases in one
        column. What `split` takes is understood too.
    columns : list of str, default=None
        Which columns, in this order. None takes all but dates, texts that hardly repeat, and objects; the notes name
        those that are left out.
    categorical : list of str, default=None
        Numeric columns that hold codes, such as stages 1 to 4. Texts, booleans, pandas' categories, and numbers of
        which all are 0 or 1 are categorical anyhow.
    nonnormal : list of str, "auto" or None, default=None
        Continuous columns that get the median (IQR) and tests by rank. None: all. A list: these, and the others get
        mean ± SD and tests of means. "auto": those in which any group has fewer than 8 values or gives p < 0.05 in
        the Shapiro-Wilk test.
    tests : dict of str to str or callable, default=None
        Other tests for some columns. Of "wilcoxon", "welch", "student", "kruskal-wallis" and "anova" for continuous
        columns; of "chi-squared", "yates" and "fisher" for categorical ones; or a function. It is called with the
        values of each group, one array each, or with the counts, of shape (n_levels, n_groups), and returns a
        p-value or an object that has one as `pvalue`, as scipy's tests do. Not used where there is one group.
    per : {"patient", "case"}, default="patient"
        What is counted, see Notes.
    split : (train, test) or Fold, default=None
        Compare training with test: positions, or booleans, of the cases of each. Takes the place of `by`.
    digits : int, default=None
        Decimals of medians, means and their spread. None shows the spread of each column to two digits (age
        62 (54 to 68), creatinine 0.83 (0.71 to 0.98)). Percentages have one decimal.
    missing : bool, default=True
        Whether to show a row with the number of missing values of each group, for columns that have any. The column
        `n_missing` and the notes tell them in any case.
    overall : bool, default=True
        Whether to show a column of all groups together.
    random_state : int, default=0
        Seed of Fisher's test where its tables are too many to go through.

    Returns
    -------
    BaselineTable
        With `frame`, `notes`, and renderings.

    Raises
    ------
    CohortError
        If there are no cases, a column is unknown, `by` gives one group only, a test does not fit its column, or a
        column has infinite values.

    Notes
    -----
    **What is counted.** Patients, not lesions. Where patients have several cases, a column that is the same in all
    cases of every patient is counted once a patient (a value missing in some of a patient's rows is taken from the
    others). A column that differs within a patient is described by case, and gets no p-value, because cases of one
    patient are not independent; one is given, with a note, if you name its test in `tests`. With ``per="case"``, or
    where patients have cases in several groups, this holds for all columns.

    **Which test.** Continuous columns: median (25th to 75th percentile, linear interpolation) by the Wilcoxon rank-sum
    (Mann-Whitney) test for two groups and Kruskal-Wallis for more, because clinical measurements are seldom normal
    and a test of normality before the comparison changes the error rates of what follows [2]_; or mean ± SD (n - 1) by
    Welch's t-test [3]_ and one-way analysis of variance. The rank-sum test is exact where no values are tied
    and both groups have fewer than 50. Categorical columns: n (%) by Pearson's chi-squared without Yates' correction,
    or by Fisher's exact test where an expected count is below 5. That is Cochran's limit [1]_ held strictly: he lets
    up to a fifth of the cells of larger tables be below it. Fisher's test goes through all tables of the same margins
    (scipy has this for 2 x 2 only), and through 100,000 random ones where these are more than about a million.

    **Missing** values are counted, and take part in no percentage and no test. P-values are not corrected for their
    number.

    References
    ----------
    .. [1] Cochran WG. Some methods for strengthening the common chi-squared tests. Biometrics 1954;10:417.
       doi:10.2307/3001616
    .. [2] Rochon J, Gondan M, Kieser M. To test or not to test. BMC Med Res Methodol 2012;12:81.
       doi:10.1186/1471-2288-12-81
    .. [3] Welch BL. The generalization of 'Student's' problem when several different population variances are
       involved. Biometrika 1947;34:28. doi:10.1093/biomet/34.1-2.28

    Examples
    --------
    >>> import pandas as pd
    >>> from radiohers.patients import baseline_table
    >>> patients = pd.DataFrame({
    ...     "her2": [0, 0, 0, 0, 1, 1, 1, 1],
    ...     "age": [61, 54, 70, 66, 48, 59, 52, 45],
    ...     "sex": ["F", "M", "M", "M", "F", "F", "M", "F"],
    ... })
    >>> table = baseline_table(patients, by="her2", overall=False)
    >>> print(table.frame[["variable", "level", "her2 = 0 (n = 4)", "her2 = 1 (n = 4)"]].to_string(index=False))
    variable level her2 = 0 (n = 4) her2 = 1 (n = 4)
         age             64 (59 to 67)    50 (47 to 54)
         sex     F           1 (25.0)         3 (75.0)
         sex     M           3 (75.0)         1 (25.0)
    >>> table.frame.groupby("variable")["test"].first().to_dict()
    {'age': 'Wilcoxon rank-sum, exact', 'sex': 'Fisher exact'}
    """
    source = as_source(cohort_or_frame)
    groups = as_groups(source, by, split)
    of_columns = tests or {}
    choices = Choices(
        nonnormal if nonnormal is None or isinstance(nonnormal, str) else _known("nonnormal", nonnormal, source),
        {str(column): of_columns[column] for column in _known("tests", of_columns, source)},
        digits,
        random_state,
    )
    counting = count_who(source, groups, per)
    sorted_out = _sort_out(source, groups, columns, _known("categorical", categorical, source), counting.by_case)
    variables = [column for column in sorted_out if isinstance(column, Variable)]
    _check_tests_are_used(choices.tests, [variable.name for variable in variables])
    described = tuple(describe(variable, groups.names, choices, overall=overall) for variable in variables)
    left_out = [column for column in sorted_out if isinstance(column, LeftOut)]
    sizes = group_sizes(source, groups, counting.by_case, overall)
    notes = (*source.notes, *groups.notes, *notes_of(counting, described, left_out, choices, len(groups.names)))
    return BaselineTable(_frame(described, _headings(sizes), missing), notes, sizes, described)


def _known(what: str, names: Any, source: Source) -> list[Any]:
    """Return the names as a list; raise if one of them is no column."""
    names = [] if names is None else list(names)
    unknown = [name for name in names if name not in source.table.columns]
    if unknown:
        raise CohortError(
            f"{what}: {unknown[0]!r} is no column of the table; its columns are "
            f"{', '.join(map(str, source.table.columns))}",
            advice="Mend the name.",
        )
    return names


def _sort_out(source: Source, groups: Groups, columns: Any, codes: list[Any], by_case: bool) -> list[Any]:
    asked = _known("columns", columns, source)
    if groups.column in asked:
        raise CohortError(
            f"columns: {groups.column!r} is what the groups are made of, and cannot differ within them",
            advice="Leave it out.",
        )
    names = [name for name in source.table.columns if name != groups.column] if columns is None else asked
    inside = groups.code >= 0
    return [
        as_variable(
            source.table[name][inside].reset_index(drop=True),
            asked=columns is not None,
            categorical=name in codes,
            patient=source.patient[inside],
            group=groups.code[inside],
            by_patient=not by_case,
            patients_given=source.patients_given,
        )
        for name in names
    ]


def _check_tests_are_used(tests: dict[str, Any], described: list[str]) -> None:
    unused = [name for name in tests if name not in described]
    if unused:
        raise CohortError(
            f"tests: column {unused[0]!r} is not described", advice="Add it to columns, or take its test away."
        )


def _headings(groups: Sequence[dict[str, Any]]) -> list[str]:
    return [f"{group['name']} ({group['size']})" for group in groups]


def _frame(variables: Sequence[dict[str, Any]], headings: list[str], missing: bool) -> pd.DataFrame:
    rows = []
    for variable in variables:
        same = {name: variable[name] for name in ("p_value", "test", "n_missing")}
        for level, statistic, texts in _lines(variable, missing):
            start = {"variable": variable["name"], "level": level, "statistic": statistic, "unit": variable["unit"]}
            rows.append({**start, **dict(zip(headings, texts, strict=True)), **same})
    names = ["variable", "level", "statistic", "unit", *headings, "p_value", "test", "n_missing"]
    return pd.DataFrame(rows, columns=names).astype({"p_value": float})


def _lines(variable: dict[str, Any], missing: bool) -> Iterator[tuple[str, str, list[str]]]:
    """Yield level, statistic and the texts of the groups of each row."""
    if variable["kind"] == "continuous":
        yield "", variable["statistic"], [group["text"] for group in variable["groups"]]
    for level in variable["levels"]:
        yield level["level"], variable["statistic"], [group["text"] for group in level["groups"]]
    if variable["kind"] == "categorical" and not variable["levels"]:
        yield "", variable["statistic"], ["–"] * len(variable["groups"])
    if missing and variable["n_missing"]:
        yield "missing", "n", [str(group["n_missing"]) for group in variable["groups"]]
