"""Features of the IBSI digital phantom against the published reference values.

The phantom (5 x 4 x 4 voxels of 2 mm, 74 of them in the lesion) was made to be computed by hand. Its reference
values are those on which at least 6 independent teams agreed, published to three digits: Zwanenburg A et al. The
Image Biomarker Standardization Initiative. Radiology 2020;295:328-338, doi:10.1148/radiol.2020191145; reference manual
arXiv:1612.07003. Phantom and values are under CC BY 4.0.
"""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk

from radiohers.features import RadiomicsExtractor

# (slice, row, column), as in the published file. The voxels outside the lesion hold 1 or 9, so that counting them in
# would show.
VOXELS = [
    [[1, 4, 4, 1, 1], [1, 4, 6, 1, 1], [4, 1, 6, 4, 1], [4, 4, 6, 4, 1]],
    [[1, 4, 4, 1, 1], [1, 1, 6, 1, 1], [1, 1, 3, 1, 1], [4, 4, 6, 1, 1]],
    [[1, 4, 4, 1, 1], [1, 1, 1, 1, 1], [1, 1, 9, 1, 1], [1, 1, 6, 1, 1]],
    [[1, 4, 4, 1, 1], [1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [1, 1, 6, 1, 1]],
]
OUTSIDE = [(1, 2, 0), (2, 2, 2), (2, 0, 3), (2, 0, 4), (3, 0, 3), (3, 0, 4)]
N_VOXELS = 74

# Published values, typed with their published digits. The aggregation is IBSI's, with its permanent identifier.
REFERENCE = {
    # Morphology, in 3D (DHQ4), from the mesh.
    "shape": {
        "MeshVolume": "556",
        "VoxelVolume": "592",
        "SurfaceArea": "388",
        "SurfaceVolumeRatio": "0.698",
        "Sphericity": "0.843",
        "Maximum3DDiameter": "13.1",
        "Elongation": "0.816",
        "Flatness": "0.749",
    },
    # Intensity-based statistics, in 3D (DHQ4); Entropy and Uniformity are those of the intensity histogram.
    "firstorder": {
        "Mean": "2.15",
        "Variance": "3.05",
        "Skewness": "1.08",
        "Median": "1",
        "Minimum": "1",
        "10Percentile": "1",
        "90Percentile": "4",
        "Maximum": "6",
        "InterquartileRange": "3",
        "Range": "5",
        "MeanAbsoluteDeviation": "1.55",
        "RobustMeanAbsoluteDeviation": "1.11",
        "Energy": "567",
        "RootMeanSquared": "2.77",
        "Entropy": "1.27",
        "Uniformity": "0.512",
    },
    # In 3D, averaged over the 13 directions (ITBB).
    "glcm": {
        "MaximumProbability": "0.503",
        "JointAverage": "2.14",
        "SumSquares": "3.10",
        "JointEntropy": "2.40",
        "DifferenceAverage": "1.43",
        "DifferenceVariance": "3.06",
        "DifferenceEntropy": "1.56",
        "SumAverage": "4.29",
        "SumEntropy": "1.92",
        "JointEnergy": "0.303",
        "Contrast": "5.32",
        "Id": "0.677",
        "Idn": "0.851",
        "Idm": "0.618",
        "Idmn": "0.898",
        "InverseVariance": "0.0604",
        "Correlation": "0.157",
        "Autocorrelation": "5.06",
        "ClusterTendency": "7.07",
        "ClusterShade": "16.6",
        "ClusterProminence": "145",
        "Imc1": "-0.157",
        "Imc2": "0.520",
    },
    # In 3D, averaged over the 13 directions (ITBB).
    "glrlm": {
        "ShortRunEmphasis": "0.705",
        "LongRunEmphasis": "3.06",
        "LowGrayLevelRunEmphasis": "0.603",
        "HighGrayLevelRunEmphasis": "9.70",
        "ShortRunLowGrayLevelEmphasis": "0.352",
        "ShortRunHighGrayLevelEmphasis": "8.54",
        "LongRunLowGrayLevelEmphasis": "2.39",
        "LongRunHighGrayLevelEmphasis": "17.6",
        "GrayLevelNonUniformity": "21.8",
        "GrayLevelNonUniformityNormalized": "0.430",
        "RunLengthNonUniformity": "26.9",
        "RunLengthNonUniformityNormalized": "0.513",
        "RunPercentage": "0.680",
        "GrayLevelVariance": "3.46",
        "RunVariance": "0.574",
        "RunEntropy": "2.43",
    },
    # In 3D, one matrix (KOBO).
    "glszm": {
        "SmallAreaEmphasis": "0.255",
        "LargeAreaEmphasis": "550",
        "LowGrayLevelZoneEmphasis": "0.253",
        "HighGrayLevelZoneEmphasis": "15.6",
        "SmallAreaLowGrayLevelEmphasis": "0.0256",
        "SmallAreaHighGrayLevelEmphasis": "2.76",
        "LargeAreaLowGrayLevelEmphasis": "503",
        "LargeAreaHighGrayLevelEmphasis": "1.49e3",
        "GrayLevelNonUniformity": "1.40",
        "GrayLevelNonUniformityNormalized": "0.280",
        "SizeZoneNonUniformity": "1.00",
        "SizeZoneNonUniformityNormalized": "0.200",
        "ZonePercentage": "0.0676",
        "GrayLevelVariance": "2.64",
        "ZoneVariance": "331",
        "ZoneEntropy": "2.32",
    },
    # In 3D, one matrix (KOBO).
    "ngtdm": {
        "Coarseness": "0.0296",
        "Contrast": "0.584",
        "Busyness": "6.54",
        "Complexity": "13.5",
        "Strength": "0.763",
    },
    # In 3D, one matrix (KOBO). IBSI's name is neighbouring grey level dependence (NGLDM), with coarseness 0.
    "gldm": {
        "SmallDependenceEmphasis": "0.0450",
        "LargeDependenceEmphasis": "109",
        "LowGrayLevelEmphasis": "0.693",
        "HighGrayLevelEmphasis": "7.66",
        "SmallDependenceLowGrayLevelEmphasis": "0.00963",
        "SmallDependenceHighGrayLevelEmphasis": "0.736",
        "LargeDependenceLowGrayLevelEmphasis": "102",
        "LargeDependenceHighGrayLevelEmphasis": "235",
        "GrayLevelNonUniformity": "37.9",
        "DependenceNonUniformity": "4.86",
        "DependenceNonUniformityNormalized": "0.0657",
        "GrayLevelVariance": "3.05",
        "DependenceVariance": "22.1",
        "DependenceEntropy": "4.40",
    },
}
PUBLISHED = {f"original_{group}_{name}": value for group, values in REFERENCE.items() for name, value in values.items()}

# pyradiomics defines these otherwise; the difference is known and exact, so that they can be compared all the same.
OTHERWISE_DEFINED = {
    # Kurtosis, not excess kurtosis.
    "original_firstorder_Kurtosis": ("-0.355", lambda value: value - 3),
    # Covariance of the voxel centres divided by n; IBSI divides by n - 1.
    "original_shape_MajorAxisLength": ("11.4", lambda value: value * np.sqrt(N_VOXELS / (N_VOXELS - 1))),
    "original_shape_MinorAxisLength": ("9.31", lambda value: value * np.sqrt(N_VOXELS / (N_VOXELS - 1))),
    "original_shape_LeastAxisLength": ("8.54", lambda value: value * np.sqrt(N_VOXELS / (N_VOXELS - 1))),
}

# Not defined by IBSI, or not standardised: no reference.
WITHOUT_REFERENCE = {
    "original_firstorder_TotalEnergy",
    "original_glcm_MCC",
    "original_shape_Maximum2DDiameterColumn",
    "original_shape_Maximum2DDiameterRow",
    "original_shape_Maximum2DDiameterSlice",
}


def phantom() -> tuple[sitk.Image, sitk.Image]:
    voxels = np.array(VOXELS, dtype=np.float64)
    inside = np.ones(voxels.shape, dtype=np.uint8)
    inside[tuple(np.transpose(OUTSIDE))] = 0
    image, mask = sitk.GetImageFromArray(voxels), sitk.GetImageFromArray(inside)
    for volume in (image, mask):
        volume.SetSpacing((2.0, 2.0, 2.0))
    return image, mask


def extract(image: sitk.Image, mask: sitk.Image, params: dict) -> pd.Series:
    return RadiomicsExtractor(params=params).transform([(image, mask)]).iloc[0]


@pytest.fixture(scope="module")
def features() -> pd.Series:
    # Bins of width 1 leave the grey levels as they are.
    classes = dict.fromkeys(REFERENCE)
    return extract(*phantom(), {"setting": {"binWidth": 1, "gldm_a": 0}, "featureClass": classes})


def half_of_the_last_digit(published: str) -> float:
    # A little more than half, since a value may lie on the very edge: 1.5 is published as 2.
    return 0.5 * 10.0 ** Decimal(published).as_tuple().exponent * (1 + 1e-9)


def test_phantom_has_its_74_voxels(features):
    assert features["original_shape_VoxelVolume"] == N_VOXELS * 2.0**3


@pytest.mark.parametrize("name", PUBLISHED)
def test_feature_agrees_with_ibsi_to_the_last_published_digit(name, features):
    assert features[name] == pytest.approx(float(PUBLISHED[name]), abs=half_of_the_last_digit(PUBLISHED[name]), rel=0)


@pytest.mark.parametrize("name", OTHERWISE_DEFINED)
def test_feature_defined_otherwise_agrees_once_converted(name, features):
    published, converted = OTHERWISE_DEFINED[name]
    tolerance = half_of_the_last_digit(published)
    assert abs(features[name] - float(published)) > tolerance
    assert converted(features[name]) == pytest.approx(float(published), abs=tolerance, rel=0)


def test_every_feature_of_pyradiomics_is_accounted_for(features):
    assert set(features.index) == {*PUBLISHED, *OTHERWISE_DEFINED, *WITHOUT_REFERENCE}
    assert len(PUBLISHED) == 98
