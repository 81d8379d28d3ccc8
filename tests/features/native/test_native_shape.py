"""Shape features against pyradiomics' own classes, and against geometry."""

import itertools

import numpy as np
import pytest
import SimpleITK as sitk

from radiohers.features._compare import relative_differences
from radiohers.features.native import native_features, shape_2d_features, shape_features
from radiohers.features.native._diameters import diameters_mm
from radiohers.features.native._mesh import measure_mesh

SPACING = (2.5, 0.9, 0.8)
ALL = [*native_features()["shape"], "Compactness1", "Compactness2", "SphericalDisproportion"]
ALL_2D = [*native_features()["shape2D"], "SphericalDisproportion"]


def by_pyradiomics(mask, spacing, names):
    from radiomics.shape import RadiomicsShape
    from radiomics.shape2D import RadiomicsShape2D

    volume = sitk.GetImageFromArray(mask.astype(np.uint8))
    volume.SetSpacing(spacing[::-1])
    features = (RadiomicsShape if mask.ndim == 3 else RadiomicsShape2D)(volume, volume, label=1)
    for name in names:
        features.enableFeatureByName(name)
    # Complex under NumPy 2.5, without an imaginary part.
    return {name: float(np.real(value)) for name, value in features.execute().items()}


def assert_equal(ours, theirs):
    assert list(ours) == list(theirs)
    differences = relative_differences(np.array(list(ours.values())), np.array(list(theirs.values())))
    assert differences.max() < 1e-11, dict(zip(ours, differences, strict=True))


@pytest.mark.parametrize("share", [0.15, 0.5, 0.85, 1])
@pytest.mark.parametrize("shape", [(7, 8, 9), (1, 8, 9), (7, 1, 9), (7, 8, 1), (2, 3, 2), (1, 1, 6)])
def test_shape_of_noise(shape, share):
    mask = np.random.default_rng(4).random(shape) <= share
    mask.flat[[0, -1]] = True
    assert_equal(shape_features(mask, SPACING, ALL), by_pyradiomics(mask, SPACING, ALL))


def test_every_cube_of_eight_voxels():
    for corners in itertools.product([False, True], repeat=8):
        if sum(corners) > 1:
            mask = np.reshape(corners, (2, 2, 2))
            assert_equal(
                shape_features(mask, SPACING, ["MeshVolume", "SurfaceArea"]),
                by_pyradiomics(mask, SPACING, ["MeshVolume", "SurfaceArea"]),
            )


@pytest.mark.parametrize("share", [0.2, 0.5, 0.85, 1])
@pytest.mark.parametrize("shape", [(8, 9), (1, 9), (8, 1), (2, 2)])
def test_shape_2d_of_noise(shape, share):
    mask = np.random.default_rng(5).random(shape) <= share
    mask.flat[[0, -1]] = True
    assert_equal(shape_2d_features(mask, SPACING[1:], ALL_2D), by_pyradiomics(mask, SPACING[1:], ALL_2D))


def test_sphere():
    z, y, x = np.ogrid[-20:21, -20:21, -20:21]
    values = shape_features(z**2 + y**2 + x**2 <= 20**2, (1.0, 1.0, 1.0))
    assert values["Maximum3DDiameter"] == pytest.approx(41, abs=0.5)
    assert values["MeshVolume"] == pytest.approx(4 / 3 * np.pi * 20**3, rel=0.02)
    assert values["Elongation"] == pytest.approx(1) == values["Flatness"]


def brute_force_diameters(mask, spacing):
    """Compare all pairs of points, which are the middles between neighbours of which one is inside."""
    padded, points = np.pad(mask, 1), []
    for axis in range(3):
        places = np.argwhere(np.diff(padded.astype(int), axis=axis)).astype(float)
        places[:, axis] += 0.5
        points.append(places)
    points = np.concatenate(points)
    distances = np.linalg.norm((points[:, None] - points[None]) * spacing, axis=2)
    return [*(distances[points[:, None, a] == points[None, :, a]].max() for a in range(3)), distances.max()]


@pytest.mark.parametrize("seed", range(5))
def test_diameters_are_the_largest_distances(seed):
    rng = np.random.default_rng(seed)
    mask = rng.random(rng.integers(2, 9, size=3)) < rng.choice([0.05, 0.5, 1])
    mask.flat[rng.integers(mask.size)] = True
    mesh = measure_mesh(mask, SPACING)
    found = diameters_mm(mesh.lines_x, mesh.lines_y, SPACING)
    assert found == pytest.approx(brute_force_diameters(mask, SPACING), rel=1e-12)


def test_shape_does_not_depend_on_where_a_slice_is_flat_but_for_its_rounding():
    values = shape_features(np.ones((1, 6, 9), bool), SPACING)
    assert values["LeastAxisLength"] == values["Flatness"] == 0
