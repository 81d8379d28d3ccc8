"""All metrics, in the order in which results have them."""

from radiohers.metrics import _auc, _average_precision, _class_metrics, _probability_metrics
from radiohers.metrics._metric import ClassMetric, ScoreMetric

__all__ = ["METRICS", "metrics_as_shown"]

# A metric that is defined in one of these modules is found.
_found = [
    thing
    for module in (_auc, _class_metrics, _average_precision, _probability_metrics)
    for thing in vars(module).values()
    if isinstance(thing, ScoreMetric | ClassMetric)
]

#: Every metric by its name: what the tables, the report and the audit show.
METRICS: dict[str, ScoreMetric | ClassMetric] = {
    metric.name: metric for metric in sorted(_found, key=lambda metric: metric.as_fitted)
}

# Where doctest looks for examples that are not those of functions.
__test__ = {metric.name: metric.__doc__ for metric in _found if not metric.needs_folds}


def metrics_as_shown() -> list[ScoreMetric | ClassMetric]:
    """Return all metrics in the order of a report: those of the main table by their place, then the others.

    Returns
    -------
    list of Metric
        Those of :data:`METRICS`.

    Examples
    --------
    >>> from radiohers.metrics import metrics_as_shown
    >>> [metric.label for metric in metrics_as_shown() if metric.place is not None]
    ['AUC', 'sensitivity', 'specificity', 'accuracy']
    """
    last = len(METRICS)
    return sorted(METRICS.values(), key=lambda metric: last if metric.place is None else metric.place)
