"""The stationary wavelet transform, bit by bit against pyradiomics."""

import numpy as np
import pytest
import pywt
from filter_case import assert_same_bits, make_volume, pyradiomics_images, real_volume
from hypothesis import given, settings
from hypothesis import strategies as st

from radiohers.features.native._wavelet import wavelet_sub_bands


def assert_like_pyradiomics(volume, **options):
    assert_same_bits(list(wavelet_sub_bands(volume, options)), pyradiomics_images("Wavelet", volume, **options))


@pytest.mark.parametrize("wavelet", pywt.wavelist(kind="discrete"))
def test_every_wavelet(wavelet):
    assert_like_pyradiomics(make_volume(), wavelet=wavelet)


@pytest.mark.parametrize("shape", [(9, 12, 15), (10, 14, 20), (1, 5, 6), (3, 1, 8), (1, 1, 4)])
def test_odd_even_and_single_sizes(shape):
    box = tuple(slice(0, size) for size in shape)
    assert_like_pyradiomics(make_volume(shape, box=box))


@pytest.mark.parametrize("wavelet", ["haar", "coif1", "db4", "bior3.5", "dmey"])
@pytest.mark.parametrize(("start_level", "level"), [(0, 2), (1, 1), (2, 3)])
def test_levels(wavelet, start_level, level):
    assert_like_pyradiomics(make_volume((11, 30, 25)), wavelet=wavelet, start_level=start_level, level=level)


@pytest.mark.parametrize("dimension", [0, 1, 2])
def test_force2d_leaves_one_axis_alone(dimension):
    assert_like_pyradiomics(make_volume(), force2D=True, force2Ddimension=dimension, level=2)


def test_2d_image():
    assert_like_pyradiomics(make_volume((8, 11)))


def test_lesion_away_from_the_border():
    assert_like_pyradiomics(make_volume((20, 31, 40), box=(slice(9, 11), slice(14, 18), slice(17, 24))), level=2)


@pytest.mark.parametrize("end", [slice(0, 2), slice(-2, None)])
def test_lesion_at_the_border(end):
    shape = (20, 31, 40)
    assert_like_pyradiomics(make_volume(shape, box=tuple(slice(*end.indices(size)[:2]) for size in shape)))


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_box_wavelet_and_level(data):
    shape = data.draw(st.tuples(*[st.integers(1, 24)] * 3))
    starts = [data.draw(st.integers(0, size - 1)) for size in shape]
    box = tuple(
        slice(start, data.draw(st.integers(start + 1, size))) for start, size in zip(starts, shape, strict=True)
    )
    wavelet = data.draw(st.sampled_from(["haar", "coif1", "coif3", "db5", "sym7", "rbio2.8"]))
    levels = {"start_level": data.draw(st.integers(0, 1)), "level": data.draw(st.integers(1, 2))}
    assert_like_pyradiomics(make_volume(shape, box=box), wavelet=wavelet, **levels)


def test_continuous_wavelet_is_refused():
    with pytest.raises(ValueError, match="mexh"):
        list(wavelet_sub_bands(make_volume(), {"wavelet": "mexh"}))


def test_image_is_left_alone():
    volume = make_volume()
    before = volume.image.copy()
    list(wavelet_sub_bands(volume, {}))
    np.testing.assert_array_equal(volume.image, before)


@pytest.mark.parametrize("case", ["STS_002", "STS_008", "STS_012"])
def test_real_cases(sts_ct, case):
    assert_like_pyradiomics(real_volume(sts_ct, case))
