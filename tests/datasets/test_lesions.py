"""Shape and latent variables of synthetic lesions."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from radiohers.datasets._lesions import Lesion, draw_appearances


def appearances(signal, n_lesions=1, n_patients=300):
    """Lesions of patients, one half positive."""
    labels = np.arange(n_patients) % 2
    drawn = [
        draw_appearances(np.random.default_rng(i), n_lesions, bool(label), signal) for i, label in enumerate(labels)
    ]
    return drawn, labels


@pytest.mark.parametrize("variable", ["rim_hu", "heterogeneity_hu"])
@pytest.mark.parametrize(("signal", "low", "high"), [(0, 0.45, 0.55), (0.5, 0.75, 0.87), (1, 0.93, 0.985)])
def test_signal_sets_the_overlap_of_the_classes(variable, signal, low, high):
    drawn, labels = appearances(signal)
    assert low < roc_auc_score(labels, [getattr(lesions[0], variable) for lesions in drawn]) < high


@pytest.mark.parametrize("variable", ["density_hu", "core_drop_hu", "rim_width_mm"])
def test_other_variables_never_depend_on_the_label(variable):
    one, other = [draw_appearances(np.random.default_rng(3), 2, label, signal=5) for label in (False, True)]
    assert [getattr(lesion, variable) for lesion in one] == [getattr(lesion, variable) for lesion in other]


def test_lesions_of_a_patient_resemble_each_other():
    drawn, _ = appearances(0, n_lesions=2)
    rims = np.log([[lesion.rim_hu for lesion in lesions] for lesions in drawn])
    assert 0.55 < np.corrcoef(rims.T)[0, 1] < 0.85


@pytest.fixture
def sphere():
    return Lesion(np.array([20.0, 12.0, 10.0]), 8.0, np.eye(3)[:1], (2,), np.zeros(1))


def test_distance_without_harmonics_is_that_of_a_sphere(sphere):
    distance_mm = sphere.distance_mm((slice(0, 10), slice(0, 30), slice(0, 30)), (4.0, 1.0, 0.8))
    assert distance_mm[5, 12, 0] == pytest.approx(2.0)
    assert distance_mm[5, 4, 10] == pytest.approx(np.hypot(8, 2) - 8)
    assert distance_mm[7, 12, 10] == pytest.approx(np.hypot(8, 2) - 8)


def test_harmonic_of_degree_2_stretches_along_its_pole(sphere):
    lesion = Lesion(sphere.centre_mm, 8.0, sphere.poles, (2,), np.array([0.2]))
    distance_mm = lesion.distance_mm((slice(0, 10), slice(0, 30), slice(0, 30)), (4.0, 1.0, 1.0))
    # P2 is 1 at the pole and -1/2 at the equator.
    assert distance_mm[7, 12, 10] == pytest.approx(8 - 8 * 1.2)
    assert distance_mm[5, 20, 10] == pytest.approx(8 - 8 * 0.9)


def test_box_holds_the_lesion_and_stays_on_the_grid(sphere):
    box = sphere.box((9, 19, 40), np.array([4.0, 1.0, 0.8]), margin_mm=1.0)
    assert box == (slice(2, 9), slice(3, 19), slice(1, 25))
