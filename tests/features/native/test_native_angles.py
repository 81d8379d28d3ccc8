"""The directions are pyradiomics', in its order."""

import numpy as np
import pytest

from radiohers.exceptions import ExtractionError
from radiohers.features.native._angles import directions, flat_offsets


@pytest.mark.parametrize("both_ways", [False, True])
@pytest.mark.parametrize("flat_axis", [None, 0, 1, 2])
@pytest.mark.parametrize("distances", [[1], [2], [3, 1], [1, 1], [2, 4]])
@pytest.mark.parametrize("size", [(3, 4, 5), (1, 4, 5), (5, 2, 6)])
def test_directions_are_pyradiomics(size, distances, flat_axis, both_ways):
    from radiomics import cMatrices

    flat = (flat_axis is not None, flat_axis or 0)
    expected = cMatrices.generate_angles(np.array(size), np.array(distances), both_ways, *flat)
    np.testing.assert_array_equal(directions(size, distances, flat_axis, both_ways), expected)


@pytest.mark.parametrize("arguments", [((1, 1, 1),), ((1, 1, 5), [1], 2), ((3, 4, 5), [0]), ((3, 4, 5), [9])])
def test_no_neighbours_is_an_error(arguments):
    with pytest.raises(ExtractionError, match="no neighbours at the distances"):
        directions(*arguments)


def test_offsets_lead_to_the_neighbour():
    volume = np.arange(7 * 8 * 9).reshape(7, 8, 9)
    for step, offset in zip(steps := directions((3, 3, 3)), flat_offsets(steps, volume.shape), strict=True):
        assert volume[tuple(np.array([3, 3, 3]) + step)] == volume[3, 3, 3] + offset
