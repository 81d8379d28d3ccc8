"""What an engine says of a case that it cannot extract for a reason of a library's own."""

from radiohers.exceptions import ExtractionError

__all__ = ["refusal"]


def refusal(engine: str, error: Exception) -> ExtractionError:
    """Return the error of a case that an engine failed on.

    Parameters
    ----------
    engine : str
        Its name.
    error : Exception
        What it raised.

    Returns
    -------
    ExtractionError
        The reason in one line, and what to do.
    """
    reason = " ".join(str(error).split()).rstrip(".!")
    return ExtractionError(
        f"{engine}: {type(error).__name__}: {reason}. Look at the lesion (radiohers check shows it), or take the case "
        "out."
    )
