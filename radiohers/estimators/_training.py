"""The one training loop of every network in radiohers.

Data are whole tensors, and batches are drawn from them by index: for tables and
for a few thousand crops that is several times faster than a ``DataLoader``, and
augmentation can run on the device, a batch at a time (`transform`).

Chance comes from torch's global generators only (order of the rows, dropout,
augmentation), so one :func:`~radiohers.estimators._device.isolated_torch` block
around building and training a network makes the run repeatable and leaves the
caller's generators alone, and a saved state of the generators continues it.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from sklearn.metrics import roc_auc_score

from radiohers.estimators._checkpoint import Checkpoint, TrainingRun
from radiohers.exceptions import RadiohersError

if TYPE_CHECKING:
    import torch

# Rows that are gathered, scaled and augmented at a time, and batches cut from: of small images, a batch of 16 takes
# longer to call the operations for than to do them. Fewer, but a batch at least, of rows with many values.
ROWS_AT_A_TIME = 128
VALUES_AT_A_TIME = 2**20


# Takes inputs, gives inputs or logits.
Step = Callable[["torch.Tensor"], "torch.Tensor"]


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

    inputs: "torch.Tensor"
    targets: "torch.Tensor"
    weights: "torch.Tensor | None" = None

    def take(self, index: "torch.Tensor", device: "torch.device") -> "LabelledData":
        """Return the rows of an index tensor (on the device of the rows), on `device`."""
        return self._each(lambda part: part[index].to(device, non_blocking=True))

    def to(self, device: "torch.device") -> "LabelledData":
        """Return all rows on `device`."""
        return self._each(lambda part: part.to(device))

    def _each(self, change: Step) -> "LabelledData":
        return LabelledData(
            change(self.inputs), change(self.targets), None if self.weights is None else change(self.weights)
        )


def train_network(
    network: "torch.nn.Module",
    training: LabelledData,
    *,
    make_optimizer: Callable[..., "torch.optim.Optimizer"],
    max_epochs: int,
    batch_size: int,
    validation: LabelledData | None = None,
    monitor: str = "validation_loss",
    with_auc: bool = False,
    patience: int | None = None,
    prepare: Step | None = None,
    transform: Step | None = None,
    bfloat16: bool = False,
    on_epoch: Callable[[dict[str, Any], "torch.nn.Module"], object] | None = None,
    checkpoint: Checkpoint | None = None,
) -> TrainingRun:
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
    monitor : {"validation_loss", "validation_accuracy", "validation_auc"}, default="validation_loss"
        What makes an epoch the best; the earliest of equals is kept.
    with_auc : bool, default=False
        Whether to compute the validation AUC, which takes a small network longer
        than an epoch.
    patience : int or None, default=None
        Stop after this many epochs without a new best; None never stops early.
        It needs `validation`.
    prepare : callable or None, default=None
        Called with inputs on the network's device, in training and validation,
        returns what the network takes: the place for scaling.
    transform : callable or None, default=None
        Called with training inputs after `prepare`, a batch or several at a time,
        returns the inputs to train on: the place for augmentation.
    bfloat16 : bool, default=False
        Whether training steps compute in mixed precision. Validation never does.
    on_epoch : callable or None, default=None
        Called after each epoch with its history entry and the network: the
        place for progress.
    checkpoint : Checkpoint or None, default=None
        Where the state of the run is saved after each epoch, before `on_epoch`,
        and from where a run goes on with the same result.

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
    steps = [step for step in (prepare, transform) if step is not None]
    run = TrainingRun()
    if checkpoint is not None:
        run = checkpoint.restore(network, optimizer) or run
    while not _is_finished(run, max_epochs, patience if validation is not None else None):
        entry = {
            "epoch": len(run.history) + 1,
            "train_loss": _train_one_epoch(network, training, optimizer, batch_size, steps, bfloat16),
        }
        if validation is not None:
            scores = evaluate_network(network, validation, batch_size, prepare=prepare, with_auc=with_auc)
            entry |= {f"validation_{name}": score for name, score in scores.items()}
        _require_finite(entry)
        run.history.append(entry)
        _keep_if_best(run, network, monitor if validation is not None else None)
        if checkpoint is not None:
            checkpoint.save(run, network, optimizer)
        if on_epoch is not None:
            on_epoch(entry, network)
    if run.best_state is not None:
        network.load_state_dict(run.best_state)
    network.eval()
    return run


def predict_logits(
    network: "torch.nn.Module",
    inputs: "torch.Tensor",
    batch_size: int,
    *,
    prepare: Step | None = None,
    pad: bool = False,
) -> "torch.Tensor":
    """Run a network over rows in evaluation mode.

    Parameters
    ----------
    network : torch.nn.Module
        Takes a batch of inputs.
    inputs : torch.Tensor of shape (n_rows, ...)
        Rows, on any device; moved to the network's a batch at a time.
    batch_size : int
        Rows at a time, at most.
    prepare : callable or None, default=None
        As in :func:`train_network`.
    pad : bool, default=False
        Whether to fill the last batch with zeros. Batches of another size are
        computed in another order; with padding a row's logits do not depend on
        how many rows there are.

    Returns
    -------
    logits : torch.Tensor of shape (n_rows, n_classes)
        The network's outputs, on its device.
    """
    import torch

    device = _device_of(network)
    network.eval()
    logits = []
    with torch.inference_mode():
        for batch in inputs.split(batch_size):
            if pad and len(batch) < batch_size:
                batch = torch.cat([batch, batch.new_zeros(batch_size - len(batch), *batch.shape[1:])])
            batch = batch.to(device, non_blocking=True)
            logits.append(network(batch if prepare is None else prepare(batch)))
        return torch.cat(logits)[: len(inputs)]


def evaluate_network(
    network: "torch.nn.Module",
    data: LabelledData,
    batch_size: int,
    *,
    prepare: Step | None = None,
    with_auc: bool = False,
) -> dict[str, float]:
    """Judge a network by weighted means over rows.

    Parameters
    ----------
    network : torch.nn.Module
        Returns logits.
    data : LabelledData
        Rows to judge it on.
    batch_size : int
        Rows at a time, at most.
    prepare : callable or None, default=None
        As in :func:`train_network`.
    with_auc : bool, default=False
        Whether to compute the area under the ROC curve.

    Returns
    -------
    scores : dict of str to float
        ``loss`` (cross-entropy), ``accuracy``, and ``auc``: for more than two
        classes the mean of each against the rest, over the classes that some rows
        have and some have not; NaN where there is none.
    """
    logits = predict_logits(network, data.inputs, batch_size, prepare=prepare)
    data = _with_mean_weight_one(data.to(logits.device))
    hits = (logits.argmax(dim=1) == data.targets).to(logits.dtype)
    accuracy = hits.mean() if data.weights is None else (hits * data.weights).mean()
    scores = {"loss": _mean_loss(logits, data).item(), "accuracy": accuracy.item()}
    if with_auc:
        # A network that diverged is found by its loss.
        scores["auc"] = _mean_auc(logits, data) if math.isfinite(scores["loss"]) else math.nan
    return scores


def _in_bfloat16(network: "torch.nn.Module") -> Step:
    """Return the network's forward pass in mixed precision."""
    import torch

    def forward(inputs: "torch.Tensor") -> "torch.Tensor":
        with torch.autocast(inputs.device.type, torch.bfloat16):
            return network(inputs).float()

    return forward


