import pickle
import re
import subprocess
import sys

import joblib
import numpy as np
import pandas as pd
import pytest
import torch
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import load_iris, make_classification
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from radiohers.estimators import TorchMLPClassifier
from radiohers.exceptions import RadiohersError


@pytest.fixture(scope="module")
def table():
    """Rows of 67 patients and 20 columns that can be told apart."""
    X, y = make_classification(67, 20, n_informative=5, class_sep=2.0, random_state=0)
    return StandardScaler().fit_transform(X), y


def fast(**options):
    return TorchMLPClassifier(**({"max_epochs": 5, "random_state": 0} | options))


def probabilities(model, X, y):
    return model.fit(X, y).predict_proba(X)


def test_learns_two_classes(table):
    scores = cross_val_score(TorchMLPClassifier(random_state=0), *table, cv=5, scoring="roc_auc")
    assert scores.mean() > 0.9


def test_learns_three_classes():
    X, y = load_iris(return_X_y=True)
    model = make_pipeline(StandardScaler(), TorchMLPClassifier(lr=0.01, random_state=0)).fit(X, y)
    assert model.score(X, y) > 0.9
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1, rtol=1e-14)


def test_noise_is_not_learnt():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(300, 20)), rng.integers(2, size=300)
    scores = cross_val_score(TorchMLPClassifier(random_state=0), X, y, cv=5, scoring="roc_auc")
    assert 0.4 < scores.mean() < 0.6


def test_string_labels(table):
    X, y = table
    model = fast().fit(X, np.array(["HER2-", "HER2+"])[y])
    assert model.classes_.tolist() == ["HER2+", "HER2-"]
    assert set(model.predict(X)) <= {"HER2+", "HER2-"}


@pytest.mark.parametrize("hidden_layer_sizes", [(), 7, (7,), [8, 4], np.array([8, 4])])
def test_hidden_layer_sizes(table, hidden_layer_sizes):
    network = fast(hidden_layer_sizes=hidden_layer_sizes).fit(*table).network_
    widths = [layer.out_features for layer in network if isinstance(layer, torch.nn.Linear)]
    assert widths == [*np.atleast_1d(hidden_layer_sizes).astype(int), 2]


@pytest.mark.parametrize("hidden_layer_sizes", [(8, 0), (8, 2.5)])
def test_hidden_layer_sizes_out_of_range(table, hidden_layer_sizes):
    with pytest.raises(ValueError, match=re.escape(f"hidden_layer_sizes={hidden_layer_sizes} must hold integers")):
        fast(hidden_layer_sizes=hidden_layer_sizes).fit(*table)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_same_seed_same_bits(table, early_stopping):
    first, second, other = (
        probabilities(fast(random_state=seed, early_stopping=early_stopping), *table) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("prefer", ["threads", "processes"])
def test_n_jobs_does_not_change_bits(table, prefer):
    models = [fast(random_state=seed) for seed in (0, 1, 2, 3)]
    alone = [probabilities(model, *table) for model in models]
    jobs = (joblib.delayed(probabilities)(model, *table) for model in models)
    together = joblib.Parallel(n_jobs=2, prefer=prefer)(jobs)
    np.testing.assert_array_equal(together, alone)


def test_random_state_instance_and_none(table):
    first, second = (
        probabilities(fast(random_state=state), *table)
        for state in (np.random.RandomState(3), np.random.RandomState(3))
    )
    np.testing.assert_array_equal(first, second)
    state = np.random.RandomState(3)
    assert not np.array_equal(*(probabilities(fast(random_state=state), *table) for _ in range(2)))
    assert not np.array_equal(*(probabilities(fast(random_state=None), *table) for _ in range(2)))


def test_fit_leaves_torch_as_it_was(table):
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    fast().fit(*table)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == threads


def test_single_rows_equal_batches_bit_for_bit(table):
    X = np.random.default_rng(0).normal(size=(500, 20))
    model = fast(hidden_layer_sizes=(64, 32)).fit(*table)
    together = model.predict_proba(X)
    alone = np.vstack([model.predict_proba(row[None]) for row in X])
    np.testing.assert_array_equal(alone, together)
    np.testing.assert_array_equal(np.vstack([model.predict_proba(part) for part in np.array_split(X, 13)]), together)


def test_permuted_rows_give_permuted_predictions(table):
    X = np.random.default_rng(0).normal(size=(5001, 20))
    order = np.random.default_rng(1).permutation(len(X))
    model = fast().fit(*table)
    np.testing.assert_array_equal(model.predict_proba(X[order]), model.predict_proba(X)[order])
    np.testing.assert_array_equal(model.predict_proba(X[::-1]), model.predict_proba(X)[::-1])


def test_layout_of_the_table_does_not_matter(table):
    X, y = table
    expected = probabilities(fast(), X, y)
    read_only = X.copy()
    read_only.flags.writeable = False
    for same in (np.asfortranarray(X), read_only, X[::-1][::-1], pd.DataFrame(X), X.tolist()):
        np.testing.assert_array_equal(probabilities(fast(), same, y), expected)


def test_pickle_in_a_new_process_gives_the_same_bits(table, tmp_path):
    X, y = table
    expected = probabilities(fast(), X, y)
    joblib.dump((fast().fit(X, y), X, expected), tmp_path / "model.joblib")
    code = "import joblib, sys; m, X, p = joblib.load(sys.argv[1]); assert (m.predict_proba(X) == p).all()"
    subprocess.run([sys.executable, "-c", code, tmp_path / "model.joblib"], check=True)


def test_pickle_holds_weights_only(table):
    model = fast(hidden_layer_sizes=(100, 100), early_stopping=True).fit(*table)
    weights = list(model.network_.state_dict().values())
    n_bytes = sum(value.numel() * value.element_size() for value in weights)
    assert all(value.device.type == "cpu" for value in weights)
    assert all(parameter.grad is None for parameter in model.network_.parameters())
    assert len(pickle.dumps(model)) < n_bytes + 10_000


def test_rows_of_weight_zero_change_nothing(table):
    X, y = table
    weights = np.where(np.arange(67) % 3 == 0, 0.0, 1.0)
    kept = weights > 0
    weighted = fast(early_stopping=True).fit(X, y, weights)
    without = fast(early_stopping=True).fit(X[kept], y[kept])
    np.testing.assert_array_equal(weighted.predict_proba(X), without.predict_proba(X))


@pytest.mark.parametrize("class_weight", [None, "balanced", {0: 2.0}])
def test_weights_act_as_repetitions_in_full_batches(table, class_weight):
    X, y = table
    # Balanced weights count rows, so that both classes are repeated alike.
    times = np.where(np.arange(67) % 2, 3, 1) if class_weight != "balanced" else np.full(67, 3)
    model = fast(batch_size=1000, dropout=0, class_weight=class_weight)
    weighted = clone(model).fit(X, y, times).predict_proba(X)
    repeated = clone(model).fit(np.repeat(X, times, axis=0), np.repeat(y, times)).predict_proba(X)
    np.testing.assert_allclose(weighted, repeated, rtol=1e-6)


def test_balanced_weights_lift_the_rare_class():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], [90, 10])
    X = rng.normal(size=(100, 3)) + 0.5 * y[:, None]
    plain, balanced = (fast(class_weight=weight, max_epochs=100).fit(X, y) for weight in (None, "balanced"))
    assert plain.predict_proba(X)[:, 1].mean() < 0.25
    assert 0.35 < balanced.predict_proba(X)[:, 1].mean() < 0.65


