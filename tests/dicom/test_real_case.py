"""A real series and its contours against the published conversion of the Image Biomarker Standardisation Initiative."""

import numpy as np
import pytest
import SimpleITK as sitk
from dicom_files import array

from radiohers import RadiomicsExtractor
from radiohers.dicom import read_rtstruct, read_series
from radiohers.images import read_image

UNFILTERED = {
    "imageType": {"Original": {}},
    "featureClass": {name: [] for name in ("shape", "firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm")},
    "setting": {"binWidth": 25},
}


@pytest.fixture(scope="module")
def converted(sts_dicom):
    series = read_series(sts_dicom / "image")
    (roi,) = read_rtstruct(sts_dicom / "mask" / "RS.dcm", series)
    return series, roi


@pytest.fixture(scope="module")
def expert(sts_ct, sts_dicom):
    return read_image(sts_ct / "STS_019_ct.nii.gz"), read_image(sts_ct / "STS_019_mask.nii.gz")


def cropped(image, like):
    start = np.array(image.TransformPhysicalPointToContinuousIndex(like.GetOrigin()))
    np.testing.assert_allclose(start, np.rint(start), atol=1e-5)
    first = np.rint(start).astype(int).tolist()
    return sitk.RegionOfInterest(image, like.GetSize(), first)


def test_image_is_the_expert_conversion_voxel_by_voxel(converted, expert):
    part = cropped(converted[0].image, expert[0])
    np.testing.assert_array_equal(array(part), array(expert[0]))
    np.testing.assert_allclose(part.GetSpacing(), expert[0].GetSpacing(), rtol=1e-6)
    assert converted[0].notes == ()


def test_mask_is_the_expert_mask_voxel_by_voxel(converted, expert):
    mask = converted[1].mask
    np.testing.assert_array_equal(array(cropped(mask, expert[1])), array(expert[1]))
    assert array(mask).sum() == array(expert[1]).sum() == 5564
    assert converted[1].names == ("GTV_Mass_CT",)


def test_features_are_those_of_the_expert_conversion(converted, expert):
    pairs = [(converted[0].image, converted[1].mask), expert]
    features = RadiomicsExtractor(params=UNFILTERED, n_jobs=1).transform(pairs)
    assert features.shape[1] > 100
    np.testing.assert_allclose(features.iloc[0], features.iloc[1], rtol=1e-6)
