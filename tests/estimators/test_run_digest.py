"""What a checkpoint recognises a run by: values, and all the code that they lead to."""

import enum
import functools
import importlib.util
import subprocess
import sys
import textwrap
import threading
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from radiohers.crops import Augmentation
from radiohers.estimators import CropCNNClassifier
from radiohers.estimators._run_digest import digest_of

Y = np.arange(12) % 2
CROPS = np.random.default_rng(0).integers(0, 100, (12, 32, 32), np.uint8) + (100 * Y[:, None, None]).astype(np.uint8)

# A network whose layers never change, and whose forward leads to one `SCALE`, each in its own way.
NETWORK = """
import functools
import torch
from torch import nn
{before}

class Net(nn.Module):
    {inside}
    def __init__(self, n_classes):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 5)
        self.head = nn.Linear(4, n_classes)
        {init}

    def forward(self, x):
        return self.head(self.conv(x).mean((2, 3)) * {scale})
"""
WAYS = {
    "constant": {"scale": "SCALE"},
    "global": {"before": "value = SCALE", "scale": "value"},
    "table": {"before": "values = {'a': [1, (2, SCALE)]}", "scale": "values['a'][1][1]"},
    "array": {"before": "import numpy as np\nvalue = np.array([0, SCALE])", "scale": "float(value[1])"},
    "tensor": {"before": "value = torch.tensor(float(SCALE))", "scale": "value"},
    "helper": {"before": "def help(x):\n    return x * SCALE", "scale": "help(1.0)"},
    "helper of a helper": {
        "before": "def inner():\n    return SCALE\n\ndef outer():\n    return [inner() for _ in '1'][0]",
        "scale": "outer()",
    },
    "default": {"before": "def help(x=SCALE):\n    return x", "scale": "help()"},
    "keyword": {"before": "def help(*, x=SCALE):\n    return x", "scale": "help()"},
    "closure": {"before": "def make(s):\n    return lambda: s\nhelp = make(SCALE)", "scale": "help()"},
    "partial": {"before": "help = functools.partial(lambda a, b: a * b, SCALE)", "scale": "help(1)"},
    "cached": {"before": "@functools.lru_cache\ndef help():\n    return SCALE", "scale": "help()"},
    "named as a library": {
        "before": "@functools.wraps(nn.functional.relu)\ndef help():\n    return SCALE", "scale": "help()"
    },
    "method": {"inside": "def help(self):\n        return SCALE", "scale": "self.help()"},
    "property": {"inside": "@property\n    def help(self):\n        return SCALE", "scale": "self.help"},
    "static": {"inside": "@staticmethod\n    def help():\n        return SCALE", "scale": "self.help()"},
    "class attribute": {"inside": "value = SCALE", "scale": "self.value"},
    "attribute": {"init": "self.value = SCALE", "scale": "self.value"},
    "attribute that is a function": {"init": "self.help = lambda: SCALE", "scale": "self.help()"},
    "buffer that is not saved": {
        "init": "self.register_buffer('value', torch.tensor(float(SCALE)), persistent=False)", "scale": "self.value"
    },
    "base class": {"before": "class Base:\n    def help(self):\n        return SCALE", "scale": "Base().help()"},
    "callable object": {"before": "class Help:\n    def __call__(self):\n        return SCALE", "scale": "Help()()"},
    "object with slots": {
        "before": "class Help:\n    __slots__ = ('v',)\nhelp = Help()\nhelp.v = SCALE", "scale": "help.v"
    },
    "hook": {"init": "self.head.register_forward_hook(lambda m, i, o: o * SCALE)", "scale": "1"},
    "layer of one's own": {
        "before": "class Act(nn.Module):\n    def forward(self, x):\n        return x * SCALE",
        "init": "self.act = Act()",
        "scale": "self.act(1.0)",
    },
}  # fmt: skip


def make_network(way, scale, name="own_networks"):
    """Write a module and import it, as an edited file or a notebook cell that is run again."""
    parts = {"before": "", "inside": "", "init": "", **WAYS[way]}
    namespace = {"__name__": name}
    exec(NETWORK.format(**parts).replace("SCALE", str(scale)), namespace)
    return namespace["Net"]


def digest(way, scale):
    torch.manual_seed(0)
    return digest_of(make_network(way, scale)(2))


@pytest.mark.parametrize("way", WAYS)
def test_edited_code_has_another_digest(way):
    assert digest(way, 2) == digest(way, 2)
    assert digest(way, 2) != digest(way, 3)


@pytest.mark.parametrize("way", ["helper of a helper", "closure", "attribute", "hook", "class attribute"])
def test_edited_code_is_trained_anew(way, tmp_path):
    def fit(scale, folder):
        settings = {"max_epochs": 2, "augmentation": None, "validation_fraction": 0.3, "random_state": 0}
        model = CropCNNClassifier(make_network(way, scale), checkpoint_folder=folder, device="cpu", lr=0.01, **settings)
        return model.fit(CROPS, Y).predict_proba(CROPS)

    first, again, edited = fit(2, tmp_path), fit(2, tmp_path), fit(30, tmp_path)
    np.testing.assert_array_equal(again, first)
    np.testing.assert_array_equal(edited, fit(30, None))
    assert not np.array_equal(edited, first)
    assert len(list(tmp_path.glob("*.pt"))) == 2


def test_comments_and_places_do_not_count():
    torch.manual_seed(0)
    one = make_network("helper", 2)(2)
    namespace = {"__name__": "elsewhere"}
    text = NETWORK.format(
        before="# a comment\n\ndef help(x):\n    # why\n    return x * 2", inside="", init="", scale="help(1.0)"
    )
    exec("\n\n\n" + text, namespace)
    torch.manual_seed(0)
    assert digest_of(namespace["Net"](2)) == digest_of(one)


