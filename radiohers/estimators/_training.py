"""The one training loop of every network in radiohers.

Data are whole tensors, and batches are drawn from them by index: for tables and
for a few thousand crops that is several times faster than a ``DataLoader``, and
augmentation can run on the device, a batch at a time (`transform`).

Chance comes from torch's global generators only (order of the rows, dropout,
augmentation), so one :func:`isolated_torch` block around building and training
a network makes the run repeatable and leaves the caller's generators alone.
"""

import math
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from radiohers.exceptions import RadiohersError

# The generators and the thread count that isolated_torch sets belong to the
# whole process: two fits in two threads (joblib's "threading") would draw from
# each other's numbers. The second waits.
_TORCH_LOCK = threading.RLock()


class LabelledData(NamedTuple):
    """Rows to train or judge a network on; on any device.

    Attributes
    ----------
    inputs : torch.Tensor of shape (n_rows, ...)
        What the network takes, or what `transform` turns into it.
    targets : torch.Tensor of shape (n_rows,), int64
        Index of each row's class.
    weights : torch.Tensor of shape (n_rows,) or None
        Weight of each row, above 0; None weighs all rows alike.
    """

    inputs: object
    targets: object
    weights: object = None

    def take(self, index, device):
        """Return the rows of an index tensor (on the device of the rows), on `device`."""
        return LabelledData(*(None if part is None else part[index].to(device, non_blocking=True) for part in self))


@dataclass
class TrainingRun:
    """What :func:`train_network` did.

    Attributes
    ----------
    history : list of dict
        One entry an epoch: ``epoch`` (from 1), ``train_loss``, and with
        validation data ``validation_loss`` and ``validation_accuracy``.
    best_epoch : int
        The epoch, from 1, whose weights the network holds.
    """

    history: list
    best_epoch: int


@contextmanager
def isolated_torch(seed, device="cpu", n_threads=None):
    """Seed torch and limit its threads inside a ``with`` block; restore both afterwards.

    Blocks of several threads run one after the other.

    Parameters
    ----------
    seed : int
        Seed of torch's generators on the CPU and on `device`.
    device : str or torch.device, default="cpu"
        The device to be trained on.
    n_threads : int or None, default=None
        Threads that torch may use on the CPU; None leaves the number as it is.
        For tables of a few hundred rows, 1 is fastest: the threads would wait
        for each other longer than they work.
    """
    import torch

    device = torch.device(device)
    on_gpu = device.type == "cuda"
    with _TORCH_LOCK, torch.random.fork_rng(devices=[device] if on_gpu else []):
        # torch.manual_seed would reseed every GPU, those outside the fork too.
        torch.random.default_generator.manual_seed(seed)
        if on_gpu:
            with torch.cuda.device(device):
                torch.cuda.manual_seed(seed)
        threads_before = torch.get_num_threads()
        try:
            if n_threads is not None:
                torch.set_num_threads(n_threads)
            yield
        finally:
            torch.set_num_threads(threads_before)


def resolve_device(device, *, worth_a_gpu=True):
    """Turn a `device` parameter into a device that can be used here.

    Parameters
    ----------
    device : str
        "auto", or a torch device on the CPU or a CUDA GPU ("cpu", "cuda", "cuda:1").
    worth_a_gpu : bool, default=True
        Whether "auto" takes the GPU where there is one.

    Returns
    -------
    device : torch.device
        The device.

    Raises
    ------
    ValueError
        If the name is not known, or that GPU is not here.

    Examples
    --------
    >>> resolve_device("cpu")
    device(type='cpu')
    """
    import torch

    if device == "auto":
        return torch.device("cuda" if worth_a_gpu and torch.cuda.is_available() else "cpu")
    if not re.fullmatch(r"cpu|cuda(:\d+)?", device):
        raise ValueError(f"device={device!r} is not known. Use 'auto', 'cpu', 'cuda' or 'cuda:0'.")
    resolved = torch.device(device)
    if resolved.type == "cuda" and (resolved.index or 0) >= torch.cuda.device_count():
        raise ValueError(
            f"device={device!r}, but torch sees {torch.cuda.device_count()} CUDA GPUs here. Use 'auto' or 'cpu'."
        )
    return resolved


