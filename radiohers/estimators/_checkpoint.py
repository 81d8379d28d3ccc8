"""Saving a training run after each epoch, so that it can go on where it was stopped."""

import math
import os
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from radiohers._output_files import write_whole
from radiohers._version import __version__
from radiohers._versions import version
from radiohers.estimators._run_digest import digest_of
from radiohers.estimators._weights import first_line
from radiohers.exceptions import ModelFileError

__all__ = ["Checkpoint", "TrainingRun", "open_checkpoint"]


@dataclass
class TrainingRun:
    """What :func:`~radiohers.estimators._training.train_network` did.

    Attributes
    ----------
    history : list of dict
        One entry an epoch: ``epoch`` (from 1), ``train_loss``, and with
        validation data ``validation_loss``, ``validation_accuracy`` and, where
        it was asked for, ``validation_auc``.
    best_epoch : int
        The epoch, from 1, whose weights the network holds.
    best_score : float
        What made it the best, higher is better.
    best_state : dict of str to torch.Tensor or None
        Its weights; None without validation data.
    """

    history: list = field(default_factory=list)
    best_epoch: int = 0
    best_score: float = -math.inf
    best_state: dict | None = None


class Checkpoint:
    """The file that holds the state of one training run after its last finished epoch.

    Each run has a file of its own, named by its fingerprint: the folds of a
    cross-validation and the candidates of a grid search can share a folder.

    Parameters
    ----------
    folder : path-like
        Where the file lies; made if it is missing.
    fingerprint : str
        A digest of all that the run's result depends on.
    max_epochs : int
        Epochs that the run may have, at most.

    Attributes
    ----------
    path : Path
        The file.
    """

    def __init__(self, folder: str | os.PathLike, fingerprint: str, max_epochs: int) -> None:
        self.path = Path(folder).expanduser() / f"{fingerprint}.pt"
        self.fingerprint = fingerprint
        self.max_epochs = max_epochs

    def save(self, run: TrainingRun, network: Any, optimizer: Any) -> None:
        """Write the state of a run; a process killed meanwhile leaves the file of the epoch before.

        Parameters
        ----------
        run : TrainingRun
            The run so far.
        network : torch.nn.Module
            The network that is trained.
        optimizer : torch.optim.Optimizer
            Its optimiser.
        """
        import torch

        state = {
            "fingerprint": self.fingerprint,
            "run": vars(run),
            "network": network.state_dict(),
            "optimizer": optimizer.state_dict(),
            "generators": _generator_states(network),
        }
        write_whole(self.path, lambda path: torch.save(state, path))

    def restore(self, network: Any, optimizer: Any) -> TrainingRun | None:
        """Bring network, optimiser and torch's generators to the state in the file.

        Parameters
        ----------
        network : torch.nn.Module
            The network to train, as it was built.
        optimizer : torch.optim.Optimizer
            Its new optimiser.

        Returns
        -------
        TrainingRun or None
            The run so far; None if there is no file yet.

        Raises
        ------
        ModelFileError
            If the file cannot be read, belongs to another run, or has more epochs
            than the run may have.
        """
        import torch

        if not self.path.exists():
            return None
        try:
            state = torch.load(self.path, map_location="cpu", weights_only=True)
            found = state["fingerprint"]
        except Exception as error:  # torch.load raises what it likes
            raise ModelFileError(
                f"The checkpoint {self.path} cannot be read ({type(error).__name__}: {error})",
                advice="Delete it, and the run starts anew.",
            ) from error
        if found != self.fingerprint:
            raise ModelFileError(
                f"The checkpoint {self.path} is of other data or parameters: its fingerprint is {found}, that of this "
                f"run is {self.fingerprint}",
                advice="Give another checkpoint_folder, or delete the file.",
            )
        run = TrainingRun(**state["run"])
        if len(run.history) > self.max_epochs:
            raise ModelFileError(
                f"The checkpoint {self.path} has {len(run.history)} epochs already, and max_epochs={self.max_epochs}",
                advice="Raise max_epochs, give another checkpoint_folder, or delete the file.",
            )
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        _restore_generators(network, state["generators"])
        return run


def open_checkpoint(
    folder: str | os.PathLike | None, max_epochs: int, settings: dict, network: Any, *parts: Any
) -> Checkpoint | None:
    """Return the checkpoint of a run; None if there is no folder for it.

    Parameters
    ----------
    folder, max_epochs : path-like or None, int
        See :class:`Checkpoint`.
    settings : dict
        What is trained with.
    network : torch.nn.Module
        The network before training; its layers, its weights, and its code count.
    *parts : LabelledData or None
        Rows to train and to judge it on.

    Returns
    -------
    Checkpoint or None
        New, or that of a run that was stopped. None, and a warning, for a network that
        cannot be recognised: its result could be that of other code.
    """
    if folder is None:
        return None
    versions = {name: version(name) for name in ("numpy", "torch", "torchvision")}
    try:
        fingerprint = digest_of(settings, versions, __version__, network, parts)
    except Exception as error:  # taking apart what a caller's network holds raises what it likes
        warnings.warn(
            "checkpoint_folder is not used, and the training is not saved: the network "
            f"({type(network.backbone).__name__}) cannot be recognised by its code and values: {first_line(error)} "
            "Keep locks, files and generators out of the network and of what its forward uses.",
            stacklevel=2,
        )
        return None
    return Checkpoint(folder, fingerprint, max_epochs)


def _generator_states(network: Any) -> dict[str, Any]:
    import torch

    device = next(network.parameters()).device
    states = {"cpu": torch.random.default_generator.get_state()}
    if device.type == "cuda":
        states["cuda"] = torch.cuda.get_rng_state(device)
    return states


def _restore_generators(network: Any, states: dict[str, Any]) -> None:
    import torch

    torch.random.default_generator.set_state(states["cpu"])
    if "cuda" in states:
        torch.cuda.set_rng_state(states["cuda"], next(network.parameters()).device)