def test_helpers_of_another_file_count(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    digests = []
    for factor in (2, 3, 2):
        (tmp_path / "own_helpers.py").write_text(
            f"import torch\nFACTOR = {factor}\ndef scale(x):\n    return x * FACTOR\n"
        )
        spec = importlib.util.spec_from_file_location("own_helpers", tmp_path / "own_helpers.py")
        helpers = importlib.util.module_from_spec(spec)
        exec(Path(spec.origin).read_text(), vars(helpers))

        class Net(nn.Module):
            def forward(self, x, helpers=helpers):
                return helpers.scale(x)

        namespace = {"__name__": "own", "nn": nn, "helpers": helpers}
        exec("class Net(nn.Module):\n    def forward(self, x):\n        return helpers.scale(x)", namespace)
        digests.append(digest_of(namespace["Net"]()))
    assert digests[0] == digests[2] != digests[1]


class Stage(enum.Enum):
    EARLY = 1


VALUES = [
    None, True, 1, 1.0, "1", b"1", (1,), [1], {1}, {1: 1}, OrderedDict({1: 1}), -0.0, 0.0, float("nan"), ..., 2j,
    np.arange(3), np.arange(3.0), np.arange(3)[:, None], np.array(["a", None], dtype=object), np.float32(1),
    torch.arange(3), torch.arange(3.0), torch.arange(3.0).bfloat16(), nn.Parameter(torch.arange(3.0)), torch.float32,
    torch.device("cpu"), Stage.EARLY, Path("a"), slice(1, 2), range(3), len, np.sin, torch.relu, nn.functional.relu,
    "text".upper, nn.ReLU(), nn.ReLU, nn.Linear, functools.partial(int, base=2), Augmentation(), 
    Augmentation(erase=0.3),    frozenset("ab"), print, digest_of, Stage, test_comments_and_places_do_not_count,
]  # fmt: skip


def test_values_that_differ_have_other_digests():
    digests = [digest_of(value) for value in VALUES]
    same = {tuple(sorted((i, j))) for i, a in enumerate(digests) for j, b in enumerate(digests) if i != j and a == b}
    assert same == set()
    assert digests == [digest_of(value) for value in VALUES]


def test_sets_count_whatever_their_order():
    assert digest_of({"a", "b", "c"}) == digest_of({"c", "b", "a"})


def test_what_holds_itself_ends():
    loop = [1]
    loop.append(loop)
    network = nn.Linear(2, 2)
    network.itself = [network]
    assert digest_of(loop) == digest_of(loop)
    assert digest_of(network) == digest_of(network)


def test_frozen_layers_count():
    torch.manual_seed(0)
    network = nn.Linear(2, 2)
    before = digest_of(network)
    network.bias.requires_grad_(False)
    assert digest_of(network) != before


PROCESS = """
import torch, sys
sys.path.insert(0, {folder!r})
from test_run_digest import WAYS, digest
print([digest(way, 2) for way in WAYS])
"""


def test_digests_are_the_same_in_another_process():
    code = textwrap.dedent(PROCESS).format(folder=str(Path(__file__).parent))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == str([digest(way, 2) for way in WAYS])


@pytest.mark.parametrize("held", [threading.Lock(), (value for value in "ab"), sys.stdout], ids=type)
def test_what_cannot_be_recognised_is_neither_saved_nor_taken_up(held, tmp_path):
    class Net(nn.Sequential):
        def forward(self, x):
            return super().forward(x) if held else x

    def make(n_classes):
        return Net(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, n_classes))

    model = CropCNNClassifier(
        make, max_epochs=1, augmentation=None, validation_fraction=0, random_state=0, device="cpu"
    )
    expected = model.fit(CROPS, Y).predict_proba(CROPS)
    model.set_params(checkpoint_folder=tmp_path)
    with pytest.warns(
        UserWarning, match=r"checkpoint_folder is not used.*\(Net\) cannot be recognised.*: TypeError"
    ) as said:
        np.testing.assert_array_equal(model.fit(CROPS, Y).predict_proba(CROPS), expected)
    assert len(said) == 1
    assert list(tmp_path.iterdir()) == []


def test_versions_count(tmp_path, monkeypatch):
    from radiohers.estimators import _checkpoint

    settings = {"max_epochs": 1, "augmentation": None, "validation_fraction": 0, "random_state": 0, "device": "cpu"}
    model = CropCNNClassifier("small", checkpoint_folder=tmp_path, **settings).fit(CROPS, Y)
    for name, value in (("__version__", "9.9"), ("version", lambda distribution: "9.9")):
        with monkeypatch.context() as patched:
            patched.setattr(_checkpoint, name, value)
            model.fit(CROPS, Y)
    assert len(list(tmp_path.glob("*.pt"))) == 3


def test_code_of_an_augmentation_counts(tmp_path):
    def fit(factor):
        namespace = {"__name__": "own", "Augmentation": Augmentation, "factor": factor}
        code = "class Own(Augmentation):\n    def apply(self, batch):\n        return batch * factor"
        exec(code, namespace)
        settings = {"max_epochs": 1, "validation_fraction": 0, "random_state": 0, "device": "cpu"}
        CropCNNClassifier("small", augmentation=namespace["Own"](), checkpoint_folder=tmp_path, **settings).fit(
            CROPS, Y
        )
        return len(list(tmp_path.glob("*.pt")))

    assert [fit(0.9), fit(0.9), fit(0.5)] == [1, 1, 2]
