import re
import threading

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from radiohers.estimators import _training
from radiohers.estimators._device import isolated_torch, resolve_device
from radiohers.estimators._training import LabelledData, evaluate_network, predict_logits, train_network
from radiohers.exceptions import RadiohersError


@pytest.fixture
def data():
    """Forty rows of two columns; the first says the class."""
    inputs = torch.tensor(np.random.default_rng(0).normal(size=(40, 2)))
    return LabelledData(inputs, (inputs[:, 0] > 0).long())


def make_network(*extra):
    return torch.nn.Sequential(torch.nn.Linear(2, 2, dtype=torch.float64), *extra)


def sgd(parameters):
    return torch.optim.SGD(parameters, lr=0.5)


def train(network, data, seed=0, **options):
    options = {"make_optimizer": sgd, "max_epochs": 5, "batch_size": 8} | options
    with isolated_torch(seed):
        return train_network(network, data, **options)


def seeded_network(seed=0, *extra):
    with isolated_torch(seed):
        return make_network(*extra)


def weights_of(network):
    return torch.cat([value.flatten() for value in network.state_dict().values()])


class Recorder(torch.nn.Module):
    """Keeps the rows of every batch that it sees."""

    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(2, 2, dtype=torch.float64)
        self.batches = []

    def forward(self, inputs):
        if self.training:
            self.batches.append(inputs.clone())
        return self.linear(inputs)


def test_training_learns(data):
    network = seeded_network()
    run = train(network, data, max_epochs=30)
    assert run.history[-1]["train_loss"] < 0.3
    assert evaluate_network(network, data, 40)["accuracy"] > 0.9


def test_each_epoch_shows_each_row_once_in_another_order(data):
    recorder = Recorder()
    train(recorder, data, max_epochs=2, batch_size=7)
    sizes = [len(batch) for batch in recorder.batches]
    assert sizes == [7, 7, 7, 7, 6, 6] * 2
    first, second = torch.cat(recorder.batches[:6]), torch.cat(recorder.batches[6:])
    assert not torch.equal(first, second)
    for seen in (first, second):
        assert torch.equal(seen.sort(dim=0).values, data.inputs.sort(dim=0).values)


def test_same_seed_same_bits(data):
    networks = [seeded_network(3, torch.nn.Dropout(0.5)) for _ in range(3)]
    for network, seed in zip(networks, (0, 0, 1), strict=True):
        train(network, data, seed=seed)
    assert torch.equal(weights_of(networks[0]), weights_of(networks[1]))
    assert not torch.equal(weights_of(networks[0]), weights_of(networks[2]))


def test_full_batch_step_equals_gradient_descent(data):
    network, by_hand = seeded_network(), seeded_network()
    train(network, data, max_epochs=1, batch_size=40)
    torch.nn.functional.cross_entropy(by_hand(data.inputs), data.targets).backward()
    for trained, start in zip(network.parameters(), by_hand.parameters(), strict=True):
        torch.testing.assert_close(trained, start - 0.5 * start.grad)


def test_weights_act_as_repetitions_in_a_full_batch(data):
    times = torch.arange(40) % 3 + 1
    weighted, repeated = seeded_network(), seeded_network()
    train(weighted, data._replace(weights=times.double()), batch_size=1000)
    train(repeated, LabelledData(*(part.repeat_interleave(times, 0) for part in data[:2])), batch_size=1000)
    torch.testing.assert_close(weights_of(weighted), weights_of(repeated))


def test_scale_of_weights_does_not_matter(data):
    small, large = seeded_network(), seeded_network()
    weights = torch.linspace(1, 2, 40, dtype=torch.float64)
    train(small, data._replace(weights=weights))
    train(large, data._replace(weights=1024 * weights))
    assert torch.equal(weights_of(small), weights_of(large))