def train_network(
    network,
    training,
    *,
    make_optimizer,
    max_epochs,
    batch_size,
    validation=None,
    monitor="validation_loss",
    patience=None,
    transform=None,
    on_epoch=None,
):
    """Train a network by cross-entropy and leave it at its best epoch, in evaluation mode.

    Parameters
    ----------
    network : torch.nn.Module
        Returns logits of shape (n_rows, n_classes). It is trained in place, on
        the device its parameters are on.
    training : LabelledData
        Rows to train on. Those on another device are moved a batch at a time.
    make_optimizer : callable
        Called with ``network.parameters()``, returns a ``torch.optim.Optimizer``.
    max_epochs : int
        Passes over the training rows, at most.
    batch_size : int
        Rows a step, at most. Each epoch is cut into batches as equal as
        possible, so that no step rests on a few left-over rows.
    validation : LabelledData or None, default=None
        Rows to judge each epoch on, never transformed. Without them the last
        epoch is the best.
    monitor : {"validation_loss", "validation_accuracy"}, default="validation_loss"
        What makes an epoch the best; the earliest of equals is kept.
    patience : int or None, default=None
        Stop after this many epochs without a new best; None never stops early.
        It needs `validation`.
    transform : callable or None, default=None
        Called with each training batch's inputs on the network's device, returns
        the inputs to train on: the place for augmentation.
    on_epoch : callable or None, default=None
        Called after each epoch with its history entry and the network: the
        place for progress and checkpoints.

    Returns
    -------
    run : TrainingRun
        The history and the number of the best epoch.

    Raises
    ------
    RadiohersError
        If a loss is not finite.

    Notes
    -----
    The loss of a batch is the mean of weight x cross-entropy, the weights scaled
    to a mean of 1 over all training rows: steps of unequal total weight then
    move the network by unequal amounts, and the expected step equals that of
    the whole table.
    """
    training = _with_mean_weight_one(training)
    optimizer = make_optimizer(network.parameters())
    history, best_epoch, best_score, best_state = [], 0, -math.inf, None
    for epoch in range(1, max_epochs + 1):
        entry = {"epoch": epoch, "train_loss": _train_one_epoch(network, training, optimizer, batch_size, transform)}
        if validation is not None:
            entry["validation_loss"], entry["validation_accuracy"] = evaluate_network(network, validation, batch_size)
        _require_finite(entry)
        history.append(entry)
        if on_epoch is not None:
            on_epoch(entry, network)
        if validation is None:
            continue
        score = -entry[monitor] if monitor.endswith("loss") else entry[monitor]
        if score > best_score:
            best_epoch, best_score = epoch, score
            best_state = {name: value.detach().clone() for name, value in network.state_dict().items()}
        elif patience is not None and epoch - best_epoch >= patience:
            break
    if best_state is not None:
        network.load_state_dict(best_state)
    network.eval()
    return TrainingRun(history, best_epoch or len(history))


def predict_logits(network, inputs, batch_size):
    """Run a network over rows in evaluation mode.

    Parameters
    ----------
    network : torch.nn.Module
        Takes a batch of inputs.
    inputs : torch.Tensor of shape (n_rows, ...)
        Rows, on any device; moved to the network's a batch at a time.
    batch_size : int
        Rows at a time, at most.

    Returns
    -------
    logits : torch.Tensor of shape (n_rows, n_classes)
        The network's outputs, on its device.
    """
    import torch

    device = _device_of(network)
    network.eval()
    with torch.inference_mode():
        return torch.cat([network(batch.to(device)) for batch in inputs.split(batch_size)])


def evaluate_network(network, data, batch_size):
    """Return the weighted mean cross-entropy and the weighted accuracy of a network."""
    logits = predict_logits(network, data.inputs, batch_size)
    data = _with_mean_weight_one(LabelledData(*(None if part is None else part.to(logits.device) for part in data)))
    hits = (logits.argmax(dim=1) == data.targets).to(logits.dtype)
    accuracy = hits.mean() if data.weights is None else (hits * data.weights).mean()
    return _mean_loss(logits, data).item(), accuracy.item()


def _train_one_epoch(network, data, optimizer, batch_size, transform):
    """Pass once over the rows in random order; return the mean loss of the batches, weighed by their rows."""
    import torch

    if not network.training:
        network.train()
    parameters = list(network.parameters())
    device = parameters[0].device
    n_rows = len(data.targets)
    # Drawn on the CPU whatever the device: the same seed gives the same order.
    order = torch.randperm(n_rows).to(data.targets.device)
    losses = []
    for index in order.tensor_split(math.ceil(n_rows / batch_size)):
        batch = data.take(index, device)
        inputs = batch.inputs if transform is None else transform(batch.inputs)
        # As optimizer.zero_grad() does, without its overhead, which a small network feels.
        for parameter in parameters:
            parameter.grad = None
        loss = _mean_loss(network(inputs), batch)
        loss.backward()
        optimizer.step()
        # Kept as tensors until the end: reading each loss would stop a GPU at every step.
        losses.append(loss.detach() * len(index))
    return sum(torch.stack(losses).tolist()) / n_rows


def _mean_loss(logits, data):
    import torch

    if data.weights is None:
        return torch.nn.functional.cross_entropy(logits, data.targets)
    return (torch.nn.functional.cross_entropy(logits, data.targets, reduction="none") * data.weights).mean()


def _with_mean_weight_one(data):
    return data if data.weights is None else data._replace(weights=data.weights / data.weights.mean())


def _device_of(network):
    return next(network.parameters()).device


def _require_finite(entry):
    for name, value in entry.items():
        if not math.isfinite(value):
            raise RadiohersError(
                f"The network diverged: {name} is {value} in epoch {entry['epoch']}. "
                "Lower the learning rate, or scale the inputs (StandardScaler)."
            )
