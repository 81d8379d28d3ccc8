"""Progress bars of a fitted model's extractors, which a saved model has switched off."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sklearn.utils import get_tags

from radiohers.folds import is_ours

__all__ = ["showing_progress"]


@contextmanager
def showing_progress(model: Any, verbose: int) -> Iterator[None]:
    """Let a model's extractors show their bars inside a ``with`` block, and restore their own setting.

    Parameters
    ----------
    model : fitted estimator
        The model.
    verbose : int
        Above 0, they show them.

    Yields
    ------
    None
        Nothing.
    """
    parts = [part for part in (model, *model.get_params(deep=True).values()) if _is_extractor(part)]
    own = [part.verbose for part in parts]
    try:
        for part in parts:
            part.verbose = verbose
        yield
    finally:
        for part, setting in zip(parts, own, strict=True):
            part.verbose = setting


def _is_extractor(part: Any) -> bool:
    return is_ours(part) and hasattr(part, "verbose") and not get_tags(part).requires_fit
