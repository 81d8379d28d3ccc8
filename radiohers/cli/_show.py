"""Results as text on the terminal."""

import click

from radiohers._numbers import cases_text, level_text
from radiohers.evaluation import Audit, ModelComparison, format_table

__all__ = ["show_audit", "show_table"]


def show_table(comparison: ModelComparison) -> None:
    """Print the performance on training and test cases.

    Parameters
    ----------
    comparison : ModelComparison
        The result.
    """
    click.echo(format_table(comparison.table(verbose=1)).to_string())
    first = comparison.table(full=True).xs("test", level="part").iloc[0]
    click.echo(
        f"\n{cases_text(first['n_cases'], first['n_patients'])}, {first['n_positive']} positive; "
        f"{first['n_folds']} folds, {first['split']}"
    )
    click.echo(f"{level_text(comparison.settings['confidence_level'])} intervals of the AUC: {first['auc_interval']}")


def show_audit(found: Audit) -> None:
    """Print how many checks of an audit failed, and which.

    Parameters
    ----------
    found : Audit
        What was checked.
    """
    click.echo(f"audit: {found.summary}")
    for line in found.failed:
        click.echo(f"  fail: {line.code} {line.check} ({line.model}): {line.text()}")
