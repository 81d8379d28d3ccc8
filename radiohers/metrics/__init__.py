"""Metrics of predictions, each with its confidence interval and the name of its method."""

from radiohers.metrics._auc import Interval, delong_interval, wilson_interval
from radiohers.metrics._threshold import youden_threshold

__all__ = ["Interval", "delong_interval", "wilson_interval", "youden_threshold"]
