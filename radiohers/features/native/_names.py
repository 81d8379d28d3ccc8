"""The names of pyradiomics' features, which follow from the parameters alone. Loads no kernel."""

from importlib.util import find_spec
from itertools import product
from typing import Any

import scipy

from radiohers.features._extraction_params import ExtractionParams

__all__ = [
    "DEPRECATED_FEATURES",
    "FEATURES",
    "FEATURES_WITHOUT_VALUE",
    "IMAGE_TYPES",
    "feature_names",
    "log_name",
    "native_features",
    "wavelet_prefix",
]

# What is computed when a class is asked for without names, both in pyradiomics' order: that of its modules, and of its
# methods, such as getMeanFeatureValue. The kernels of GLCM write their features in this order.
FEATURES = {
    "firstorder": (
        "10Percentile",
        "90Percentile",
        "Energy",
        "Entropy",
        "InterquartileRange",
        "Kurtosis",
        "Maximum",
        "MeanAbsoluteDeviation",
        "Mean",
        "Median",
        "Minimum",
        "Range",
        "RobustMeanAbsoluteDeviation",
        "RootMeanSquared",
        "Skewness",
        "TotalEnergy",
        "Uniformity",
        "Variance",
    ),
    "glcm": (
        "Autocorrelation",
        "ClusterProminence",
        "ClusterShade",
        "ClusterTendency",
        "Contrast",
        "Correlation",
        "DifferenceAverage",
        "DifferenceEntropy",
        "DifferenceVariance",
        "Id",
        "Idm",
        "Idmn",
        "Idn",
        "Imc1",
        "Imc2",
        "InverseVariance",
        "JointAverage",
        "JointEnergy",
        "JointEntropy",
        "MCC",
        "MaximumProbability",
        "SumAverage",
        "SumEntropy",
        "SumSquares",
    ),
    "gldm": (
        "DependenceEntropy",
        "DependenceNonUniformity",
        "DependenceNonUniformityNormalized",
        "DependenceVariance",
        "GrayLevelNonUniformity",
        "GrayLevelVariance",
        "HighGrayLevelEmphasis",
        "LargeDependenceEmphasis",
        "LargeDependenceHighGrayLevelEmphasis",
        "LargeDependenceLowGrayLevelEmphasis",
        "LowGrayLevelEmphasis",
        "SmallDependenceEmphasis",
        "SmallDependenceHighGrayLevelEmphasis",
        "SmallDependenceLowGrayLevelEmphasis",
    ),
    "glrlm": (
        "GrayLevelNonUniformity",
        "GrayLevelNonUniformityNormalized",
        "GrayLevelVariance",
        "HighGrayLevelRunEmphasis",
        "LongRunEmphasis",
        "LongRunHighGrayLevelEmphasis",
        "LongRunLowGrayLevelEmphasis",
        "LowGrayLevelRunEmphasis",
        "RunEntropy",
        "RunLengthNonUniformity",
        "RunLengthNonUniformityNormalized",
        "RunPercentage",
        "RunVariance",
        "ShortRunEmphasis",
        "ShortRunHighGrayLevelEmphasis",
        "ShortRunLowGrayLevelEmphasis",
    ),
    "glszm": (
        "GrayLevelNonUniformity",
        "GrayLevelNonUniformityNormalized",
        "GrayLevelVariance",
        "HighGrayLevelZoneEmphasis",
        "LargeAreaEmphasis",
        "LargeAreaHighGrayLevelEmphasis",
        "LargeAreaLowGrayLevelEmphasis",
        "LowGrayLevelZoneEmphasis",
        "SizeZoneNonUniformity",
        "SizeZoneNonUniformityNormalized",
        "SmallAreaEmphasis",
        "SmallAreaHighGrayLevelEmphasis",
        "SmallAreaLowGrayLevelEmphasis",
        "ZoneEntropy",
        "ZonePercentage",
        "ZoneVariance",
    ),
    "ngtdm": (
        "Busyness",
        "Coarseness",
        "Complexity",
        "Contrast",
        "Strength",
    ),
    "shape": (
        "Elongation",
        "Flatness",
        "LeastAxisLength",
        "MajorAxisLength",
        "Maximum2DDiameterColumn",
        "Maximum2DDiameterRow",
        "Maximum2DDiameterSlice",
        "Maximum3DDiameter",
        "MeshVolume",
        "MinorAxisLength",
        "Sphericity",
        "SurfaceArea",
        "SurfaceVolumeRatio",
        "VoxelVolume",
    ),
    "shape2D": (
        "Elongation",
        "MajorAxisLength",
        "MaximumDiameter",
        "MeshSurface",
        "MinorAxisLength",
        "Perimeter",
        "PerimeterSurfaceRatio",
        "PixelSurface",
        "Sphericity",
    ),
}
# Computed only where they are asked for by name.
DEPRECATED_FEATURES = {
    "firstorder": ("StandardDeviation",),
    "shape": ("Compactness1", "Compactness2", "SphericalDisproportion"),
    "shape2D": ("SphericalDisproportion",),
}
# Known to pyradiomics, which warns where one is asked for and gives no value.
FEATURES_WITHOUT_VALUE = {
    "glcm": ("Dissimilarity", "Homogeneity1", "Homogeneity2", "SumVariance"),
    "gldm": ("DependencePercentage", "GrayLevelNonUniformityNormalized"),
}


