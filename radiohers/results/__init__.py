"""What predictions say: tables of performance, intervals over folds, tests of pairs and against chance."""

from radiohers.results._comparison import Comparison
from radiohers.results._cross_validated import FoldDesign, cross_validated_interval, fold_design
from radiohers.results._fold_scores import cohort_weights, fold_scores, units_of
from radiohers.results._judge import BY_FOLD, BY_REPEAT, Judge, Judged
from radiohers.results._known_patients import matching_cohort, merged_patients, with_known_patients, with_patients
from radiohers.results._pairwise import chance_table, fewest_permutations, pairwise_table, refitted_aucs
from radiohers.results._table import format_table, performance_values, wide_table

__all__ = [
    "BY_FOLD",
    "BY_REPEAT",
    "Comparison",
    "FoldDesign",
    "Judge",
    "Judged",
    "chance_table",
    "cohort_weights",
    "cross_validated_interval",
    "fewest_permutations",
    "fold_design",
    "fold_scores",
    "format_table",
    "matching_cohort",
    "merged_patients",
    "pairwise_table",
    "performance_values",
    "refitted_aucs",
    "units_of",
    "wide_table",
    "with_known_patients",
    "with_patients",
]
