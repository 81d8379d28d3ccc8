"""Tables that describe patients."""

from radiohers.patients._baseline_table import BaselineTable, baseline_table

__all__ = [
    "BaselineTable",
    "baseline_table",
]