def _train_one_epoch(
    network: "torch.nn.Module",
    data: LabelledData,
    optimizer: "torch.optim.Optimizer",
    batch_size: int,
    steps: Sequence[Step],
    bfloat16: bool,
) -> float:
    """Pass once over the rows in random order; return the mean loss of the batches, weighed by their rows."""
    import torch

    if not network.training:
        network.train()
    forward = _in_bfloat16(network) if bfloat16 else network
    parameters = list(network.parameters())
    n_rows = len(data.targets)
    losses = []
    for batch in _batches(data, batch_size, steps, parameters[0].device):
        # As optimizer.zero_grad() does, without its overhead, which a small network feels.
        for parameter in parameters:
            parameter.grad = None
        loss = _mean_loss(forward(batch.inputs), batch)
        loss.backward()
        optimizer.step()
        # Kept as tensors until the end: reading each loss would stop a GPU at every step.
        losses.append(loss.detach() * len(batch.targets))
    return sum(torch.stack(losses).tolist()) / n_rows


def _batches(
    data: LabelledData, batch_size: int, steps: Sequence[Step], device: "torch.device"
) -> Iterator[LabelledData]:
    """Yield the rows in random order, batch by batch, on a device, after some steps of preparation."""
    import torch

    n_rows = len(data.targets)
    # Drawn on the CPU whatever the device: the same seed gives the same order.
    order = torch.randperm(n_rows).to(data.targets.device)
    batches = order.tensor_split(math.ceil(n_rows / batch_size))
    n_at_a_time = max(1, min(ROWS_AT_A_TIME, VALUES_AT_A_TIME // data.inputs[0].numel()) // len(batches[0]))
    for start in range(0, len(batches), n_at_a_time):
        some = batches[start : start + n_at_a_time]
        block = data.take(torch.cat(some), device)
        inputs = block.inputs
        for step in steps:
            inputs = step(inputs)
        sizes = [len(batch) for batch in some]
        parts = [inputs, *block[1:]]
        yield from map(LabelledData, *(part.split(sizes) for part in parts if part is not None))


def _is_finished(run: TrainingRun, max_epochs: int, patience: int | None) -> bool:
    n_epochs = len(run.history)
    return n_epochs >= max_epochs or (patience is not None and n_epochs - run.best_epoch >= patience)


def _keep_if_best(run: TrainingRun, network: "torch.nn.Module", monitor: str | None) -> None:
    """Note the last epoch, and its weights, if it is the best; without a monitor it always is."""
    entry = run.history[-1]
    if monitor is None:
        run.best_epoch = entry["epoch"]
        return
    score = -entry[monitor] if monitor.endswith("loss") else entry[monitor]
    if score > run.best_score:
        run.best_epoch, run.best_score = entry["epoch"], score
        run.best_state = {name: value.detach().clone() for name, value in network.state_dict().items()}


def _mean_auc(logits: "torch.Tensor", data: LabelledData) -> float:
    import torch

    # Logarithms keep apart the probabilities that round to 1.
    scores = torch.log_softmax(logits.double(), dim=1).cpu().numpy()
    targets = data.targets.cpu().numpy()
    weights = None if data.weights is None else data.weights.cpu().numpy()
    classes = [1] if scores.shape[1] == 2 else range(scores.shape[1])
    defined = [k for k in classes if 0 < (targets == k).sum() < len(targets)]
    aucs = [roc_auc_score(targets == k, scores[:, k], sample_weight=weights) for k in defined]
    return float(sum(aucs) / len(aucs)) if aucs else math.nan


def _mean_loss(logits: "torch.Tensor", data: LabelledData) -> "torch.Tensor":
    import torch

    if data.weights is None:
        return torch.nn.functional.cross_entropy(logits, data.targets)
    return (torch.nn.functional.cross_entropy(logits, data.targets, reduction="none") * data.weights).mean()


def _with_mean_weight_one(data: LabelledData) -> LabelledData:
    return data if data.weights is None else data._replace(weights=data.weights / data.weights.mean())


def _device_of(network: "torch.nn.Module") -> "torch.device":
    return next(network.parameters()).device


def _require_finite(entry: dict[str, Any]) -> None:
    for name in ("train_loss", "validation_loss"):
        if not math.isfinite(entry.get(name, 0.0)):
            raise RadiohersError(
                f"The network diverged: {name} is {entry[name]} in epoch {entry['epoch']}",
                advice="Lower the learning rate (lr), or scale the columns of a table (StandardScaler).",
            )