def test_evaluate_weighs_rows(data):
    network = seeded_network()
    hit = network(data.inputs).argmax(dim=1) == data.targets
    loss = torch.nn.functional.cross_entropy(network(data.inputs), data.targets, reduction="none")
    weights = torch.where(hit, 3.0, 1.0).double()
    found = evaluate_network(network, data._replace(weights=weights), batch_size=7)
    expected = [(value * weights).sum().item() / weights.sum().item() for value in (loss, hit)]
    assert found == pytest.approx({"loss": expected[0], "accuracy": expected[1]})


def test_evaluate_with_auc(data):
    found = evaluate_network(seeded_network(), data, batch_size=7, with_auc=True)["auc"]
    margin = torch.diff(seeded_network()(data.inputs)).detach().numpy()
    assert found == pytest.approx(roc_auc_score(data.targets, margin))


def test_auc_of_three_classes_is_the_mean_against_the_rest():
    network = torch.nn.Identity()
    network.register_parameter("unused", torch.nn.Parameter(torch.zeros(1)))
    logits = torch.eye(3).repeat(2, 1)
    logits[0] = torch.tensor([0.0, 2.0, 0.0])
    data = LabelledData(logits, torch.tensor([0, 1, 2, 0, 1, 2]), torch.tensor([1.0, 1, 1, 2, 1, 1]))
    probability = torch.softmax(logits, dim=1)
    aucs = [roc_auc_score(data.targets == k, probability[:, k], sample_weight=data.weights) for k in range(3)]
    assert evaluate_network(network, data, 4, with_auc=True)["auc"] == pytest.approx(np.mean(aucs))


def test_auc_of_one_class_is_nan(data):
    one = data._replace(targets=torch.zeros(40, dtype=torch.int64))
    run = train(seeded_network(), data, validation=one, with_auc=True, max_epochs=1)
    assert np.isnan(run.history[0]["validation_auc"])


@pytest.mark.parametrize("monitor", ["validation_loss", "validation_accuracy", "validation_auc"])
def test_best_epoch_is_kept(data, monitor):
    states = []
    network = seeded_network()
    run = train(
        network,
        data,
        validation=data._replace(targets=1 - data.targets),
        monitor=monitor,
        with_auc=True,
        on_epoch=lambda entry, net: states.append(weights_of(net).clone()),
    )
    values = [entry[monitor] for entry in run.history]
    best = np.argmin(values) if monitor.endswith("loss") else np.argmax(values)
    assert run.best_epoch == best + 1 < len(values)
    assert torch.equal(weights_of(network), states[best])


def test_patience_stops(data):
    run = train(seeded_network(), data, validation=data._replace(targets=1 - data.targets), patience=2, max_epochs=50)
    assert len(run.history) == run.best_epoch + 2


def test_without_validation_the_last_epoch_stays(data):
    run = train(seeded_network(), data, max_epochs=4)
    assert run.best_epoch == 4
    assert [sorted(entry) for entry in run.history] == [["epoch", "train_loss"]] * 4


def test_transform_changes_training_batches_only(data):
    recorder = Recorder()
    run = train(recorder, data, validation=data, transform=lambda batch: batch * 0)
    assert all(torch.equal(batch, torch.zeros_like(batch)) for batch in recorder.batches)
    assert run.history[0]["validation_loss"] != run.history[0]["train_loss"]


def test_prepare_changes_training_and_validation_batches(data):
    times_three = data._replace(inputs=3 * data.inputs)
    prepared, expected = seeded_network(), seeded_network()
    run = train(prepared, data, validation=data, prepare=lambda batch: 3 * batch, transform=lambda batch: batch / 2)
    other = train(expected, times_three, validation=times_three, transform=lambda batch: batch / 2)
    assert torch.equal(weights_of(prepared), weights_of(expected))
    assert run.history == other.history


