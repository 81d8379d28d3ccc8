import pickle
from urllib.error import URLError

import numpy as np
import pytest
import torch
import torchvision
from safetensors.torch import save as save_bytes
from safetensors.torch import save_file

from radiohers.estimators import build_network
from radiohers.estimators._device import isolated_torch
from radiohers.estimators._networks import TORCHVISION_BACKBONES
from radiohers.exceptions import ModelFileError

RESNET34_FILE = "resnet34-b627a593.pth"


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    with isolated_torch(0, n_threads=1):
        yield


@pytest.fixture
def small():
    """The backbone "small" with random weights, of three classes."""
    return build_network("small", n_classes=3).backbone


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """torchvision's folder of downloads, empty, and no network."""

    def download(*arguments, **options):
        raise URLError("no network")

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "download_url_to_file", download)
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


def save(state, path):
    torch.save(state, path)
    return path


def save_safetensors(state, path):
    save_file(state, path, metadata={"format": "pt"})
    return path


def load_small(path, n_classes=3):
    return build_network("small", n_classes=n_classes, weights=path).backbone


def assert_same(state, other):
    assert list(state) == list(other)
    assert all(torch.equal(state[key], other[key]) for key in state)


@pytest.mark.parametrize("backbone", TORCHVISION_BACKBONES)
def test_torchvision_state_dict_loads_key_for_key(backbone, tmp_path):
    model = torchvision.models.get_model(backbone).eval()
    path = save(model.state_dict(), tmp_path / "model.pth")
    network = build_network(backbone, n_classes=1000, weights=path).eval()
    # Some are 170 MB large.
    path.unlink()
    assert_same(network.backbone.state_dict(), model.state_dict())
    inputs = torch.rand(2, 1, 64, 64)
    with torch.inference_mode():
        normalised = network.input(inputs)
        assert torch.equal(network.backbone(normalised), model(normalised))
        assert torch.equal(network(inputs), model(normalised))


def test_head_is_new_for_another_number_of_classes(small, tmp_path):
    loaded = load_small(save(small.state_dict(), tmp_path / "a.pt"), n_classes=2)
    assert_same(loaded.features.state_dict(), small.features.state_dict())
    assert loaded.head.weight.shape == (2, 64)


def test_head_may_be_missing(small, tmp_path):
    state = {key: value for key, value in small.state_dict().items() if not key.startswith("head")}
    assert_same(load_small(save(state, tmp_path / "a.pt")).features.state_dict(), small.features.state_dict())


def test_head_is_the_same_for_the_same_number_of_classes(small, tmp_path):
    assert_same(load_small(save(small.state_dict(), tmp_path / "a.pt")).state_dict(), small.state_dict())


def test_state_dict_of_a_whole_network_loads(tmp_path):
    network = build_network("small", n_classes=3)
    loaded = load_small(save(network.state_dict(), tmp_path / "a.pt"))
    assert_same(loaded.state_dict(), network.backbone.state_dict())


def test_old_files_without_batch_counters_load(small, tmp_path):
    state = {key: value for key, value in small.state_dict().items() if not key.endswith("num_batches_tracked")}
    assert_same(load_small(save(state, tmp_path / "a.pt")).state_dict(), small.state_dict())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16, torch.float64, torch.float8_e4m3fn])
def test_safetensors_of_any_width_load(small, tmp_path, dtype):
    state = {key: value.to(dtype) if value.is_floating_point() else value for key, value in small.state_dict().items()}
    loaded = load_small(save_safetensors(state, tmp_path / "a.safetensors")).state_dict()
    assert_same(loaded, {key: value.to(small.state_dict()[key].dtype) for key, value in state.items()})


WHOLE = save_bytes({"a": torch.zeros(1)})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04 a zip file, or anything else",
        (3).to_bytes(8, "little") + b"{]}",
        (2).to_bytes(8, "little") + b"[]",
        (8).to_bytes(8, "little") + b'{"a":{}}',
        WHOLE[:-1],
        WHOLE.replace(b"F32", b"X32"),
    ],
    ids=["empty", "other file", "no JSON", "no header", "no type", "cut short", "unknown type"],
)
def test_file_that_is_not_safetensors(tmp_path, content):
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"' is not a whole safetensors file: \w.*Copy or download it"):
        load_small(path)


