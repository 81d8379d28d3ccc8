"""What an engine says of a case that it cannot extract for a reason of a library's own."""

from radiohers.exceptions import ExtractionError

__all__ = ["of_image", "refusal"]


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
    reason = " ".join(str(error).split()).rstrip(".!") or "no reason is given"
    return ExtractionError(
        f"{engine}: {type(error).__name__}: {reason}",
        advice="Look at the lesion (radiohers check shows it), or take the case out.",
    )


def of_image(image: str, error: ExtractionError) -> ExtractionError:
    """Return the error with the name of the filtered image that it is about, such as ``wavelet-LLH``."""
    return ExtractionError(f"image {image}: {error.what}", advice=error.advice)
