from types import SimpleNamespace

import numpy as np
import pytest
import torch
from captum.attr import LayerGradCam
from sklearn.base import BaseEstimator
from torch import nn
from torchvision.ops.misc import Permute

from radiohers.crops import Crops
from radiohers.estimators import BACKBONES, CropCNNClassifier, build_network, cam_layer, has_channels_last
from radiohers.estimators._device import isolated_torch
from radiohers.explain import grad_cam
from radiohers.explain._upsample import starts_at_first_pixel


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    with isolated_torch(0, n_threads=1):
        yield


class Fitted(BaseEstimator):
    """Any network as a fitted classifier of crops in 0..1."""

    def __init__(self, network, classes=("no", "yes")):
        self.network_ = network
        self.classes_ = np.array(classes)

    def fit(self, X, y):
        return self

    def as_inputs(self, X):
        return torch.tensor(np.asarray(X, dtype=np.float32)).reshape(len(X), 1, *X.shape[-2:])


def linear_network(channel_weights, class_weights, *between):
    """A convolution of one pixel, `between`, the average over all places, and a linear layer."""
    convolution = nn.Conv2d(1, len(channel_weights), 1, bias=False)
    head = nn.Linear(len(channel_weights), len(class_weights), bias=False)
    convolution.weight.data = torch.tensor(channel_weights).reshape(-1, 1, 1, 1)
    head.weight.data = torch.tensor(class_weights)
    return nn.Sequential(convolution, *between, nn.AdaptiveAvgPool2d(1), nn.Flatten(), head)


@pytest.fixture
def images():
    return np.random.default_rng(0).normal(size=(4, 5, 6)).astype(np.float32)


def relu_over_maximum(values):
    values = np.maximum(values, 0)
    return values / values.max(axis=(1, 2), keepdims=True)


def test_linear_network_by_hand(images):
    estimator = Fitted(linear_network([2.0, -1.0], [[0.0, 1.0], [3.0, 1.0]]))
    # Of "yes": 3 * 2x + 1 * -x = 5x; of "no": -x.
    np.testing.assert_allclose(grad_cam(estimator, images, "yes"), relu_over_maximum(5 * images), rtol=1e-5)
    np.testing.assert_allclose(grad_cam(estimator, images, "no"), relu_over_maximum(-images), rtol=1e-5)