def test_wrong_file_names_the_first_layers(small, tmp_path):
    state = small.state_dict()
    state["conv1.weight"] = torch.zeros(1)
    state["features.1.0.weight"] = torch.zeros(32, 16, 5, 5)
    for number in range(4):
        del state[f"features.{number}.1.weight"]
    path = save(state, tmp_path / "wrong.pth")
    with pytest.raises(ModelFileError) as caught:
        load_small(path)
    assert str(caught.value) == (
        f"weights={str(path)!r} do not fit backbone='small'. Missing: features.0.1.weight, features.1.1.weight, "
        "features.2.1.weight and 1 more. Unexpected: conv1.weight. Of another shape: features.1.0.weight "
        "(32, 16, 5, 5) instead of (32, 16, 3, 3). Choose the backbone that the file was saved from, or a file that "
        "was saved from this one."
    )


def test_head_of_another_width_is_a_wrong_file(small, tmp_path):
    path = save(small.state_dict() | {"head.weight": torch.zeros(3, 65)}, tmp_path / "a.pt")
    with pytest.raises(ModelFileError, match=r"Of another shape: head.weight \(3, 65\) instead of \(3, 64\)"):
        load_small(path)


@pytest.mark.parametrize("thing", [{"epoch": 3, "state_dict": {}}, [torch.zeros(1)]])
def test_file_of_something_else(tmp_path, thing):
    with pytest.raises(ModelFileError, match=r"holds a (dict with epoch, state_dict|list), not a state dict"):
        load_small(save(thing, tmp_path / "a.pth"))


@pytest.mark.parametrize("content", [b"", b"no weights", pickle.dumps(np.random.default_rng(0), protocol=2)])
def test_file_of_anything_but_tensors_is_not_loaded(tmp_path, content):
    path = tmp_path / "a.pth"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match="cannot be read as tensors alone"):
        load_small(path)


def test_whole_pickled_model_is_not_loaded(small, tmp_path):
    with pytest.raises(ModelFileError, match=r"cannot be read as tensors alone.*model.state_dict\(\)"):
        load_small(save(small, tmp_path / "a.pth"))


def test_missing_file():
    with pytest.raises(ModelFileError, match="weights='imagnet' is not a file. Use None, 'imagenet', or the path"):
        load_small("imagnet")


@pytest.mark.parametrize("backbone", ["small", lambda n_classes: torch.nn.Linear(1, n_classes)])
def test_no_imagenet_weights(backbone):
    with pytest.raises(ValueError, match="torchvision has no ImageNet weights for backbone=('small'|<lambda>)"):
        build_network(backbone, n_classes=2, weights="imagenet")


def test_imagenet_weights_come_from_the_cache(hub):
    model = torchvision.models.resnet34()
    save(model.state_dict(), hub / RESNET34_FILE)
    backbone = build_network("resnet34", n_classes=2, weights="imagenet").backbone
    assert torch.equal(backbone.layer4[2].conv2.weight, model.layer4[2].conv2.weight)
    assert backbone.fc.weight.shape == (2, 512)


def test_imagenet_weights_without_network(hub):
    with pytest.raises(ModelFileError, match=r"of resnet34 could not be loaded: .*no network.*Copy https://") as caught:
        build_network("resnet34", n_classes=2, weights="imagenet")
    assert str(hub / RESNET34_FILE) in str(caught.value)


def test_imagenet_file_that_is_damaged(hub):
    (hub / RESNET34_FILE).write_bytes(b"half a file")
    with pytest.raises(ModelFileError, match="Delete that file, which may be incomplete, and try again"):
        build_network("resnet34", n_classes=2, weights="imagenet")


# --- layers that are wrapped, nested, several, of other types, or not finite


@pytest.mark.parametrize(
    "prefix",
    ["module.", "model.", "backbone.", "encoder.", "network.", "net.", "_orig_mod.", "module.encoder_q.", "a.b.c.d."],
)
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_prefixes_are_taken_off(small, tmp_path, prefix, suffix):
    state = {f"{prefix}{key}": value for key, value in small.state_dict().items()}
    # What else was trained beside it.
    state |= {"queue": torch.zeros(3), "criterion.weight": torch.ones(2)}
    path = tmp_path / f"weights{suffix}"
    (save if suffix == ".pth" else save_safetensors)(state, path)
    assert_same(load_small(path).state_dict(), small.state_dict())


def test_a_prefix_and_a_head_of_its_own_outside(small, tmp_path):
    state = {f"encoder.{key}": value for key, value in small.features.state_dict(prefix="features.").items()}
    loaded = load_small(save(state | {"classifier.weight": torch.zeros(5, 64)}, tmp_path / "a.pth"), n_classes=2)
    assert_same(loaded.features.state_dict(), small.features.state_dict())
    assert loaded.head.weight.shape == (2, 64)


