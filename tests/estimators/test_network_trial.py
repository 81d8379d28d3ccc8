"""A caller's network is tried with two crops when it is built, and keeps no trace of it."""

import random
import re
from collections import OrderedDict, namedtuple

import numpy as np
import pytest
import torch
import torchvision
from torch import nn

from radiohers.estimators import CropCNNClassifier, build_network
from radiohers.estimators._device import isolated_torch

Y = np.arange(12) % 2
CROPS = np.random.default_rng(0).integers(0, 100, (12, 40, 36), np.uint8) + (100 * Y[:, None, None]).astype(np.uint8)
Output = namedtuple("Output", ["logits", "aux"])


class Linear(nn.Module):
    """The mean of each channel, and a linear layer; `change` is what becomes of the logits."""

    def __init__(self, n_classes, change=lambda logits, module: logits, n_channels=3):
        super().__init__()
        self.norm = nn.BatchNorm2d(n_channels)
        self.head = nn.Linear(n_channels, n_classes)
        self.change = change

    def forward(self, x):
        return self.change(self.head(self.norm(x).mean((2, 3))), self)


def changed(change):
    return lambda n_classes: Linear(n_classes, change)


def fit(backbone, X=CROPS, y=Y, **options):
    settings = {"max_epochs": 1, "augmentation": None, "validation_fraction": 0, "random_state": 0, "device": "cpu"}
    return CropCNNClassifier(backbone, **settings | options).fit(X, y)


OTHER_OUTPUTS = {
    "tuple": lambda logits, module: (logits, logits),
    "list": lambda logits, module: [logits],
    "dict with out": lambda logits, module: {"out": logits, "aux": logits},
    "OrderedDict with logits": lambda logits, module: OrderedDict(logits=logits),
    "Output with logits, aux": lambda logits, module: Output(logits, logits),
    "NoneType": lambda logits, module: None,
    "float": lambda logits, module: float(logits.sum()),
    "Output with logits, aux ": lambda logits, module: Output(logits, logits) if module.training else logits,
}


@pytest.mark.parametrize("said", OTHER_OUTPUTS)
def test_outputs_that_are_no_tensor(said):
    with pytest.raises(
        ValueError, match=f"backbone=<lambda>.* returns a {said.strip()}.*two crops of shape \\(1, 40, 36\\)"
    ):
        fit(changed(OTHER_OUTPUTS[said]))


SHAPES = {
    (2, 2, 1, 1): lambda logits, module: logits[..., None, None],
    (2, 2, 5): lambda logits, module: logits[..., None].expand(-1, -1, 5),
    (2, 3): lambda logits, module: logits.repeat(1, 2)[:, :3],
    (2, 1): lambda logits, module: logits[:, :1],
    (2,): lambda logits, module: logits[:, 0],
    (4,): lambda logits, module: logits.flatten(),
    (1, 2): lambda logits, module: logits.mean(0, keepdim=True),
    (): lambda logits, module: logits.sum(),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_logits_of_another_shape(shape):
    with pytest.raises(ValueError, match=re.escape(f"returns the shape {shape} for two crops of shape (1, 40, 36)")):
        fit(changed(SHAPES[shape]))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda logits, module: logits.squeeze(0), r"returns the shape \(2,\) for one crop .*squeeze"),
        (lambda logits, module: logits.T, r"returns the shape \(2, 1\) for one crop"),
        (lambda logits, module: logits.argmax(1, keepdim=True).expand(-1, 2), "returns torch.int64"),
        (lambda logits, module: logits.softmax(1), "returns probabilities .* Leave out its softmax"),
        (lambda logits, module: logits / 0, "not finite .* Its weights are finite: look at forward"),
        (lambda logits, module: logits - logits.mean(0), "other logits alone than beside another crop"),
        (lambda logits, module: logits / logits.abs().amax(), "other logits alone than beside another crop"),
        (lambda logits, module: nn.functional.dropout(logits, 0.5), "other logits alone than beside another crop"),
        (lambda logits, module: logits.detach(), "in training mode, returns logits that depend on no weight"),
        (lambda logits, module: logits.repeat(1, 2) if module.training else logits, r"in training mode, .*\(2, 4\)"),
        (lambda logits, module: logits.log() if module.training else logits, "in training mode, .* not finite"),
        (lambda logits, module: logits @ logits.new_ones(7, 7), "fails on two crops .*RuntimeError: mat1 and mat2"),
    ],
)
def test_logits_that_cannot_be_trained(change, said):
    with pytest.raises(ValueError, match=f"^backbone=<lambda>.* {said}") as error:
        fit(changed(change))
    assert "\n" not in str(error.value)


def test_weights_that_are_not_finite_are_named():
    def make(n_classes):
        network = Linear(n_classes)
        network.head.weight.data[1, 2] = torch.nan
        return network

    with pytest.raises(ValueError, match=r"not finite in backbone.head.weight \(1 of 6\)"):
        fit(make)


@pytest.mark.parametrize(
    ("backbone", "said"),
    [
        (lambda n: Linear(n, n_channels=1), "which reach it with 3 channels: .*Let it take float32"),
        (lambda n: Linear(n).half(), "fails on two crops"),
        (lambda n: Linear(n).double(), "fails on two crops"),
        (
            lambda n: nn.Sequential(nn.Flatten(), nn.Linear(3 * 64 * 64, n)),
            "It takes crops of 64 x 64: set input_size=64",
        ),
        (lambda n: nn.Sequential(nn.Conv2d(3, 4, 70), nn.Flatten(2), nn.LazyLinear(n)), "It takes crops of 96 x 96"),
        (lambda n: nn.Linear(n), "fails when it is called with the number of classes, 2: TypeError"),
        (lambda: Linear(2), "fails when it is called with the number of classes, 2"),
    ],
)
def test_networks_that_fail(backbone, said):
    with pytest.raises(ValueError, match=said):
        fit(backbone)


