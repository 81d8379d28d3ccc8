import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA

from radiohers.estimators import ElbowPCA
from radiohers.estimators._elbow_pca import find_elbow


@pytest.fixture
def X():
    """Ten columns, three of them much wider than the others."""
    return np.random.default_rng(0).normal(size=(60, 10)) * [9, 6, 4, 1, 1, 1, 1, 1, 1, 1] + 5


def farthest_from_chord(curve):
    """The definition, by perpendicular distances from the line through the end points."""
    points = np.column_stack([np.arange(1, curve.size + 1), curve])
    along = points[-1] - points[0]
    offset = points - points[0]
    distance = np.abs(along[0] * offset[:, 1] - along[1] * offset[:, 0]) / np.hypot(*along)
    return distance.argmax() + 1


@pytest.mark.parametrize(
    ("curve", "elbow"),
    [
        ([0.6, 0.9, 0.95, 1.0], 2),
        ([0.5, 0.7, 0.9, 0.95, 1.0], 3),
        ([0.9, 0.99, 1.0, 1.0, 1.0, 1.0], 2),
        ([1.0], 1),
        ([0.7, 1.0], 2),
        ([0.2, 0.4, 0.6, 0.8, 1.0], 5),
        ([1.0, 1.0], 1),
        ([0.5, 1.0, 1.0], 2),
    ],
)
def test_elbow_of_known_curves(curve, elbow):
    assert find_elbow(np.array(curve)) == elbow


def test_elbow_is_farthest_from_chord():
    for seed in range(30):
        ratios = np.sort(np.random.default_rng(seed).exponential(size=20) ** 2)[::-1]
        curve = np.cumsum(ratios / ratios.sum())
        assert find_elbow(curve) == farthest_from_chord(curve)


def test_elbow_keeps_the_wide_directions(X):
    assert ElbowPCA().fit(X).n_components_ == 3


@pytest.mark.parametrize("n_components", [1, 4, 10, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("whiten", [False, True])
def test_equals_sklearn_where_it_does_the_same(X, n_components, whiten):
    ours = ElbowPCA(n_components, whiten=whiten).fit(X)
    theirs = PCA(n_components, whiten=whiten, svd_solver="full").fit(X)
    for name in ("n_components_", "components_", "explained_variance_", "explained_variance_ratio_", "mean_"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))
    np.testing.assert_allclose(ours.transform(X), theirs.transform(X), rtol=1e-10, atol=1e-10)


def test_curve_covers_all_possible_components(X):
    curve = ElbowPCA(2).fit(X[:7]).cumulative_explained_variance_
    assert curve.shape == (7,)
    assert (np.diff(curve) >= 0).all()
    assert curve[-1] == pytest.approx(1)


def test_area_is_in_percent_times_components(X):
    pca = ElbowPCA(3).fit(X)
    c1, c2, c3 = 100 * pca.cumulative_explained_variance_[:3]
    assert pca.explained_variance_area_ == pytest.approx((c1 + c2) / 2 + (c2 + c3) / 2)
    assert ElbowPCA(1).fit(X).explained_variance_area_ == 0


@pytest.mark.parametrize("whiten", [False, True])
def test_inverse_transform_restores_everything_kept(X, whiten):
    pca = ElbowPCA(10, whiten=whiten).fit(X)
    np.testing.assert_allclose(pca.inverse_transform(pca.transform(X)), X, rtol=1e-10)


def test_whitened_scores_have_unit_variance(X):
    scores = ElbowPCA(whiten=True).fit_transform(X)
    np.testing.assert_allclose(np.cov(scores.T), np.eye(3), atol=1e-10)


def test_same_table_same_bits(X):
    np.testing.assert_array_equal(ElbowPCA().fit_transform(X), ElbowPCA().fit_transform(X.copy()))


def test_one_feature():
    assert ElbowPCA().fit_transform([[1.0], [2.0], [4.0]]).shape == (3, 1)


def test_two_samples_span_one_direction():
    pca = ElbowPCA().fit([[1.0, 2.0, 3.0], [2.0, 5.0, 3.0]])
    assert pca.n_components_ == 1
    assert pca.explained_variance_ == pytest.approx([5])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("whiten", [False, True])
def test_constant_table_gives_one_component_of_zeros(whiten):
    scores = ElbowPCA(whiten=whiten).fit_transform(np.full((5, 3), 7.0))
    np.testing.assert_array_equal(scores, np.zeros((5, 1)))


def test_more_components_than_possible(X):
    with pytest.raises(
        ValueError, match=r"n_components=8 must be between 1 and min\(n_samples, n_features\)=7\. Lower"
    ):
        ElbowPCA(8).fit(X[:7])


@pytest.mark.parametrize("n_components", ["knee", 0, 1.0, -1, None])
def test_n_components_out_of_range(X, n_components):
    with pytest.raises(ValueError, match="The 'n_components' parameter of ElbowPCA must be"):
        ElbowPCA(n_components).fit(X)


def test_feature_names_out(X):
    frame = ElbowPCA().set_output(transform="pandas").fit_transform(pd.DataFrame(X, index=range(100, 160)))
    assert list(frame.columns) == ["elbowpca0", "elbowpca1", "elbowpca2"]
    assert frame.index[0] == 100
