"""The intervals of an audit, whose methods say what the number is and at which level."""

import pandas as pd

from radiohers.metrics import Interval
from radiohers.results import Judge, Judged

__all__ = ["NamingJudge"]


class NamingJudge:
    """A judge that names what it judges.

    Parameters
    ----------
    judge : Judge
        Of the test part of a comparison.
    """

    def __init__(self, judge: Judge):
        self._judge = judge
        self.confidence_level = judge.confidence_level

    def judge(self, predictions: pd.DataFrame, metric: str = "auc") -> Judged:
        """Return the mean over folds of a metric of one model; see :meth:`Judge.judge`."""
        return self._judge.judge(predictions, metric)

    def interval(self, judged: Judged, what: str = "AUC") -> Interval:
        """Return the interval of a metric, as in the table of the comparison."""
        return self._named(self._judge.interval(judged), what, self.confidence_level)

    def interval_as_fitted(self, judged: Judged, what: str = "AUC", n_compared: int = 1) -> Interval:
        """Return the interval of a baseline or a single column, the models kept as fitted.

        Parameters
        ----------
        judged : Judged
            From :meth:`judge`.
        what : str, default="AUC"
            What the number is.
        n_compared : int, default=1
            How many are looked at together; each interval is widened as Bonferroni says.

        Returns
        -------
        Interval
            The patient bootstrap, narrower than :meth:`interval`: what finds a shortcut
            errs on the side of the alarm, as what finds a success must not.
        """
        level = 1 - (1 - self.confidence_level) / n_compared
        many = f" (Bonferroni for {n_compared})" if n_compared > 1 else ""
        return self._named(self._judge.interval_as_fitted(judged, level), what, level, many)

    def difference(self, first: Judged, second: Judged, what: str) -> Interval:
        """Return the interval of the first less the second, paired, as in :meth:`ModelComparison.compare`."""
        return self._named(self._judge.difference(first, second), what, self.confidence_level)

    def _named(self, found: Interval, what: str, level: float, note: str = "") -> Interval:
        return found.called(f"{what}: {found.method}, {level:.4g}{note}")
