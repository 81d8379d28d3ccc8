"""Results as text on the terminal."""

import click

from radiohers.evaluation import ModelComparison, format_table

__all__ = ["show_table"]


def show_table(comparison: ModelComparison) -> None:
    """Print the performance on training and test cases.

    Parameters
    ----------
    comparison : ModelComparison
        The result.
    """
    table = comparison.table()
    first = table.xs("test", level="part").iloc[0]
    click.echo(format_table(table).to_string())
    click.echo(
        f"\n{first['n_cases']} cases of {first['n_patients']} patients, {first['n_positive']} positive; "
        f"{first['n_folds']} folds, {first['split']}"
    )
    click.echo(f"{comparison.settings['confidence_level']:.0%} intervals of the AUC: {first['auc_interval']}")