def test_history_without_early_stopping(table):
    model = fast(dropout=0).fit(*table)
    assert model.n_epochs_ == model.best_epoch_ == len(model.history_) == 5
    assert model.history_[-1]["epoch"] == 5
    assert model.history_[-1]["train_loss"] < model.history_[0]["train_loss"]


def test_early_stopping_keeps_the_best_epoch(table):
    model = fast(early_stopping=True, lr=0.05, max_epochs=300, patience=4, validation_fraction=0.3).fit(*table)
    losses = [entry["validation_loss"] for entry in model.history_]
    assert model.best_epoch_ == np.argmin(losses) + 1
    assert model.n_epochs_ == model.best_epoch_ + 4


def test_groups_keep_patients_on_one_side(table, monkeypatch):
    from radiohers.estimators import _mlp

    seen = []
    split = _mlp.split_validation
    monkeypatch.setattr(_mlp, "split_validation", lambda *args: seen.append(split(*args)) or seen[-1])
    X, y = table
    groups = np.array([f"patient {number // 2}" for number in range(67)])
    fast(early_stopping=True).fit(X, y, groups=groups)
    training, validation = seen[0]
    assert not set(groups[training]) & set(groups[validation])


def test_groups_are_routed(table):
    X, y = table
    groups = np.arange(67) // 2
    with config_context(enable_metadata_routing=True):
        model = fast(early_stopping=True).set_fit_request(groups=True)
        scores = cross_val_score(
            model, X, y, cv=StratifiedGroupKFold(3), params={"groups": groups}, error_score="raise"
        )
    assert len(scores) == 3


def test_groups_of_another_length(table):
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        fast().fit(*table, groups=[1, 2, 3])


def test_grid_search_in_processes(table):
    search = GridSearchCV(fast(), {"hidden_layer_sizes": [(4,), (8, 4)], "dropout": [0, 0.5]}, cv=2, n_jobs=2)
    assert search.fit(*table).best_score_ > 0.5


def test_one_class(table):
    with pytest.raises(ValueError, match=r"y has 1 class with a sample weight above 0, \[1\], and a classifier needs"):
        fast().fit(table[0], np.ones(67, dtype=int))


def test_early_stopping_with_one_patient_of_a_class(table):
    with pytest.raises(ValueError, match="the smallest class has 1. Use early_stopping=False"):
        fast(early_stopping=True).fit(table[0], np.arange(67) == 0)


def test_learning_rate_that_diverges(table):
    with pytest.raises(RadiohersError, match="The network diverged"):
        fast(lr=1e200).fit(*table)


@pytest.mark.parametrize(("name", "value"), [("dropout", 1.0), ("lr", 0), ("class_weight", "even"), ("device", 0)])
def test_parameters_out_of_range(table, name, value):
    with pytest.raises(ValueError, match=f"The '{name}' parameter of TorchMLPClassifier must be"):
        fast(**{name: value}).fit(*table)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA GPU")
def test_gpu_that_is_not_there(table):
    with pytest.raises(ValueError, match="device='cuda', but torch sees 0 CUDA GPUs here"):
        fast(device="cuda").fit(*table)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
def test_gpu_fit_predicts_on_the_cpu(table):
    first, second = (fast(device="cuda").fit(*table) for _ in range(2))
    assert all(value.device.type == "cpu" for value in first.network_.state_dict().values())
    np.testing.assert_array_equal(first.predict_proba(table[0]), second.predict_proba(table[0]))


def test_verbose_prints_an_epoch_a_line(table, capsys):
    fast(verbose=1, max_epochs=2, early_stopping=True).fit(*table)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    number = r"\d\.\d{4}"
    losses = f"train_loss {number}, validation_loss {number}, validation_accuracy {number}"
    assert re.fullmatch(rf"\[TorchMLPClassifier\] epoch 2: {losses}", lines[1])


def test_module_import_does_not_import_torch():
    code = "import sys, radiohers.estimators; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
