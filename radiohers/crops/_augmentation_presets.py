"""Augmentations of published studies, by name."""

from typing import Any

__all__ = ["PRESETS"]

# liver_ct: Liu et al., QIMS 2023;13:2837, name these seven operations. Probabilities and strengths are ours: even odds;
# angles as in Augmentor's examples (10 degrees); a fifth of the side and of the area, since a skew by a whole side
# (Augmentor's default) or a larger rectangle can take the lesion out of the crop.
PRESETS: dict[str, dict[str, Any]] = {
    "liver_ct": {
        "rotate_90_left": 0.5,
        "rotate_90_right": 0.5,
        "rotate": 0.5,
        "max_rotation_degrees": 10.0,
        "skew_tilt": 0.5,
        "max_tilt": 0.2,
        "skew_corner": 0.5,
        "max_corner_shift": 0.2,
        "shear": 0.5,
        "max_shear_degrees": 10.0,
        "erase": 0.5,
        "erase_area": (0.02, 0.2),
        "erase_value": "noise",
        "padding": "enlarge",
    }
}