def test_a_network_is_no_backbone():
    with pytest.raises(ValueError, match="backbone is a network, a Linear, .* Give a function"):
        fit(Linear(2))


def test_torchvisions_auxiliary_outputs():
    with pytest.raises(ValueError, match="in training mode, returns a GoogLeNetOutputs with logits.*aux_logits=False"):
        build_network(
            lambda n: torchvision.models.googlenet(num_classes=n, init_weights=False), n_classes=2, size=(64, 64)
        )


def test_a_network_for_larger_crops_says_so():
    class Large(Linear):
        def forward(self, x):
            return super().forward(nn.functional.conv2d(x, x.new_ones(3, 1, 75, 75), groups=3))

    with pytest.raises(
        ValueError, match="fails on two crops of shape .1, 40, 36.*It takes crops of 96 x 96: set input_size=96"
    ):
        fit(Large)
    assert fit(Large, input_size=96).predict_proba(CROPS).shape == (12, 2)


@pytest.mark.parametrize("mode", ["module", "submodule", "closure"])
def test_layers_of_an_earlier_fit_are_refused(mode):
    shared = Linear(2)
    backbones = {
        "module": lambda n: shared,
        "submodule": lambda n: nn.Sequential(OrderedDict(features=shared, head=nn.Linear(2, n))),
        "closure": lambda n: nn.Sequential(shared.norm, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, n)),
    }
    fit(backbones[mode])
    with pytest.raises(ValueError, match="returned layers that it returned before"):
        fit(backbones[mode])


class Traces(nn.Module):
    """Draws from every generator in forward, has BatchNorm and dropout, and a part that is kept in evaluation mode."""

    def __init__(self, n_classes):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 4, 5, stride=2), nn.BatchNorm2d(4), nn.Dropout(0.3))
        self.frozen = nn.BatchNorm2d(4).eval()
        self.head = nn.Linear(4, n_classes)

    def forward(self, x):
        if self.training:
            x = x * (1 + np.random.rand() / 10 + random.random() / 10)
        return self.head(self.frozen(self.features(x)).mean((2, 3)))


def test_the_trial_leaves_no_trace():
    with isolated_torch(3):
        alone = Traces(2)
        drawn = torch.rand(3)
    np.random.seed(1)
    random.seed(1)
    expected = np.random.rand(), random.random()
    np.random.seed(1)
    random.seed(1)
    with isolated_torch(3):
        network = build_network(Traces, n_classes=2, size=(40, 36))
        assert torch.equal(torch.rand(3), drawn)
    assert (np.random.rand(), random.random()) == expected
    assert list(network.backbone.state_dict()) == list(alone.state_dict())
    for value, other in zip(network.backbone.state_dict().values(), alone.state_dict().values(), strict=True):
        assert torch.equal(value, other)
    assert [part.training for part in network.backbone.modules()] == [part.training for part in alone.modules()]
    assert all(value.grad is None for value in network.parameters())


def test_lazy_layers_are_made_by_the_trial():
    def lazy(n_classes):
        return nn.Sequential(
            nn.LazyConv2d(4, 5), nn.LazyBatchNorm2d(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.LazyLinear(n_classes)
        )

    network = build_network(lazy, n_classes=3, size=(32, 32)).backbone
    assert network[0].weight.shape == (4, 3, 5, 5)
    assert torch.equal(network[1].running_mean, torch.zeros(4))
    first, second = (fit(lazy).predict_proba(CROPS) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("n_channels", [1, 3])
def test_networks_that_need_the_usual_order_of_values(n_channels):
    class Views(nn.Module):
        def __init__(self, n_classes):
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3, stride=4)
            self.head = nn.Linear(4 * 10 * 9, n_classes)

        def forward(self, x):
            x = self.conv(x)
            return self.head(x.view(len(x), -1))

    X = np.repeat(CROPS[:, None], n_channels, axis=1)
    model = fit(Views, X, max_epochs=2, validation_fraction=0.3)
    assert model.predict_proba(X).shape == (12, 2)


# --- batches of one crop


@pytest.mark.parametrize(
    ("backbone", "batch_size", "n", "use"),
    [
        ("resnet34", 1, 4, 2),
        ("resnet34", 2, 5, 3),
        ("resnet34", 1, 5, 3),
        ("swin_t", 1, 4, None),
        ("small", 1, 4, None),
    ],
)
def test_a_batch_of_one_crop(backbone, batch_size, n, use):
    X, y = CROPS[:n, :32, :32], Y[:n]
    if use is None:
        assert fit(backbone, X, y, batch_size=batch_size).predict_proba(X).shape == (n, 2)
        return
    with pytest.raises(
        ValueError,
        match=f"batch_size={batch_size} cuts {n} training crops .*backbone='resnet34' cannot be "
        rf"trained on a single crop of shape \(1, 32, 32\).*Use batch_size={use} or more",
    ):
        fit(backbone, X, y, batch_size=batch_size)


def test_a_batch_of_one_crop_of_an_own_network():
    def norm(n_classes):
        return nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, n_classes)
        )

    with pytest.raises(ValueError, match="batch_size=2 cuts 7 training crops.*Use batch_size=3"):
        fit(norm, CROPS[:7], Y[:7], batch_size=2)
    for batch_size in (2, 3, 5, 16):
        assert fit(norm, CROPS[:8], Y[:8], batch_size=batch_size).n_epochs_ == 1
