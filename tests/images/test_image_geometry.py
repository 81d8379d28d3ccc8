"""Tests of the comparison of grids."""

import math

import pytest
import SimpleITK as sitk

from radiohers.images._geometry import geometry_mismatch


def grid(size=(9, 8, 7), spacing=(0.7, 0.8, 3.0), origin=(1.0, 2.0, 3.0), direction=(1, 0, 0, 0, 1, 0, 0, 0, 1)):
    image = sitk.Image(size, sitk.sitkUInt8)
    image.SetSpacing(spacing)
    image.SetOrigin(origin)
    image.SetDirection(direction)
    return image


def rotation_about_z(degrees):
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return (cosine, -sine, 0, sine, cosine, 0, 0, 0, 1)


def test_equal_grids_do_not_differ():
    assert geometry_mismatch(grid(), grid(), 0.0) is None


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        (grid(size=(9, 8, 6)), "shape: mask (9, 8, 6), image (9, 8, 7) voxels (x, y, z)"),
        (grid(origin=(1.0, 2.0, 3.98)), "origin by 0.98 mm (tolerance 0.001)"),
        (grid(origin=(1.0, 5.0, 7.0)), "origin by 5 mm (tolerance 0.001)"),
        (grid(origin=(1.0, 2.0, 5003.0)), "origin by 5000 mm (tolerance 0.001)"),
        (grid(spacing=(0.7, 0.8, 3.5)), "spacing by 3.5 mm at the far corner (0.5 mm a voxel) (tolerance 0.001)"),
        (
            grid(origin=(1.0, 2.0, 4.0), spacing=(0.8, 0.8, 3.0)),
            "origin by 1 mm, spacing by 0.9 mm at the far corner (0.1 mm a voxel) (tolerance 0.001)",
        ),
    ],
)
def test_differences_are_named_with_their_size(mask, expected):
    assert geometry_mismatch(grid(), mask, 1e-3) == expected


def test_direction_is_the_displacement_of_the_farthest_corner():
    # Turned by 90 degrees about z, the corner (6.3, 6.4) mm moves by its distance times sqrt(2).
    distance = math.hypot(9 * 0.7, 8 * 0.8) * math.sqrt(2)
    mask = grid(direction=rotation_about_z(90))
    assert (
        geometry_mismatch(grid(), mask, 1e-3) == f"direction by {distance:.3g} mm at the far corner (tolerance 0.001)"
    )


def test_displacement_is_seen_at_a_corner_that_is_not_the_last():
    # A turn about the diagonal (1, 1, 1) of a cube leaves its last corner in place.
    turned = grid(size=(8, 8, 8), spacing=(1, 1, 1), direction=(0, 0, 1, 1, 0, 0, 0, 1, 0))
    assert "direction by" in geometry_mismatch(grid(size=(8, 8, 8), spacing=(1, 1, 1)), turned, 1e-3)


def test_small_spacing_differences_add_up_over_the_volume():
    image, mask = grid(size=(512, 4, 4)), grid(size=(512, 4, 4), spacing=(0.7005, 0.8, 3.0))
    assert geometry_mismatch(image, mask, 1e-3).startswith("spacing by 0.256 mm at the far corner (0.0005 mm a voxel)")


def test_thickness_of_a_single_slice_counts():
    image, mask = grid(size=(9, 8, 1)), grid(size=(9, 8, 1), spacing=(0.7, 0.8, 5.0))
    assert "spacing by 2 mm" in geometry_mismatch(image, mask, 1e-3)


def test_float32_headers_are_within_the_default_tolerance():
    size, spacing = (512, 512, 90), (0.9765625, 0.97656, 3.27)
    image, mask = grid(size=size, spacing=spacing), grid(size=size, spacing=(0.9765625, 0.97656002, 3.27000003))
    assert geometry_mismatch(image, mask, 1e-3) is None


def test_tolerance_is_inclusive_and_in_mm():
    mask = grid(origin=(1.5, 2.0, 3.0))
    assert geometry_mismatch(grid(), mask, 0.5) is None
    assert geometry_mismatch(grid(), mask, 0.4) == "origin by 0.5 mm (tolerance 0.4)"