@pytest.mark.parametrize("inplace", [False, True])
def test_relu_after_the_layer_by_hand(images, inplace):
    network = linear_network([1.0, -1.0], [[0.0, 0.0], [1.0, 2.0]], nn.ReLU(inplace=inplace))
    positive = (images > 0).mean(axis=(1, 2), keepdims=True)
    # The gradient of a channel is its class weight where it is above 0, and the map is of values before the ReLU.
    expected = relu_over_maximum(images * positive - 2 * images * (1 - positive))
    np.testing.assert_allclose(grad_cam(Fitted(network), images, "yes", layer="0"), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("size", [(4, 5, 6), (4, 2, 2)])
def test_channels_last_give_the_same(size):
    images = np.random.default_rng(0).normal(size=size)
    weights = [[1.0, -1.0, 0.5], [[0.0, 0.0, 0.0], [1.0, 2.0, 1.0]]]
    first = linear_network(*weights, nn.ReLU())
    last = linear_network(*weights, Permute([0, 2, 3, 1]), nn.ReLU(), Permute([0, 3, 1, 2]))
    maps = [grad_cam(Fitted(network), images, "yes", layer) for network, layer in ((first, "1"), (last, "2"))]
    np.testing.assert_array_equal(*maps)


@pytest.mark.parametrize("backbone", BACKBONES)
def test_all_backbones_agree_with_their_own_parts(backbone):
    network = build_network(backbone, n_classes=2).eval()
    images = np.random.default_rng(0).random((2, 64, 64))
    estimator = Fitted(network)
    maps = grad_cam(estimator, images, "yes")
    assert maps.shape == (2, 64, 64)
    assert maps.dtype == np.float32
    assert maps.any()
    np.testing.assert_array_equal(maps.min(axis=(1, 2)) >= 0, True)
    np.testing.assert_array_equal(np.isin(maps.max(axis=(1, 2)), (0, 1)), True)
    by_name = {id(module): name for name, module in network.named_modules()}
    name = by_name[id(cam_layer(network))]
    np.testing.assert_array_equal(grad_cam(estimator, images, "yes", layer=name), maps)
    np.testing.assert_array_equal(grad_cam(estimator, images, "yes", layer=name.removeprefix("backbone.")), maps)
    np.testing.assert_allclose(maps, direct_grad_cam(network, estimator.as_inputs(images)), atol=1e-4)


def direct_grad_cam(network, inputs):
    """Grad-CAM of class 1, with the cells read from a plain hook and placed by numpy."""
    kept = []
    handle = cam_layer(network).register_forward_hook(lambda module, arguments, output: kept.append(output))
    logits = network(inputs)
    handle.remove()
    (gradient,) = torch.autograd.grad(logits[:, 1].sum(), kept[0])
    values, gradient = (part.detach().double().numpy() for part in (kept[0], gradient))
    if has_channels_last(network):
        values, gradient = np.moveaxis(values, 3, 1), np.moveaxis(gradient, 3, 1)
    cells = np.maximum((gradient.mean(axis=(2, 3), keepdims=True) * values).sum(axis=1), 0)
    n_cells = cells.shape[1]
    middle = 0 if starts_at_first_pixel(network) else (64 / n_cells - 1) / 2
    centres = middle + np.arange(n_cells) * 64 / n_cells
    for axis in (1, 2):
        cells = np.apply_along_axis(lambda line: np.interp(np.arange(64), centres, line), axis, cells)
    highest = cells.max(axis=(1, 2), keepdims=True)
    return np.divide(cells, highest, out=np.zeros_like(cells), where=highest > 0)


def test_against_captum(images):
    network = linear_network([1.0, -1.0], [[0.0, 0.0], [1.0, 2.0]], nn.Tanh())
    inputs = Fitted(network).as_inputs(images)
    expected = LayerGradCam(network, network[1]).attribute(inputs, 1, relu_attributions=True)
    found = grad_cam(Fitted(network), images, "yes", layer="1")
    np.testing.assert_allclose(found, relu_over_maximum(expected[:, 0].detach().numpy()), rtol=1e-4, atol=1e-6)


def test_map_is_where_the_class_is():
    rng, where = np.random.default_rng(0), np.random.default_rng(1).integers(8, 48, size=(60, 2))
    crops, y = rng.normal(100, 12, size=(60, 64, 64)).astype(np.uint8), np.arange(60) % 2
    for number in np.flatnonzero(y):
        row, column = where[number]
        crops[number, row : row + 8, column : column + 8] += 100
    cnn = CropCNNClassifier(
        "small", lr=0.003, max_epochs=10, augmentation=None, validation_fraction=0, device="cpu", random_state=0
    )
    maps = grad_cam(cnn.fit(crops, y), crops[y == 1], target_class=1)
    rows, columns = (maps.sum(axis=axis) @ np.arange(64) / maps.sum(axis=(1, 2)) for axis in (2, 1))
    distance = np.stack([rows, columns]) - where[y == 1].T - 3.5
    # Cells in the middle of their share would be off by 3.5 pixels, both ways.
    assert np.abs(np.median(distance, axis=1)).max() < 1.5


def test_predicted_class_is_explained(images):
    estimator = Fitted(linear_network([1.0], [[-1.0], [1.0]]))
    predicted = np.where(images.mean(axis=(1, 2)) > 0, "yes", "no")
    assert len(set(predicted)) == 2
    np.testing.assert_array_equal(grad_cam(estimator, images), grad_cam(estimator, images, predicted))


def test_nothing_for_the_class_gives_zeros(images):
    estimator = Fitted(linear_network([1.0], [[-1.0], [1.0]]))
    assert not grad_cam(estimator, np.abs(images), "no").any()
    assert grad_cam(estimator, np.abs(images), "yes").any(axis=(1, 2)).all()


def test_many_crops_are_explained_in_their_order():
    images = np.random.default_rng(0).random((20, 5, 6))
    estimator = Fitted(linear_network([1.0], [[-1.0], [1.0]]))
    np.testing.assert_array_equal(grad_cam(estimator, images[::-1], "yes"), grad_cam(estimator, images, "yes")[::-1])


def test_crops_and_input_size():
    images = np.random.default_rng(0).integers(0, 256, size=(6, 40, 50), dtype=np.uint8)
    crops = Crops(images, np.arange(6), list("abcdef"), np.zeros(6, int), np.zeros((6, 4)), np.ones((6, 2)))
    cnn = CropCNNClassifier(
        "small", input_size=32, max_epochs=1, augmentation=None, validation_fraction=0, random_state=0, device="cpu"
    ).fit(images, np.arange(6) % 2)
    maps = grad_cam(cnn, crops)
    assert maps.shape == (6, 40, 50)
    np.testing.assert_array_equal(grad_cam(cnn, images), maps)


def test_network_is_left_as_it_was(images):
    network = linear_network([1.0], [[-1.0], [1.0]])
    grad_cam(Fitted(network), images)
    assert torch.is_grad_enabled()
    assert all(value.grad is None and value.requires_grad for value in network.parameters())
    assert not any(module._forward_hooks for module in network.modules())


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ("layer5", "layer='layer5' is not in the network, whose parts are 0, 1, 2, 3. Use 'auto'"),
        ("3", r"the layer Linear returns \(4, 2\), and Grad-CAM needs four axes"),
        (nn.Conv2d(1, 1, 1), "layer=Conv2d is a module, but not one of this network"),
    ],
)
def test_wrong_layer(images, layer, message):
    with pytest.raises(ValueError, match=message):
        grad_cam(Fitted(linear_network([1.0], [[-1.0], [1.0]])), images, layer=layer)


def test_layer_that_is_not_used(images):
    network = linear_network([1.0], [[-1.0], [1.0]])
    network[0].spare = nn.Conv2d(1, 1, 1)
    with pytest.raises(ValueError, match="the layer Conv2d has no part in the network's logits"):
        grad_cam(Fitted(network), images, layer="0.spare")


@pytest.mark.parametrize(
    ("target_class", "message"),
    [
        ("maybe", r"target_class='maybe' is not one of the classifier's classes, \['no', 'yes'\]"),
        (["yes", "no"], r"target_class has the shape \(2,\). Give one label, or one for each of the 4 crops"),
    ],
)
def test_wrong_class(images, target_class, message):
    with pytest.raises(ValueError, match=message):
        grad_cam(Fitted(linear_network([1.0], [[-1.0], [1.0]])), images, target_class)


def test_no_crops(images):
    with pytest.raises(ValueError, match="There are no crops to explain"):
        grad_cam(Fitted(linear_network([1.0], [[-1.0], [1.0]])), SimpleNamespace(images=images[:0]))
