"""Worker processes: what joblib says of them that is of no use to whoever waits for the result."""

import warnings

__all__ = ["ignore_stopped_workers"]


def ignore_stopped_workers() -> None:
    """Keep joblib from warning that it has replaced a worker, which changes no result; ask this before a loop."""
    warnings.filterwarnings("ignore", "A worker stopped while some jobs were given to the executor", UserWarning)