@pytest.mark.parametrize(
    ("rows", "values", "sizes"), [(20, 10**6, [16, 16, 8]), (10**6, 50, [24, 16]), (1, 1, [8] * 5)]
)
def test_rows_are_transformed_several_batches_at_a_time(data, monkeypatch, rows, values, sizes):
    monkeypatch.setattr(_training, "ROWS_AT_A_TIME", rows)
    monkeypatch.setattr(_training, "VALUES_AT_A_TIME", values)
    seen, recorder = [], Recorder()
    train(recorder, data, transform=lambda batch: seen.append(len(batch)) or batch, max_epochs=1)
    assert seen == sizes
    assert [len(batch) for batch in recorder.batches] == [8] * 5


def test_padding_fills_the_last_batch(data):
    recorder = Recorder().eval()
    sizes = []
    recorder.register_forward_pre_hook(lambda module, args: sizes.append(len(args[0])))
    logits = predict_logits(recorder, data.inputs, 16, pad=True)
    assert sizes == [16, 16, 16]
    torch.testing.assert_close(logits, recorder.linear(data.inputs))


def test_network_ends_in_evaluation_mode(data):
    network = seeded_network(0, torch.nn.Dropout(0.5))
    train(network, data)
    assert not network.training


def test_images_and_batch_norm():
    images = torch.rand(9, 1, 5, 6)
    network = torch.nn.Sequential(
        torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.Flatten(), torch.nn.Linear(24, 2)
    )
    run = train(network, LabelledData(images, torch.arange(9) % 2), batch_size=4, max_epochs=2)
    assert len(run.history) == 2
    assert predict_logits(network, images, 4).shape == (9, 2)


def test_divergence_is_an_error(data):
    huge = data._replace(inputs=data.inputs * 1e200)
    with pytest.raises(RadiohersError, match="The network diverged: train_loss is (nan|inf) in epoch [12]. Lower the"):
        train(seeded_network(), huge)


def fail_with_changed_torch():
    with isolated_torch(5, n_threads=torch.get_num_threads() + 1):
        torch.rand(3)
        raise KeyError(torch.get_num_threads())


def test_isolated_torch_restores_generator_and_threads():
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    with pytest.raises(KeyError, match=str(threads + 1)):
        fail_with_changed_torch()
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.get_rng_state(), state)


def test_isolated_torch_makes_cudnn_repeatable(monkeypatch):
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", True)
    with isolated_torch(0):
        assert (torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic) == (False, True)
    assert (torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic) == (True, False)


def test_isolated_torch_seeds_as_manual_seed_does():
    with isolated_torch(5):
        drawn = torch.rand(3)
    with torch.random.fork_rng():
        torch.manual_seed(5)
        assert torch.equal(drawn, torch.rand(3))


def test_isolated_blocks_of_threads_do_not_mix():
    drawn = {}

    def draw(name):
        with isolated_torch(7):
            drawn[name] = torch.stack([torch.rand(100) for _ in range(50)])

    threads = [threading.Thread(target=draw, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(torch.equal(drawn[0], drawn[name]) for name in range(4))


def test_resolve_device_auto(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert resolve_device("auto").type == "cuda"
    assert resolve_device("auto", worth_a_gpu=False).type == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert resolve_device("auto").type == "cpu"


@pytest.mark.parametrize(
    ("device", "message"),
    [
        ("gpu", "device='gpu' is not known. Use 'auto', 'cpu', 'cuda' or 'cuda:0'."),
        ("cuda:1", "device='cuda:1', but torch sees 1 CUDA GPUs here. Use 'auto' or 'cpu'."),
    ],
)
def test_resolve_device_errors(monkeypatch, device, message):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(ValueError, match=re.escape(message)):
        resolve_device(device)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
def test_gpu_trains_rows_from_the_cpu_and_repeats(data):
    networks = [seeded_network().cuda() for _ in range(2)]
    for network in networks:
        with isolated_torch(0, "cuda"):
            train_network(network, data, make_optimizer=sgd, max_epochs=3, batch_size=8, validation=data)
    assert torch.equal(weights_of(networks[0]), weights_of(networks[1]))