@pytest.mark.parametrize(
    "nest",
    [
        lambda state: {"state_dict": state, "epoch": 3},
        lambda state: {"model": state, "optimizer": {"state": {0: {"exp_avg": torch.zeros(3)}}, "param_groups": []}},
        lambda state: {"model_state_dict": state, "best": torch.tensor(0.9)},
        lambda state: {"teacher": {f"backbone.{key}": value for key, value in state.items()}, "args": {"lr": 0.1}},
        lambda state: {"checkpoint": {"model": {"state_dict": state}}},
        lambda state: {**state, "epoch": 3, "name": "run 7"},
    ],
)
def test_state_dicts_are_found_in_checkpoints(small, tmp_path, nest):
    assert_same(load_small(save(nest(small.state_dict()), tmp_path / "a.pth")).state_dict(), small.state_dict())


@pytest.mark.parametrize(
    ("nest", "places"),
    [
        (lambda state, other: {"teacher": state, "student": other}, ["['teacher'] under ''", "['student'] under ''"]),
        (
            lambda state, other: {
                f"{name}.{key}": part[key] for name, part in (("q", state), ("k", other)) for key in part
            },
            ["the file under 'q.'", "the file under 'k.'"],
        ),
        (
            lambda state, other: state | {f"momentum.{key}": value for key, value in other.items()},
            ["the file under ''", "the file under 'momentum.'"],
        ),
    ],
)
def test_several_networks_in_a_file_are_refused(small, tmp_path, nest, places):
    other = build_network("small", n_classes=3).backbone
    path = save(nest(small.state_dict(), other.state_dict()), tmp_path / "a.pth")
    with pytest.raises(ModelFileError, match="hold the layers of backbone='small' 2 times") as error:
        load_small(path)
    assert all(place in str(error.value) for place in places)
    assert str(error.value).endswith("Save the state dict of the one that you mean.")


def test_another_network_under_a_prefix_names_its_layers(small, tmp_path):
    state = small.state_dict() | {"features.1.0.weight": torch.zeros(32, 16, 5, 5)}
    del state["features.2.1.bias"]
    path = save({f"module.{key}": value for key, value in state.items()}, tmp_path / "a.pth")
    with pytest.raises(
        ModelFileError, match=r"Missing: features.2.1.bias. Of another shape: features.1.0.weight \(32, 16"
    ):
        load_small(path)


@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
@pytest.mark.parametrize("key", ["features.2.0.weight", "features.0.1.running_var", "head.bias"])
def test_weights_that_are_not_finite_are_named(small, tmp_path, value, key):
    state = {name: tensor.clone() for name, tensor in small.state_dict().items()}
    state[key].view(-1)[[0, 2]] = value
    path = save({"module." + name: tensor for name, tensor in state.items()}, tmp_path / "a.pth")
    with pytest.raises(ModelFileError, match=rf"not finite .*: {key} \(2 of [\d,]+\). Choose another file"):
        load_small(path)


def test_a_head_that_is_not_taken_may_be_anything(small, tmp_path):
    state = small.state_dict() | {"head.bias": torch.full((3,), torch.nan)}
    assert load_small(save(state, tmp_path / "a.pth"), n_classes=2).head.bias.isfinite().all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_floats_of_any_width_become_single(small, tmp_path, dtype):
    state = {key: value.to(dtype) if value.is_floating_point() else value for key, value in small.state_dict().items()}
    loaded = load_small(save(state, tmp_path / "a.pth")).state_dict()
    assert_same(loaded, {key: value.to(small.state_dict()[key].dtype) for key, value in state.items()})
    assert loaded["head.weight"].dtype == torch.float32


def test_doubles_beyond_single_precision_are_not_finite(small, tmp_path):
    state = small.state_dict() | {"head.bias": torch.full((3,), 1e300, dtype=torch.float64)}
    with pytest.raises(ModelFileError, match=r"as float32\): head.bias \(3 of 3\)"):
        load_small(save(state, tmp_path / "a.pth"))


@pytest.mark.parametrize("dtype", [torch.int8, torch.uint8, torch.bool])
def test_weights_that_are_no_floats_are_refused(small, tmp_path, dtype):
    state = small.state_dict() | {"features.0.0.weight": small.features[0][0].weight.to(dtype)}
    with pytest.raises(ModelFileError, match=rf"Of another type: features.0.0.weight {dtype} instead of torch.float32"):
        load_small(save(state, tmp_path / "a.pth"))
