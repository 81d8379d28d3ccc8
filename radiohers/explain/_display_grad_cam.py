"""Grad-CAM as a picture."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from radiohers._numbers import number_text
from radiohers.crops import Crops
from radiohers.explain._grad_cam import class_positions, grad_cam, images_of
from radiohers.figures import ContactSheet, Display

__all__ = ["GradCamDisplay"]

# The order of Liu et al.: blue where nothing is, then yellow, then red.
MAP_COLOURS = ("#2040c0", "#f5e626", "#d01818")


@dataclass(repr=False)
class GradCamDisplay(Display):
    """Crops in grey with their Grad-CAM maps in blue, yellow and red over them.

    Parameters
    ----------
    images : ndarray of shape (n, row, column)
        Grey values.
    maps : ndarray of shape (n, row, column)
        Maps in 0..1.
    titles : list of str
        A title for each crop; a comma and a blank begin a new line.
    note : str
        What is shown.
    lesion : ndarray of shape (n, row, column), bool, default=None
        Masks whose outlines are drawn.

    Attributes
    ----------
    figure_ : matplotlib Figure
        After `plot`.
    axes_ : list of matplotlib Axes
        One a crop.
    colorbar_ : matplotlib Colorbar
        That of all maps.

    See Also
    --------
    grad_cam : Computes the maps.
    lesion_share : Says how much of a map is on the lesion.

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.estimators import CropCNNClassifier
    >>> from radiohers.explain import GradCamDisplay
    >>> crops = np.random.default_rng(0).integers(0, 256, size=(8, 32, 32), dtype="uint8")
    >>> cnn = CropCNNClassifier("small", max_epochs=1, validation_fraction=0, random_state=0)
    >>> display = GradCamDisplay.from_estimator(cnn.fit(crops, np.arange(8) % 2), crops, n=3)
    >>> display.maps.shape, display.note
    ((3, 32, 32), 'Grad-CAM of the predicted class, each map scaled by its maximum; 3 of 8 crops shown')
    """

    images: np.ndarray
    maps: np.ndarray
    titles: list[str]
    note: str
    lesion: np.ndarray | None = None

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        crops: Any,
        *,
        target_class: Any = None,
        layer: Any = "auto",
        y_true: Any = None,
        n: int = 24,
        verbose: int = 0,
    ) -> "GradCamDisplay":
        """Explain some crops.

        Parameters
        ----------
        estimator : CropCNNClassifier
            A fitted classifier.
        crops : Crops, or array-like of shape (n, row, column) or (n, channel, row, column)
            The crops. Of several channels, the middle one is shown.
        target_class, layer
            As in :func:`grad_cam`.
        y_true : array-like of shape (n,), default=None
            The class that each crop has in truth, for its title.
        n : int, default=24
            How many crops, drawn at even distances from all of them.
        verbose : int, default=0
            Whether to show a progress bar.

        Returns
        -------
        GradCamDisplay
            Not plotted yet. Titles have the case, the slice, the true class and the
            probability of the class that is explained.

        Raises
        ------
        ValueError
            As :func:`grad_cam`; or if `y_true` has another length, or the
            crops are flat rows.
        """
        X = images_of(crops)
        if X.ndim not in (3, 4):
            raise ValueError(
                f"crops have the shape {X.shape}, and to be shown they must have (n, row, column) or "
                "(n, channel, row, column). Reshape them."
            )
        if y_true is not None and len(y_true) != len(X):
            raise ValueError(f"y_true has {len(y_true)} labels for {len(X)} crops. Give the class of each crop.")
        rows = np.unique(np.linspace(0, max(len(X) - 1, 0), min(n, len(X))).round().astype(int))
        target = None
        if target_class is not None:
            target = estimator.classes_[class_positions(estimator.classes_, target_class, len(X))[rows]]
        maps = grad_cam(estimator, X[rows], target, layer, verbose=verbose)
        which = "predicted class" if target_class is None else "class in the titles"
        shown = f"; {len(rows)} of {len(X)} crops shown" if len(rows) < len(X) else ""
        return cls(
            images=X[rows] if X.ndim == 3 else X[rows, X.shape[1] // 2],
            maps=maps,
            titles=_titles(estimator, crops, X, rows, target, y_true),
            note=f"Grad-CAM of the {which}, each map scaled by its maximum{shown}",
            lesion=crops.lesion[rows] if isinstance(crops, Crops) and crops.lesion is not None else None,
        )

    def plot(self, *, n_columns: int = 6, opacity: float = 0.45) -> "GradCamDisplay":
        """Draw the crops in a figure.

        Parameters
        ----------
        n_columns : int, default=6
            How many in a row.
        opacity : float, default=0.45
            Of the maps, from 0 (only the crop is seen) to 1 (only the map).

        Returns
        -------
        GradCamDisplay
            The display itself.
        """
        from matplotlib.colors import LinearSegmentedColormap

        is_uint8 = self.images.dtype == np.uint8
        limits = (0, 255) if is_uint8 else (self.images.min(), self.images.max())
        sheet = ContactSheet(self.images, self.titles, self.frame(), self.note, limits, self.lesion).plot(n_columns)
        self.figure_, self.axes_ = sheet.figure_, sheet.axes_
        colours = LinearSegmentedColormap.from_list("blue_yellow_red", MAP_COLOURS)
        for ax, one_map in zip(self.axes_, self.maps, strict=True):
            drawn = ax.imshow(one_map, cmap=colours, vmin=0, vmax=1, alpha=opacity)
        self.colorbar_ = self.figure_.colorbar(
            drawn, ax=self.figure_.axes, shrink=0.8, aspect=30, ticks=[0, 0.5, 1], label="Grad-CAM (relative)"
        )
        return self

    def frame(self) -> pd.DataFrame:
        """Return what the maps say of each crop; the maps themselves are in `maps`.

        Returns
        -------
        DataFrame
            One row a crop: its ``title``, and the ``mean`` of its map, which is scaled to a maximum of 1. With lesion
            masks also ``on_lesion``, the share of the map on the lesion, and ``lesion_area``, the share of the
            crop that the lesion covers, which is what a map that is the same everywhere would have.
        """
        table = pd.DataFrame({"title": self.titles, "mean": self.maps.mean(axis=(1, 2))})
        if self.lesion is None:
            return table
        total, on_lesion = self.maps.sum(axis=(1, 2)), (self.maps * self.lesion).sum(axis=(1, 2))
        share = np.divide(on_lesion, total, out=np.full(len(total), np.nan), where=total > 0)
        return table.assign(on_lesion=share, lesion_area=self.lesion.mean(axis=(1, 2)))


def _titles(estimator: Any, crops: Any, X: Any, rows: Any, target_class: Any, y_true: Any) -> list[str]:
    probability = estimator.predict_proba(X[rows])
    positions = (
        probability.argmax(axis=1)
        if target_class is None
        else class_positions(estimator.classes_, target_class, len(rows))
    )
    titles = []
    for place, (row, position) in enumerate(zip(rows, positions, strict=True)):
        lines = [f"crop {row}"]
        if isinstance(crops, Crops):
            lines = [str(crops.case_ids[crops.case[row]]), f"slice {crops.slice[row]}"]
        if y_true is not None:
            lines.append(f"true: {np.asarray(y_true)[row]}")
        lines.append(f"P({estimator.classes_[position]}) = {number_text(probability[place, position])}")
        titles.append(", ".join(lines))
    return titles
