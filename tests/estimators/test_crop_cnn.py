import os
import pickle
import re
import signal
import subprocess
import sys

import joblib
import numpy as np
import pandas as pd
import pytest
import torch
from sklearn import config_context
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold, cross_val_score

from radiohers.crops import Augmentation
from radiohers.estimators import CropCNNClassifier, TorchMLPClassifier, _crop_cnn, _training
from radiohers.exceptions import ModelFileError, RadiohersError


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Two threads on a busy machine wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def make_crops(n=24, shape=(32, 32), dtype=np.uint8, seed=0):
    """Crops whose right half is brighter in class 1, four of each patient."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) // 4 % 2
    crops = rng.integers(60, 140, size=(n, *shape)).astype(dtype)
    crops[y == 1, ..., shape[-1] // 2 :] += 80
    return crops, y, np.arange(n) // 4


@pytest.fixture(scope="module")
def crops():
    return make_crops()


def fast(**options):
    defaults = {"backbone": "small", "lr": 0.003, "max_epochs": 2, "batch_size": 8, "device": "cpu", "random_state": 0}
    return CropCNNClassifier(**(defaults | options))


@pytest.fixture(scope="module")
def fitted(crops):
    X, y, groups = crops
    return fast().fit(X, y, groups=groups)


def weights_of(model):
    return torch.cat([value.flatten().double() for value in model.network_.state_dict().values()])


def probabilities(model, X, y):
    return model.fit(X, y).predict_proba(X)


def test_learns_and_names_classes(crops):
    X, y, groups = crops
    model = fast(max_epochs=12, lr=0.01, augmentation=None, validation_fraction=0.34)
    model.fit(X, np.array(["low", "high"])[y], groups=groups)
    fresh, expected, _ = make_crops(n=40, seed=1)
    assert model.score(fresh, np.array(["low", "high"])[expected]) > 0.9
    assert model.classes_.tolist() == ["high", "low"]
    np.testing.assert_allclose(model.predict_proba(fresh).sum(axis=1), 1, rtol=1e-14)


def test_learns_three_classes():
    y = np.arange(30) % 3
    X = np.random.default_rng(0).integers(0, 80, size=(30, 32, 32)) + 80 * y[:, None, None]
    model = fast(max_epochs=15, lr=0.01, augmentation=None).fit(X.astype(np.uint8), y)
    assert model.score(X.astype(np.uint8), y) > 0.9
    assert 0 <= model.history_[-1]["validation_auc"] <= 1


def linear(n_classes):
    return torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(2), torch.nn.Flatten(), torch.nn.Linear(12, n_classes))


def test_any_callable_is_a_backbone(crops):
    model = fast(backbone=linear).fit(*crops[:2])
    assert model.predict_proba(crops[0]).shape == (24, 2)
    assert isinstance(model.network_.backbone[-1], torch.nn.Linear)


@pytest.mark.parametrize("backbone", ["resnet34", "swin_t"])
def test_torchvision_backbones_train_predict_and_pickle(crops, backbone):
    X, y, _ = crops
    model = fast(backbone=backbone, max_epochs=1).fit(X[:8], y[:8])
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_proba(X[:9]), model.predict_proba(X[:9]))


def test_weights_from_a_file(crops, fitted, tmp_path):
    X, y, _ = crops
    torch.save(fitted.network_.state_dict(), tmp_path / "weights.pth")
    model = fast(weights=tmp_path / "weights.pth", lr=1e-12, validation_fraction=0).fit(X, y)
    head, expected = (net.state_dict()["backbone.head.weight"] for net in (model.network_, fitted.network_))
    torch.testing.assert_close(head, expected, rtol=0, atol=1e-9)


# --- the same numbers


def test_same_seed_same_bits(crops):
    X, y, _ = crops
    first, second, other = (weights_of(fast(random_state=seed).fit(X, y)) for seed in (1, 1, 2))
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


def test_n_jobs_does_not_change_bits(crops):
    X, y, _ = crops
    models = [fast(random_state=seed) for seed in (0, 1)]
    alone = [probabilities(model, X, y) for model in models]
    jobs = (joblib.delayed(probabilities)(model, X, y) for model in models)
    np.testing.assert_array_equal(joblib.Parallel(n_jobs=2, prefer="threads")(jobs), alone)


def test_threads_around_do_not_change_bits(crops, fitted):
    X, y, groups = crops
    torch.set_num_threads(2)
    try:
        again = fast().fit(X, y, groups=groups)
        np.testing.assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)


def test_fit_and_predict_leave_torch_as_it_was(crops):
    X, y, _ = crops
    state = torch.get_rng_state()
    fast(max_epochs=1).fit(X, y).predict(X)
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("backbone", ["small", "resnet34"])
def test_a_crop_is_predicted_alike_alone_and_among_others(crops, backbone):
    X, y, _ = crops
    model = fast(backbone=backbone, max_epochs=1, augmentation=None).fit(X[:8], y[:8])
    together = model.predict_proba(X)
    np.testing.assert_array_equal(np.vstack([model.predict_proba(X[i : i + 1]) for i in range(5)]), together[:5])
    order = np.random.default_rng(1).permutation(len(X))
    np.testing.assert_array_equal(model.predict_proba(X[order]), together[order])
    np.testing.assert_array_equal(model.predict_proba(X[::-1]), together[::-1])


def test_pickle_in_a_new_process_gives_the_same_bits(crops, fitted, tmp_path):
    joblib.dump((fitted, crops[0], fitted.predict_proba(crops[0])), tmp_path / "model.joblib")
    code = "import joblib, sys; m, X, p = joblib.load(sys.argv[1]); assert (m.predict_proba(X) == p).all()"
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": ""}
    subprocess.run([sys.executable, "-c", code, tmp_path / "model.joblib"], check=True, env=environment)


def test_pickle_holds_weights_only(fitted):
    state = fitted.network_.state_dict().values()
    n_bytes = sum(value.numel() * value.element_size() for value in state)
    assert all(value.device.type == "cpu" for value in state)
    assert all(parameter.grad is None for parameter in fitted.network_.parameters())
    assert len(pickle.dumps(fitted)) < n_bytes + 25_000


def test_model_from_a_gpu_predicts_without_one(crops, fitted):
    model = pickle.loads(pickle.dumps(fitted)).set_params(device="cuda:7")
    np.testing.assert_array_equal(model.predict_proba(crops[0]), fitted.predict_proba(crops[0]))


# --- shapes and values of X


def test_shapes_of_the_same_crops_give_the_same_bits(crops):
    X, y, _ = crops
    expected = probabilities(fast(), X, y)
    for same in (X[:, None], X.reshape(24, -1), np.asfortranarray(X), X[::-1][::-1], X.tolist()):
        same = np.asarray(same, dtype=np.uint8)
        np.testing.assert_array_equal(probabilities(fast(), same, y), expected)


@pytest.mark.parametrize("shape", [(3, 32, 40), (1, 20, 33), (2, 32, 32)])
def test_channels_and_sides(shape):
    X, y, _ = make_crops(shape=shape)
    model = fast(max_epochs=1, augmentation=None).fit(X, y)
    assert model.image_shape_ == shape
    assert model.as_inputs(X).shape == (24, shape[0], max(shape[1], 32), max(shape[2], 32))
    assert model.predict(X).shape == (24,)


def test_uint8_is_divided_by_255(crops, fitted):
    inputs = fitted.as_inputs(crops[0])
    assert inputs.dtype == torch.float32
    torch.testing.assert_close(inputs[:, 0], torch.tensor(crops[0]) / 255)
    assert fitted.intensity_range_ == (0, 255)


def test_floats_are_scaled_by_the_training_part(crops):
    X, y, _ = crops
    hounsfield = X.astype(float) * 10 - 1000
    hounsfield[0, 0, 0] = 9000
    model = fast(augmentation=None).fit(hounsfield, y, sample_weight=np.arange(24) > 0)
    low, high = model.intensity_range_
    assert high < 9000
    inputs = model.as_inputs(hounsfield)
    assert (inputs.min(), inputs.max()) == (0, 1)
    torch.testing.assert_close(inputs[5, 0, 3, 4].item(), (hounsfield[5, 3, 4] - low) / (high - low), rtol=1e-5, atol=0)


def test_constant_crops_can_be_fitted():
    model = fast(augmentation=None, max_epochs=1).fit(np.full((8, 32, 32), 5.0), np.arange(8) % 2)
    assert model.as_inputs(np.full((1, 32, 32), 5.0)).abs().max() == 0


def test_input_size_resizes(crops):
    X, y, _ = crops
    model = fast(input_size=(40, 48), augmentation=None, max_epochs=1).fit(X, y)
    assert model.as_inputs(X).shape == (24, 1, 40, 48)
    assert model.as_inputs(np.full((2, 70, 60), 51, np.uint8)).unique().tolist() == pytest.approx([0.2])
    assert model.predict_proba(np.zeros((2, 70, 60), np.uint8)).shape == (2, 2)


def test_network_gives_the_predictions_from_as_inputs(crops, fitted):
    with torch.no_grad():
        probability = torch.softmax(fitted.network_(fitted.as_inputs(crops[0])), dim=1)
    np.testing.assert_allclose(fitted.predict_proba(crops[0]), probability, atol=1e-5)


# --- what is trained on, and how


def test_transform_sees_one_channel_in_zero_to_one(crops, monkeypatch):
    X, y, _ = crops
    seen = []
    monkeypatch.setattr(Augmentation, "apply", lambda self, batch: seen.append(batch) or batch)
    fast(validation_fraction=0).fit(X, y)
    assert [tuple(batch.shape) for batch in seen] == [(24, 1, 32, 32)] * 2
    assert all(batch.min() >= 0 and 0.8 < batch.max() <= 1 for batch in seen)


def test_augmentation_by_name_by_object_and_none(crops):
    X, y, _ = crops
    named, made, none = (
        weights_of(fast(augmentation=a).fit(X, y)) for a in ("liver_ct", Augmentation.from_preset("liver_ct"), None)
    )
    assert torch.equal(named, made)
    assert not torch.equal(named, none)


def test_patients_are_held_out_whole(crops, monkeypatch):
    X, y, groups = crops
    seen = []
    split = _crop_cnn.split_validation
    monkeypatch.setattr(_crop_cnn, "split_validation", lambda *a, **k: seen.append(split(*a, **k)) or seen[-1])
    fast(max_epochs=1).fit(X, y, groups=groups)
    training, validation = seen[0]
    assert not set(groups[training]) & set(groups[validation])
    assert len(validation) == 8


def test_adam_with_l2_penalty(crops, monkeypatch):
    made = []
    adam = torch.optim.Adam
    monkeypatch.setattr(torch.optim, "Adam", lambda *args, **kwargs: made.append(adam(*args, **kwargs)) or made[-1])
    fast(weight_decay=0.5, lr=0.25, max_epochs=1).fit(*crops[:2])
    group = made[0].param_groups[0]
    assert (group["lr"], group["weight_decay"], group["decoupled_weight_decay"]) == (0.25, 0.5, False)


@pytest.mark.parametrize(("keep_best", "best"), [("accuracy", np.argmax), ("auc", np.argmax), ("loss", np.argmin)])
def test_best_epoch_is_kept(crops, keep_best, best):
    X, y, groups = crops
    model = fast(keep_best=keep_best, max_epochs=6, lr=0.02).fit(X, y, groups=groups)
    assert model.n_epochs_ == 6
    assert model.best_epoch_ == best([entry[f"validation_{keep_best}"] for entry in model.history_]) + 1


def test_patience_stops(crops):
    X, y, groups = crops
    model = fast(patience=2, max_epochs=30, lr=0.01).fit(X, y, groups=groups)
    assert model.n_epochs_ == model.best_epoch_ + 2 < 30


def test_without_held_out_part_the_last_epoch_stays(crops):
    model = fast(validation_fraction=0).fit(*crops[:2])
    assert model.best_epoch_ == 2
    assert [sorted(entry) for entry in model.history_] == [["epoch", "train_loss"]] * 2


def test_rows_of_weight_zero_change_nothing(crops):
    X, y, groups = crops
    kept = np.arange(24) % 4 > 0
    weighted = fast(class_weight="balanced").fit(X, y, sample_weight=kept * 2.0, groups=groups)
    without = fast(class_weight="balanced").fit(X[kept], y[kept], groups=groups[kept])
    assert torch.equal(weights_of(weighted), weights_of(without))


def test_class_weight_moves_the_balance(crops):
    X, y, _ = crops
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 255, X.shape, dtype=np.uint8)
    model = fast(max_epochs=20, validation_fraction=0)
    low, high = (probabilities(model.set_params(class_weight={0: 1, 1: w}), noise, y)[:, 1].mean() for w in (0.1, 10))
    assert low < 0.3 < 0.7 < high


def test_mixed_precision_on_request(crops):
    half, full = (weights_of(fast(amp=amp, max_epochs=1).fit(*crops[:2])) for amp in (True, "auto"))
    assert not torch.equal(half, full)
    torch.testing.assert_close(half, full, atol=0.1, rtol=0)


# --- stopping and going on


def stop_after(monkeypatch, n_epochs):
    """Make training raise once so many epochs were trained."""
    left = [n_epochs]
    train = _training._train_one_epoch

    def train_or_stop(*args):
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return train(*args)

    monkeypatch.setattr(_training, "_train_one_epoch", train_or_stop)


@pytest.mark.parametrize("n_epochs", [1, 3])
def test_stopped_run_goes_on_with_the_same_result(crops, tmp_path, monkeypatch, n_epochs):
    X, y, groups = crops
    expected = fast(max_epochs=4, lr=0.02).fit(X, y, groups=groups)
    model = fast(max_epochs=4, lr=0.02, checkpoint_folder=tmp_path / "new" / "folder")
    with monkeypatch.context() as patched:
        stop_after(patched, n_epochs)
        with pytest.raises(KeyboardInterrupt):
            model.fit(X, y, groups=groups)
    stop_after(monkeypatch, 4 - n_epochs)
    model.fit(X, y, groups=groups)
    assert torch.equal(weights_of(model), weights_of(expected))
    assert model.history_ == expected.history_
    assert model.best_epoch_ == expected.best_epoch_


KILLED = """
import os, signal, sys
import numpy as np
import pandas as pd
from radiohers.estimators import _checkpoint
from radiohers.estimators import CropCNNClassifier
data = np.load(sys.argv[1])
save = _checkpoint.Checkpoint.save
def save_and_die(self, run, *args):
    save(self, run, *args)
    if len(run.history) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
