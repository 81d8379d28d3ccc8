"""What several models gave on the same folds: predictions, tables, figures, a report."""

from pathlib import Path
from typing import Any

import pandas as pd

from radiohers._numbers import level_text
from radiohers.evaluation._comparison_figures import ComparisonFigures
from radiohers.figures import notebook_html
from radiohers.metrics import METRICS
from radiohers.report import check_report_files, comparison_document, draw_figures, write_report
from radiohers.results import (
    chance_table,
    pairwise_table,
    performance_values,
    wide_table,
    with_known_patients,
)

__all__ = ["ModelComparison"]


class ModelComparison(ComparisonFigures):
    """What several models gave on the same folds: a comparison with its tables, figures and report.

    Made by :func:`compare_models`. Its attributes are those of :class:`~radiohers.results.Comparison`.
    """

    def _repr_html_(self) -> str:
        level, judge = level_text(self.settings["confidence_level"]), self.judge("test")
        apart_from = METRICS["auc"].apart_from
        aucs = [judge.table_interval(self.rows(name)).text(apart_from=apart_from) for name in self.models]
        columns = {f"AUC of the test cases ({level} CI)": aucs, "split": [self.split_of(name) for name in self.models]}
        return notebook_html(repr(self), pd.DataFrame(columns, index=pd.Index(list(self.models), name="model")))

    def table(self, *, full: bool = False, verbose: int = 0) -> pd.DataFrame:
        """Return the performance of every model on training and test cases.

        Parameters
        ----------
        full : bool, default=False
            Whether all measures are shown, each with the method of its interval.
        verbose : int, default=0
            Whether to show a progress bar the first time; then the numbers are kept.

        Returns
        -------
        DataFrame with the index (model, part)
            - ``split``, ``n_cases``, ``n_patients``, ``n_positive``, ``n_folds``: what was judged;
            - ``auc``, ``sensitivity``, ``specificity``, ``accuracy``, each with ``_low`` and ``_high`` beside it: with
              several folds the mean over folds.

            With `full`, after these counts:

            - ``auc``, ``accuracy``, ``sensitivity``, ``specificity``, ``balanced_accuracy``;
            - ``positive_predictive_value``, ``negative_predictive_value``, ``f1``,
              ``matthews_correlation``, ``average_precision``, ``brier_score``, ``calibration_slope``,
              ``calibration_intercept``, ``expected_calibration_error``: with several folds the mean over
              repeats of all folds of a repeat together. The Brier score and the calibration are NaN for
              scores that are no probabilities;
            - with several folds, ``auc_pooled``: the AUC of all folds of a repeat together;
            - with several folds, ``auc_bootstrap``: ``auc`` again with the interval for the models as they were
              fitted.

            Each has ``_low``, ``_high`` and ``_interval`` beside it, the last with the name of the method, or
            the reason where the measure is NaN.

        See Also
        --------
        format_table : The table as text, as papers print it.
        """
        return wide_table(performance_values(self, verbose), full)

    def compare(self, part: str = "test") -> pd.DataFrame:
        """Test every pair of models: the difference of the AUCs, its interval, and p-values.

        Parameters
        ----------
        part : {"test"}, default="test"
            Training cases cannot be tested, since the models were fitted on them.

        Returns
        -------
        DataFrame with the index (model_a, model_b)
            - ``auc_a``, ``auc_b``: means over folds;
            - ``difference``: the first less the second, with ``_low`` and ``_high``, of the same kind of
              interval as the AUC of the table, and its name ``_interval``;
            - ``p_delong``, ``p_resampled_t``, ``p_mcnemar``, each with ``_holm``, adjusted for the
              number of pairs, and a column ``_method`` that says what it is or why it is NaN;
            - ``n_cases``, ``n_patients``, ``n_positive``, ``n_folds``, ``split``.

            One row a pair; none if there is one model.

        See Also
        --------
        against_chance : Tests of each model by itself.
        radiohers.metrics.delong_test : DeLong's test of arrays.
        radiohers.metrics.corrected_resampled_t_test : The t-test of differences.
        radiohers.metrics.mcnemar_test : McNemar's test of arrays.

        Notes
        -----
        Choose one of the tests before you look:

        - DeLong's and McNemar's take the fitted models as given, and ask whether other patients would rank
          them the same way. For a single split they hold their level. Over folds, of which each is
          tested by the cases that train the others, DeLong's rejects too often: in simulations
          (benchmarks/check_tests.py; linear models, 100 cases, no difference, level 5%) in 7% of data
          sets with 5 folds and in 10% with 5 folds dealt 5 times, McNemar's in 5% and 7%.
        - The corrected resampled t-test asks whether one way of fitting is better than the other,
          whatever the training set (2% and 5%). Over folds it is the one to report.

        Scores are compared within folds only, and are not averaged over repeats. DeLong's variance
        sums over all folds and repeats what a patient adds to the difference. McNemar's test counts
        each case once a repeat, at the threshold of its fold, and sums by patient, so that
        repeats do not count as more patients.
        """
        if part != "test":
            raise ValueError(f"part={part!r} cannot be tested: the models were fitted on these cases. Use part='test'.")
        return pairwise_table(self)

    def against_chance(
        self, *, n_permutations: int = 10_000, n_refits: int = 0, n_jobs: int | None = None, verbose: int = 0
    ) -> pd.DataFrame:
        """Test whether the AUC of each model on test cases is above that of chance.

        Parameters
        ----------
        n_permutations : int, default=10000
            Number of permutations of the labels of the test cases.
        n_refits : int, default=0
            Number of permutations of all labels on which every model is fitted anew in every fold.
            99 give p-values down to 0.01. It takes as many times as long as the comparison itself. With
            fewer than 19 (at a confidence level of 0.95) p could not come down to 0.05, so nothing is
            fitted, p is NaN, and `refit_method` says so; it is the same for `n_permutations`.
        n_jobs : int, default=None
            Number of fits at the same time; it does not change the result.
        verbose : int, default=0
            Whether to show a progress bar of the fits.

        Returns
        -------
        DataFrame with the index model
            ``auc`` with its ``_low``, ``_high`` and ``_interval``; ``p_permutation``, ``p_resampled_t`` and,
            with `n_refits`, ``p_refit``, each one-sided, with ``_holm``, adjusted for the number of models, and its
            ``_method``; ``n_cases``, ``n_patients``, ``n_positive``, ``n_folds``, ``split``.

        Notes
        -----
        Labels change places between patients. ``p_permutation`` leaves the models as they are, which is
        right for a single split. Over folds, where the test cases of one fold train the models of
        the others, it is too small: in simulations (benchmarks/check_tests.py) it is below 0.05 in 11% of
        data sets without a signal. ``p_resampled_t`` allows for it without fitting anew (5% with 5
        folds, 8% with 5 folds dealt 5 times); ``p_refit`` makes no such assumption (4 to 5%).

        References
        ----------
        Ojala M, Garriga GC. Journal of Machine Learning Research 2010;11:1833.
        https://jmlr.org/papers/v11/ojala10a.html
        """
        return chance_table(self, n_permutations, n_refits, n_jobs, verbose)

    def threshold(self, model: str) -> float:
        """Return the median over folds of the thresholds chosen on the training parts.

        Parameters
        ----------
        model : str
            Name of the model.

        Returns
        -------
        float
            For use with a model that is fitted on all cases.

        Raises
        ------
        ValueError
            If there is no such model.
        """
        if model not in self.models:
            raise ValueError(f"model={model!r} was not compared. Choose one of {', '.join(map(repr, self.models))}.")
        rows = self.predictions[self.predictions["model"] == model]
        return float(rows.groupby(["repeat", "fold"])["threshold"].first().median())

    def to_dict(self, *, title: str | None = None, cohort: Any = None, audit: Any = None) -> dict[str, Any]:
        """Return the report as plain values, with figures as SVG texts.

        Parameters
        ----------
        title : str, default=None
            Of the report.
        cohort : Cohort, default=None
            Adds the target's name, the flow of the cases and the table of the patients. The folds are
            compared with its patients, whatever the comparison was told: where they cut one, the report is marked
            optimistic.
        audit : Audit, default=None
            What was checked against self-deception; see :func:`audit`. Without `cohort` its patients are taken.

        Returns
        -------
        dict
            What :meth:`report` writes, as :func:`~radiohers.report.report_schema` describes it.

        Raises
        ------
        CohortError
            If the cohort lacks cases of the comparison, or they have other labels there.
        """
        shown = with_known_patients(self, cohort, audit)
        return comparison_document(shown, draw_figures(shown), title=title, cohort=cohort, audit=audit)

    def report(
        self,
        path: Any,
        *,
        title: str | None = None,
        cohort: Any = None,
        audit: Any = None,
        figures: Any = None,
        json: Any = None,
        pdf: Any = False,
        force: bool = False,
        verbose: int = 0,
    ) -> Path:
        """Write the report as one HTML file that needs nothing else, and on request in other forms.

        Parameters
        ----------
        path : path-like
            The HTML file.
        title : str, default=None
            Of the report.
        cohort : Cohort, default=None
            Adds the target's name, the flow of the cases and the table of the patients. The folds are
            compared with its patients, whatever the comparison was told: where they cut one, the report is marked
            optimistic.
        audit : Audit, default=None
            What was checked against self-deception; see :func:`audit`. Without `cohort` its patients are taken.
        figures : path-like, default=None
            Folder that the figures are written into, as SVG and as PNG with 300 dots an inch.
        json : path-like, default=None
            The same as JSON; see :func:`~radiohers.report.report_schema`.
        pdf : bool or path-like, default=False
            The page as PDF, printed by a Chromium, Chrome or Edge that is on the PATH or
            in the environment variable ``RADIOHERS_CHROMIUM``; True puts it beside the HTML file.
        force : bool, default=False
            Whether existing files are overwritten.
        verbose : int, default=0
            Whether to show progress bars.

        Returns
        -------
        Path
            The HTML file.

        Raises
        ------
        CohortError
            If the cohort lacks cases of the comparison, or they have other labels there.
        OutputExistsError
            If a file exists, or the folder of the figures is not empty, and `force` is false.
            Found before any work is done.
        ReportError
            If a PDF is asked for and there is no browser (found before any work), or it fails.
        """
        files = check_report_files(path, json=json, pdf=pdf, figures=figures, force=force)
        self.table(verbose=verbose)
        shown = with_known_patients(self, cohort, audit)
        drawn = draw_figures(shown, with_png=files.figures is not None, verbose=verbose)
        document = comparison_document(shown, drawn, title=title, cohort=cohort, audit=audit)
        return write_report(files, document, drawn, verbose=verbose)