def native_features() -> dict[str, tuple[str, ...]]:
    """Return the features that are computed when a class is asked for without names.

    Returns
    -------
    dict of str to tuple of str
        Class to names, both in pyradiomics' order.

    Examples
    --------
    >>> from radiohers.features.native import native_features
    >>> {of_class: len(names) for of_class, names in native_features().items()}
    {'firstorder': 18, 'glcm': 24, 'gldm': 14, 'glrlm': 16, 'glszm': 16, 'ngtdm': 5, 'shape': 14, 'shape2D': 9}
    """
    return dict(FEATURES)


def feature_names(params: ExtractionParams) -> list[str]:
    """Return the names of the features that parameters ask for.

    Parameters
    ----------
    params : ExtractionParams
        What to compute; `excluded_features` are not looked at.

    Returns
    -------
    list of str
        In pyradiomics' order, each once.

    Examples
    --------
    >>> from radiohers.features import ExtractionParams
    >>> from radiohers.features.native import feature_names
    >>> classes = {"shape": ["MeshVolume"], "glcm": ["Id"]}
    >>> feature_names(ExtractionParams(image_types={"LoG": {"sigma": [3.0]}}, feature_classes=classes))
    ['original_shape_MeshVolume', 'log-sigma-3-0-mm-3D_glcm_Id']
    """
    settings = {**params.settings, **params.voxel_settings}
    asked = params.feature_classes or dict.fromkeys(FEATURES)
    by_class = {
        of_class: [
            f"{of_class}_{name}"
            for name in names or FEATURES[of_class]
            if name not in FEATURES_WITHOUT_VALUE.get(of_class, ())
        ]
        for of_class, names in asked.items()
    }
    # Along the middle axis pyradiomics wants of a lesion to be of one voxel and of more, so that there never is one.
    has_2d = settings.get("force2D") and settings.get("force2Ddimension") != 1
    shapes = ["shape", "shape2D"] if has_2d else ["shape"]
    found = [f"original_{name}" for shape in shapes for name in by_class.get(shape, [])]
    textures = [name for of_class, names in by_class.items() if not of_class.startswith("shape") for name in names]
    for image_type, own in (params.image_types or {"Original": {}}).items():
        prefixes = _image_names(image_type, {**settings, **own})
        found += [f"{prefix}_{name}" for prefix in prefixes for name in textures]
    return list(dict.fromkeys(found))


def _image_names(image_type: str, settings: dict[str, Any]) -> list[str]:
    # A setting that must not be empty fails in every case, not here.
    if image_type == "LoG":
        return [log_name(sigma_mm) for sigma_mm in settings.get("sigma") or []]
    if image_type == "Wavelet":
        return _wavelet_names(settings.get("level") or 1, n_axes=2 if settings.get("force2D") else 3)
    if image_type == "LBP3D":
        return _lbp_3d_names(settings.get("lbp3DLevels") or 2)
    return [_NAMES[image_type]]


def log_name(sigma_mm: float) -> str:
    """Return the name of a Laplacian of a Gaussian."""
    return f"log-sigma-{str(sigma_mm).replace('.', '-')}-mm-3D"


def wavelet_prefix(level: int) -> str:
    """Return what the names of the sub-bands of a level, counted from 1, start with."""
    return "wavelet" if level == 1 else f"wavelet{level}"


def _wavelet_names(n_levels: int, n_axes: int) -> list[str]:
    approximation, *details = map("".join, product("LH", repeat=n_axes))
    names = [f"{wavelet_prefix(level)}-{band}" for level in range(1, n_levels + 1) for band in details]
    return [*names, f"{wavelet_prefix(n_levels)}-{approximation}"]


def _lbp_3d_names(n_levels: int) -> list[str]:
    # pyradiomics says so in its log, and gives no image, where the libraries are missing with which it was written.
    old_scipy = find_spec("scipy.ndimage.interpolation") and hasattr(scipy.special, "sph_harm")
    if not (old_scipy and find_spec("trimesh")):
        return []
    return [*(f"lbp-3D-m{level}" for level in range(1, n_levels + 1)), "lbp-3D-k"]


_NAMES = {
    "Exponential": "exponential",
    "Gradient": "gradient",
    "LBP2D": "lbp-2D",
    "Logarithm": "logarithm",
    "Original": "original",
    "Square": "square",
    "SquareRoot": "squareroot",
}
IMAGE_TYPES = tuple(sorted([*_NAMES, "LBP3D", "LoG", "Wavelet"]))