_checkpoint.Checkpoint.save = save_and_die
CropCNNClassifier("small", lr=0.003, max_epochs=4, batch_size=8, device="cpu", random_state=0,
                  checkpoint_folder=sys.argv[2]).fit(data["X"], data["y"])
"""


def test_killed_run_goes_on_with_the_same_result(crops, tmp_path, monkeypatch):
    X, y, _ = crops
    np.savez(tmp_path / "data.npz", X=X, y=y)
    done = subprocess.run([sys.executable, "-c", KILLED, tmp_path / "data.npz", tmp_path / "runs"], check=False)
    assert done.returncode == -signal.SIGKILL
    expected = fast(max_epochs=4).fit(X, y)
    stop_after(monkeypatch, 2)
    model = fast(max_epochs=4, checkpoint_folder=tmp_path / "runs").fit(X, y)
    assert torch.equal(weights_of(model), weights_of(expected))


def test_finished_run_is_not_trained_again(crops, tmp_path, monkeypatch):
    first = fast(checkpoint_folder=tmp_path, patience=1).fit(*crops[:2])
    stop_after(monkeypatch, 0)
    again = fast(checkpoint_folder=tmp_path, patience=1).fit(*crops[:2])
    assert torch.equal(weights_of(again), weights_of(first))
    assert again.history_ == first.history_


def test_more_epochs_go_on_from_the_last(crops, tmp_path, monkeypatch):
    fast(checkpoint_folder=tmp_path).fit(*crops[:2])
    expected = fast(max_epochs=3).fit(*crops[:2])
    stop_after(monkeypatch, 1)
    assert torch.equal(weights_of(fast(checkpoint_folder=tmp_path, max_epochs=3).fit(*crops[:2])), weights_of(expected))
    with pytest.raises(ModelFileError, match="has 3 epochs already, and max_epochs=2. Raise max_epochs"):
        fast(checkpoint_folder=tmp_path).fit(*crops[:2])


@pytest.mark.parametrize(
    "change",
    [{"lr": 0.004}, {"random_state": 1}, {"augmentation": Augmentation(rotate=0.5)}, {"class_weight": {0: 2}}],
)
def test_another_run_has_its_own_checkpoint(crops, tmp_path, change):
    model = fast(max_epochs=1, checkpoint_folder=tmp_path).fit(*crops[:2])
    other = clone(model).set_params(**change).fit(*crops[:2])
    assert len(list(tmp_path.glob("*.pt"))) == 2
    assert torch.equal(weights_of(other), weights_of(fast(max_epochs=1, **change).fit(*crops[:2])))


def test_folds_share_a_checkpoint_folder(crops, tmp_path):
    X, y, groups = crops
    cross_val_score(fast(max_epochs=1, checkpoint_folder=tmp_path), X, y, groups=groups, cv=StratifiedGroupKFold(2))
    assert len(list(tmp_path.glob("*.pt"))) == 2


def test_checkpoint_of_another_run_under_its_name(crops, tmp_path):
    fast(max_epochs=1, checkpoint_folder=tmp_path).fit(*crops[:2])
    (first,) = tmp_path.glob("*.pt")
    fast(max_epochs=1, checkpoint_folder=tmp_path, lr=0.1).fit(*crops[:2])
    (second,) = set(tmp_path.glob("*.pt")) - {first}
    first.rename(second)
    with pytest.raises(ModelFileError, match=f"is of other data or parameters: its fingerprint is {first.stem}"):
        fast(max_epochs=1, checkpoint_folder=tmp_path, lr=0.1).fit(*crops[:2])


def test_checkpoint_that_cannot_be_read(crops, tmp_path):
    fast(max_epochs=1, checkpoint_folder=tmp_path).fit(*crops[:2])
    (path,) = tmp_path.glob("*.pt")
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ModelFileError, match=f"{path.name} cannot be read.*Delete it, and the run starts anew"):
        fast(max_epochs=1, checkpoint_folder=tmp_path).fit(*crops[:2])


# --- with scikit-learn around it


def test_grid_search_reaches_into_the_augmentation(crops):
    X, y, _ = crops
    model = fast(max_epochs=1, augmentation=Augmentation())
    search = GridSearchCV(model, {"lr": [0.001], "augmentation__rotate": [0.0, 1.0]}, cv=2, error_score="raise")
    assert search.fit(X, y).best_estimator_.augmentation.rotate in (0.0, 1.0)


def test_groups_are_routed(crops):
    X, y, groups = crops
    with config_context(enable_metadata_routing=True):
        model = fast(max_epochs=1, validation_fraction=0).set_fit_request(groups=True)
        splitter = StratifiedGroupKFold(2)
        scores = cross_val_score(model, X, y, cv=splitter, params={"groups": groups}, error_score="raise")
    assert len(scores) == 2


def test_verbose_shows_a_bar_on_stderr(crops, capsys):
    fast(verbose=1).fit(*crops[:2])
    shown = capsys.readouterr()
    assert re.search(r"CropCNNClassifier: 100%.* 2/2 .*loss=\d.*accuracy=\d", shown.err)
    assert shown.out == ""


# --- errors


def test_nan(crops):
    X, y, _ = crops
    bad = X.astype(float)
    bad[3, 4, 5] = np.nan
    with pytest.raises(ValueError, match="Input X contains NaN"):
        fast().fit(bad, y)


@pytest.mark.parametrize("shape", [(32,), (2, 1, 1, 32, 32), (4, 0, 32)])
def test_shapes_that_are_no_images(shape):
    with pytest.raises(ValueError, match=re.escape(f"X has the shape {shape}, and must have (n, row, column), ")):
        fast().fit(np.zeros(shape), np.arange(shape[0]) % 2)


def test_other_crops_than_those_of_fit(crops, fitted):
    expected = (
        r"X has crops of shape \(1, 32, 33\) \(channel, row, column\), and CropCNNClassifier was fitted on \(1, 32, "
    )
    with pytest.raises(ValueError, match=expected):
        fitted.predict(np.zeros((2, 32, 33), np.uint8))
    with pytest.raises(ValueError, match=r"shape \(3, 32, 32\)"):
        fitted.predict(np.zeros((2, 3, 32, 32), np.uint8))
    with pytest.raises(ValueError, match=r"shape \(1, 1, 7\)"):
        fitted.predict(np.zeros((2, 7), np.uint8))


def test_one_class(crops):
    with pytest.raises(ValueError, match=r"y has 1 class with a sample weight above 0, \[0\]"):
        fast().fit(crops[0], np.zeros(24, dtype=int))


def test_too_few_patients(crops):
    X, y, _ = crops
    with pytest.raises(ValueError, match="the smallest class has 1. Use validation_fraction=0, or"):
        fast().fit(X, y, groups=y)


def test_held_out_part_without_auc(crops):
    X, _, groups = crops
    y = (np.arange(24) % 4 == 0) & (groups == 0)
    with pytest.raises(ValueError, match="keep_best='auc' needs crops of two classes in the held-out part"):
        fast(keep_best="auc", random_state=1).fit(X, y, groups=groups)


def test_divergence(crops):
    with pytest.raises(RadiohersError, match="The network diverged"):
        fast(lr=1e30, max_epochs=5).fit(*crops[:2])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"backbone": "resnet3"}, "The 'backbone' parameter of CropCNNClassifier must be a str among"),
        ({"augmentation": "liver"}, "There is no augmentation preset 'liver'. Use one of"),
        ({"input_size": 16}, "input_size=16 must be None, a side, or a pair"),
        ({"input_size": (40, 40.5)}, r"input_size=\(40, 40.5\) must be None"),
        ({"input_size": (40, 40, 40)}, "must be None, a side, or a pair"),
        ({"patience": 3, "validation_fraction": 0}, "patience=3 needs a held-out part, and validation_fraction=0"),
        ({"checkpoint_folder": "runs", "random_state": None}, "checkpoint_folder needs a random_state"),
        ({"device": "gpu"}, "device='gpu' is not known"),
        ({"keep_best": "f1"}, "The 'keep_best' parameter of CropCNNClassifier must be"),
    ],
)
def test_parameters_that_cannot_be_used(crops, options, message):
    with pytest.raises(ValueError, match=message):
        fast(**options).fit(*crops[:2])


def test_crops_that_cannot_be_turned():
    X, y, _ = make_crops(shape=(32, 40))
    with pytest.raises(ValueError, match="rotation by 90 degrees does not fit crops of 32 x 40 pixels"):
        fast().fit(X, y)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
def test_gpu_fit_repeats_and_predicts_on_the_cpu(crops):
    X, y, _ = crops
    first, second = (fast(device="cuda").fit(X, y) for _ in range(2))
    assert all(value.device.type == "cpu" for value in first.network_.state_dict().values())
    assert torch.equal(weights_of(first), weights_of(second))
    on_gpu, on_cpu = first.predict_proba(X), first.set_params(device="cpu").predict_proba(X)
    np.testing.assert_allclose(on_gpu, on_cpu, atol=0.01)


# --- what is told apart at the door


@pytest.mark.parametrize("shape", [(3, 32, 40), (1, 33, 32), (2, 40, 36), (4, 32, 32)])
def test_channels_may_be_last(shape):
    X, y, _ = make_crops(shape=shape)
    last = np.moveaxis(X, 1, 3)
    first_fit, last_fit = fast(augmentation=None).fit(X, y), fast(augmentation=None).fit(last.copy(), y)
    assert last_fit.image_shape_ == shape
    expected = first_fit.predict_proba(X)
    for model in (first_fit, last_fit):
        np.testing.assert_array_equal(model.predict_proba(X), expected)
        np.testing.assert_array_equal(model.predict_proba(last), expected)


@pytest.mark.parametrize("shape", [(3, 40, 3), (1, 36, 1), (4, 4, 4), (3, 32, 1), (40, 36, 6), (5, 40, 3)])
def test_channels_that_may_be_first_or_last_are_refused(shape):
    with pytest.raises(
        ValueError, match=re.escape(f"X has the shape {(6, *shape)}, of which the channels may be")
    ) as error:
        fast().fit(np.zeros((6, *shape), np.uint8), np.arange(6) % 2)
    assert "np.moveaxis(X, -1, 1) where the channels are last" in str(error.value)


@pytest.mark.parametrize("shape", [(16, 32, 34), (9, 20, 12), (40, 12, 10)])
def test_many_channels_are_first(shape):
    X, y, _ = make_crops(shape=shape, n=6)
    assert fast(max_epochs=1, augmentation=None, validation_fraction=0).fit(X, y).image_shape_ == shape


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        ([None, *range(23)], "groups is missing in 1 of 24 rows, the first is row 0"),
        ([*range(23), np.nan], "groups is missing in 1 of 24 rows, the first is row 23"),
        (pd.Series([pd.NA, *range(23)], dtype="Int64"), "groups is missing in 1"),
        (["a", *range(23)], "groups mixes types, such as 'a' and 0"),
        (np.zeros((24, 2)), r"groups has the shape \(24, 2\)"),
        (pd.Series(range(24), index=range(1, 25)).iloc[::-1], None),
    ],
)
@pytest.mark.parametrize("model", [fast(), TorchMLPClassifier(max_epochs=1)], ids=["crops", "table"])
def test_patients_are_checked(crops, model, groups, said):
    X, y, _ = crops
    if said:
        with pytest.raises(ValueError, match=said):
            model.fit(X.reshape(24, -1), y, groups=groups)
    else:
        model.fit(X.reshape(24, -1), y, groups=groups)


@pytest.mark.parametrize(
    "model", [fast(validation_fraction=0.4), TorchMLPClassifier(early_stopping=True, random_state=0)]
)
def test_names_bring_rows_into_one_order(crops, model):
    X, y, groups = crops
    names = [f"crop {number}" for number in range(24)]
    X, y, groups = pd.DataFrame(X.reshape(24, -1), names).add_prefix("p"), pd.Series(y, names), pd.Series(groups, names)
    expected = clone(model).fit(X, y, groups=groups).predict_proba(X)
    other = clone(model).fit(X, y.sample(frac=1, random_state=0), groups=groups[::-1])
    np.testing.assert_array_equal(other.predict_proba(X), expected)
    with pytest.raises(ValueError, match="y names other cases than X"):
        clone(model).fit(X, y.rename(str.upper), groups=groups)


@pytest.mark.parametrize("model", [fast(), TorchMLPClassifier(max_epochs=1, random_state=0)], ids=["crops", "table"])
@pytest.mark.parametrize("kept", [lambda y: y.astype(object), lambda y: pd.Series(y).astype("Int64"), lambda y: y == 1])
def test_labels_of_all_types_are_alike(crops, model, kept):
    X, y, _ = crops
    expected = clone(model).fit(X.reshape(24, -1), y).predict_proba(X.reshape(24, -1))
    np.testing.assert_array_equal(
        clone(model).fit(X.reshape(24, -1), kept(y)).predict_proba(X.reshape(24, -1)), expected
    )
