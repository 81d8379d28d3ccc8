"""How much of a map is on the lesion."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.ndimage import distance_transform_edt

from radiohers.exceptions import CropError

__all__ = ["lesion_share"]


def lesion_share(maps: np.ndarray, crops: Any, rim_mm: float = 3.0) -> pd.DataFrame:
    """Compute which share of each map is inside the lesion, on its rim, and outside.

    Parameters
    ----------
    maps : array-like of shape (n, row, column)
        Maps of the crops, from :func:`grad_cam`; none below 0.
    crops : Crops
        The crops, with lesion masks.
    rim_mm : float, default=3.0
        How far the rim reaches from the lesion's border, in mm, to either side. A
        pixel is on it if the centre of a pixel on the other side of the
        border is no farther away.

    Returns
    -------
    DataFrame of shape (n, 3)
        The columns ``inside`` (and not on the rim), ``rim`` and ``outside``, in
        0..1, which add up to 1; NaN where a map is 0 throughout. Its index has the
        levels ``case_id`` and ``slice``.

    Raises
    ------
    CropError
        If the crops have no lesion masks.
    ValueError
        If maps and crops do not fit, maps have values below 0 or NaN, or `rim_mm` is
        not above 0.

    Notes
    -----
    A share says something only beside the share of the area, which is that of a
    constant map: ``lesion_share(np.ones_like(maps), crops)``. Where the lesion
    is cut off by the edge of the crop, that edge is no border.

    Maps are as coarse as the network's last layer, often 4 to 8 mm, and a thinner
    rim is below what they can tell apart.

    Examples
    --------
    >>> import numpy as np, SimpleITK as sitk
    >>> from radiohers.crops import CropExtractor
    >>> from radiohers.explain import lesion_share
    >>> image = sitk.GetImageFromArray(np.random.default_rng(0).normal(60, 20, size=(7, 40, 56)))
    >>> mask = sitk.GetImageFromArray(np.pad(np.ones((1, 16, 16), "uint8"), ((3, 3), (12, 12), (20, 20))))
    >>> crops = CropExtractor(size=32).transform([(image, mask)])
    >>> lesion_share(np.ones((1, 32, 32)), crops).round(2).iloc[0].to_dict()
    {'inside': 0.1, 'rim': 0.36, 'outside': 0.55}
    """
    maps = np.asarray(maps, dtype=np.float64)
    if crops.lesion is None:
        raise CropError(
            "the crops have no lesion masks", advice="Extract them from cases with masks, not rectangles alone."
        )
    if maps.shape != crops.lesion.shape:
        raise ValueError(
            f"maps have the shape {maps.shape} and the crops' lesion masks {crops.lesion.shape}. Give the crops that "
            "the maps were made of."
        )
    if not (maps >= 0).all():
        raise ValueError("maps have NaN or values below 0, of which there is no share. Give maps of grad_cam.")
    if not rim_mm > 0:
        raise ValueError(f"rim_mm={rim_mm!r} must be above 0.")
    shares = [_shares(*one, rim_mm) for one in zip(maps, crops.lesion, crops.spacing_mm, strict=True)]
    index = pd.MultiIndex.from_frame(crops.table[["case_id", "slice"]])
    return pd.DataFrame(np.reshape(shares, (-1, 3)), index=index, columns=["inside", "rim", "outside"])


def _shares(one_map: np.ndarray, lesion: np.ndarray, spacing_mm: np.ndarray, rim_mm: float) -> list[float]:
    total = one_map.sum()
    if total == 0:
        return [np.nan] * 3
    rim = np.zeros_like(lesion)
    # Without both sides there is no border, and distances mean nothing.
    if lesion.any() and not lesion.all():
        to_other_side = np.where(lesion, *(distance_transform_edt(side, spacing_mm) for side in (lesion, ~lesion)))
        rim = to_other_side <= rim_mm
    return [one_map[part].sum() / total for part in (lesion & ~rim, rim, ~lesion & ~rim)]
