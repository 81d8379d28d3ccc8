"""The captions of a network's figures."""

from radiohers._numbers import percent_text

__all__ = ["crops_caption", "history_caption", "map_caption"]


def crops_caption(model: str) -> str:
    """Return the caption of a contact sheet.

    Parameters
    ----------
    model : str
        Name of the model.

    Returns
    -------
    str
        A sentence or two.
    """
    return f"{model}: crops of the test part of the first fold."


def history_caption(model: str, unit: str) -> str:
    """Return the caption of a training history.

    Parameters
    ----------
    model : str
        Name of the model.
    unit : str
        What is counted: 'patient' or 'case'.

    Returns
    -------
    str
        A sentence or two.
    """
    return (
        f"{model}: loss and accuracy by epoch in the first fold, on its training crops and on the {unit}s that "
        "were held out of them to choose the epoch. No learning curve by number of training cases is drawn, as it "
        f"would train the network many times more; plot_learning_curve(models=[{model!r}]) draws it."
    )


def map_caption(model: str, n_crops: int, shares: dict[str, float]) -> str:
    """Return the caption of Grad-CAM maps, with how much of them lies inside the lesion.

    Parameters
    ----------
    model : str
        Name of the model.
    n_crops : int
        Number of test crops.
    shares : dict of str to float
        Mean shares of the maps by place; empty without outlines.

    Returns
    -------
    str
        A sentence or two.
    """
    caption = (
        f"{model}: Grad-CAM in the test part of the first fold, of the cases that were classified with most "
        "certainty, rightly first, then wrongly; of each the crop that speaks most for it. "
    )
    if not shares:
        return caption
    return (
        f"{caption}Of the maps of all {n_crops} test crops, on average {percent_text(shares['inside'])} lies inside "
        f"the lesion, {percent_text(shares['rim'])} on its rim and {percent_text(shares['outside'])} outside."
    )
