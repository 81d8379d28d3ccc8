import matplotlib.pyplot as plt
import numpy as np
import pytest

from radiohers.crops import Crops
from radiohers.estimators import CropCNNClassifier
from radiohers.explain import GradCamDisplay, grad_cam

Y = np.array(["neg", "pos"])[np.arange(8) % 2]


@pytest.fixture(scope="module")
def crops():
    lesion = np.zeros((8, 32, 36), bool)
    lesion[:, 10:20, 12:22] = True
    images = np.random.default_rng(0).integers(0, 256, size=lesion.shape, dtype=np.uint8)
    case_ids = [f"case{number}" for number in range(4)]
    return Crops(images, np.arange(8) // 2, case_ids, np.arange(8), np.zeros((8, 4)), np.ones((8, 2)), lesion)


@pytest.fixture(scope="module")
def cnn(crops):
    cnn = CropCNNClassifier(
        "small", max_epochs=1, augmentation=None, validation_fraction=0, device="cpu", random_state=0
    )
    return cnn.fit(crops.images, Y)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_titles(cnn, crops):
    display = GradCamDisplay.from_estimator(cnn, crops, target_class="pos", y_true=Y)
    probability = cnn.predict_proba(crops.images)[:, 1]
    assert display.titles[3] == f"case1, slice 3, true: pos, P(pos) = {probability[3]:.2f}"
    assert display.note == "Grad-CAM of the class in the titles, each map scaled by its maximum"


def test_predicted_class_is_shown_with_its_probability(cnn, crops):
    display = GradCamDisplay.from_estimator(cnn, crops.images)
    probability = cnn.predict_proba(crops.images).max(axis=1)
    assert display.titles[7] == f"crop 7, P({cnn.predict(crops.images)[7]}) = {probability[7]:.2f}"


def test_each_crop_is_drawn_with_its_map(cnn, crops):
    display = GradCamDisplay.from_estimator(cnn, crops, target_class=Y).plot(n_columns=3, opacity=0.5)
    assert len(display.axes_) == 8
    maps = grad_cam(cnn, crops, Y)
    for ax, image, one_map in zip(display.axes_, crops.images, maps, strict=True):
        grey, colours = ax.images
        np.testing.assert_array_equal(grey.get_array(), image)
        np.testing.assert_array_equal(colours.get_array(), one_map)
        assert colours.get_clim() == (0, 1)
        assert colours.get_alpha() == 0.5


def test_colours_go_from_blue_over_yellow_to_red(cnn, crops):
    colours = GradCamDisplay.from_estimator(cnn, crops).plot().axes_[0].images[1].cmap([0.0, 0.5, 1.0])[:, :3]
    assert colours.argmax(axis=1).tolist()[::2] == [2, 0]
    assert colours[1, :2].min() > 0.8 > 0.4 > colours[1, 2]


def test_some_of_many_crops(cnn, crops):
    display = GradCamDisplay.from_estimator(cnn, crops, target_class=Y, y_true=Y, n=3).plot()
    assert [title.split(", ")[:3] for title in display.titles] == [
        ["case0", "slice 0", "true: neg"],
        ["case2", "slice 4", "true: neg"],
        ["case3", "slice 7", "true: pos"],
    ]
    assert display.figure_.get_suptitle().endswith("; 3 of 8 crops shown")
    np.testing.assert_allclose(display.maps, grad_cam(cnn, crops, Y)[[0, 4, 7]], atol=1e-5)


def test_outlines_where_masks_are_known(cnn, crops):
    with_masks, without = (GradCamDisplay.from_estimator(cnn, given).plot() for given in (crops, crops.images))
    assert [len(display.axes_[0].collections) for display in (with_masks, without)] == [1, 0]


def test_middle_channel_is_shown(crops):
    images = np.stack([crops.images, crops.images[::-1], crops.images], axis=1)
    cnn = CropCNNClassifier("small", max_epochs=1, augmentation=None, validation_fraction=0, device="cpu")
    display = GradCamDisplay.from_estimator(cnn.fit(images, Y), images)
    np.testing.assert_array_equal(display.images, crops.images[::-1])


def test_wrong_number_of_labels(cnn, crops):
    with pytest.raises(ValueError, match="y_true has 3 labels for 8 crops"):
        GradCamDisplay.from_estimator(cnn, crops, y_true=Y[:3])


def test_wrong_number_of_targets(cnn, crops):
    with pytest.raises(ValueError, match=r"target_class has the shape \(3,\)"):
        GradCamDisplay.from_estimator(cnn, crops, target_class=Y[:3])


def test_flat_rows_cannot_be_shown(cnn, crops):
    with pytest.raises(ValueError, match=r"crops have the shape \(8, 1152\), and to be shown they must have"):
        GradCamDisplay.from_estimator(cnn, crops.images.reshape(8, -1))


def test_no_crops(cnn, crops):
    with pytest.raises(ValueError, match="There are no crops to explain"):
        GradCamDisplay.from_estimator(cnn, crops[:0])
