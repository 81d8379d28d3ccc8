"""Cohorts to learn and test with: synthetic CTs whose answer is known."""

from radiohers.datasets._synthetic import make_ct_cohort

__all__ = ["make_ct_cohort"]
