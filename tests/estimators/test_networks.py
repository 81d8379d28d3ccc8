import pickle

import pytest
import torch
import torchvision

from radiohers.estimators import BACKBONES, build_network, cam_layer, has_channels_last
from radiohers.estimators._device import isolated_torch


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    with isolated_torch(0, n_threads=1):
        yield


@pytest.fixture(scope="module", params=BACKBONES)
def network(request):
    return build_network(request.param, n_classes=3).eval()


def run(network, inputs):
    with torch.inference_mode():
        return network.eval()(inputs)


def seeded(backbone, seed, **options):
    with isolated_torch(seed):
        return build_network(backbone, n_classes=2, **options)


def parameters_of(network):
    return torch.cat([value.flatten() for value in network.parameters()])


def tiny_resnet(n_classes):
    return torchvision.models.resnet18(num_classes=n_classes)


@pytest.mark.parametrize("size", [(32, 32), (33, 50), (64, 64)])
def test_logits_whatever_the_size(network, size):
    logits = run(network, torch.rand(2, 1, *size))
    assert logits.shape == (2, 3)
    assert logits.isfinite().all()


def test_axis_of_the_channels(network):
    shapes = []
    handle = cam_layer(network).register_forward_hook(lambda module, arguments, output: shapes.append(output.shape))
    run(network, torch.rand(1, 1, 64, 128))
    handle.remove()
    ((_, first, middle, last),) = shapes
    assert (last == 2 * middle) != (middle == 2 * first)
    found = "add its class to CHANNELS_LAST, beside BACKBONES in radiohers/estimators/_networks.py"
    assert has_channels_last(network) == (middle == 2 * first), f"{type(network.backbone).__name__}: {found}"


def test_pickled_network_gives_the_same_logits(network):
    inputs = torch.rand(2, 1, 64, 64)
    assert torch.equal(run(pickle.loads(pickle.dumps(network)), inputs), run(network, inputs))


def test_rows_do_not_touch_each_other(network):
    inputs = torch.rand(3, 1, 64, 64)
    other = torch.cat([inputs[:1], torch.rand(2, 1, 64, 64)])
    assert torch.equal(run(network, inputs)[0], run(network, other)[0])


def test_one_step_moves_every_layer_but_the_input(network):
    before = {name: value.detach().clone() for name, value in network.named_parameters()}
    optimizer = torch.optim.Adam(network.parameters(), lr=0.001)
    torch.nn.functional.cross_entropy(network.train()(torch.rand(4, 1, 64, 64)), torch.tensor([0, 1, 2, 0])).backward()
    optimizer.step()
    same = {name for name, value in network.named_parameters() if torch.equal(value, before[name])}
    assert same == {"input.weight", "input.bias"}


def test_one_channel_is_normalised_three_times():
    inputs = torch.rand(2, 1, 32, 40)
    normalised = torchvision.transforms.functional.normalize(
        inputs.expand(-1, 3, -1, -1), [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
    )
    torch.testing.assert_close(build_network("resnet34", n_classes=2).input(inputs), normalised)


def test_three_channels_are_normalised_as_torchvision_does():
    inputs, transform = torch.rand(2, 3, 32, 40), torchvision.models.Swin_T_Weights.DEFAULT.transforms()
    normalised = torchvision.transforms.functional.normalize(inputs, transform.mean, transform.std)
    torch.testing.assert_close(build_network("swin_t", n_classes=2, n_channels=3).input(inputs), normalised)


def test_small_takes_any_number_of_channels():
    network = build_network("small", n_classes=2, n_channels=5)
    torch.testing.assert_close(network.input(torch.full((1, 5, 32, 32), 0.75)), torch.ones(1, 5, 32, 32))
    assert run(network, torch.rand(2, 5, 32, 32)).shape == (2, 2)


def test_small_is_small():
    assert sum(value.numel() for value in build_network("small", n_classes=2).parameters()) == 60_788


@pytest.mark.parametrize("n_channels", [2, 4])
def test_torchvision_takes_one_or_three_channels(n_channels):
    with pytest.raises(
        ValueError, match=f"crops of {n_channels} channels were given, and backbone='resnet34' takes 1 or"
    ):
        build_network("resnet34", n_classes=2, n_channels=n_channels)


def test_weights_come_from_the_seed():
    first, again, other = (parameters_of(seeded("small", seed)) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_callable_gets_three_normalised_channels():
    network = build_network(tiny_resnet, n_classes=4)
    inputs = torch.rand(2, 1, 40, 32)
    assert run(network, inputs).shape == (2, 4)
    torch.testing.assert_close(network.input(inputs), build_network("resnet34", n_classes=2).input(inputs))


def test_unknown_backbone():
    with pytest.raises(ValueError, match="backbone='resnet18' is not known. Use one of small, resnet34"):
        build_network("resnet18", n_classes=2)


def test_callable_must_return_a_module():
    with pytest.raises(TypeError, match="returned a int, not a torch.nn.Module"):
        build_network(lambda n_classes: n_classes, n_classes=2)


def test_cam_layer(network):
    backbone = network.backbone
    assert cam_layer(network) is (backbone.layer4 if hasattr(backbone, "layer4") else backbone.features)


def test_cam_layer_of_other_networks_is_the_last_convolution():
    network = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.Conv2d(2, 2, 3), torch.nn.ReLU())
    assert cam_layer(network) is network[1]


def test_cam_layer_needs_a_convolution():
    with pytest.raises(ValueError, match="neither a part 'layer4' or 'features' nor a Conv2d"):
        cam_layer(torch.nn.Sequential(torch.nn.Linear(2, 2)))
