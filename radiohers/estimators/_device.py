"""Where a network is trained, and torch's settings while it is."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

    from radiohers.estimators._training import LabelledData

# The generators and the thread count that isolated_torch sets belong to the
# whole process: two fits in two threads (joblib's "threading") would draw from
# each other's numbers. The second waits.
_TORCH_LOCK = threading.RLock()


@contextmanager
def isolated_torch(seed: int, device: Any = "cpu", n_threads: int | None = None) -> Iterator[None]:
    """Seed torch, limit its threads and fix the order of its sums inside a ``with`` block; restore all afterwards.

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
            with _sums_in_fixed_order(on_gpu):
                yield
        finally:
            torch.set_num_threads(threads_before)


@contextmanager
def _sums_in_fixed_order(on_gpu: bool) -> Iterator[None]:
    """Have torch choose the algorithms that add up in the same order each time, inside a ``with`` block."""
    import torch

    cudnn = torch.backends.cudnn
    memory: Any = torch.utils.deterministic
    flags_before = cudnn.benchmark, cudnn.deterministic
    mode_before, fill_before = torch.get_deterministic_debug_mode(), memory.fill_uninitialized_memory
    try:
        # The quickest of several algorithms is another one at another time.
        cudnn.benchmark, cudnn.deterministic = False, True
        if not on_gpu:
            # With several threads, torch adds up the gradient of indexing (Swin's position bias) in any order. On a GPU
            # it sorts first, and this mode would only warn of operations whose order is fixed in fact.
            torch.set_deterministic_debug_mode("warn")
            # A costly aid in the search for errors, which the mode turns on.
            memory.fill_uninitialized_memory = False
        yield
    finally:
        cudnn.benchmark, cudnn.deterministic = flags_before
        torch.set_deterministic_debug_mode(mode_before)
        memory.fill_uninitialized_memory = fill_before


def resolve_device(device: str, *, worth_a_gpu: bool = True) -> "torch.device":
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


def computes_in_bfloat16(device: "torch.device") -> bool:
    """Return whether a device (torch.device) is a GPU that computes in bfloat16 by itself."""
    import torch

    if device.type != "cuda":
        return False
    with torch.cuda.device(device):
        return torch.cuda.is_bf16_supported(including_emulation=False)


def move_where_it_fits(data: "LabelledData", device: "torch.device") -> "LabelledData":
    """Move data to a GPU if they take less than half of its free memory.

    Parameters
    ----------
    data : LabelledData
        On the CPU.
    device : torch.device
        Where the network is trained.

    Returns
    -------
    LabelledData
        On the device, or as they are.
    """
    import torch

    if device.type != "cuda":
        return data
    free_bytes, _ = torch.cuda.mem_get_info(device)
    if 2 * sum(part.nbytes for part in data if part is not None) > free_bytes:
        return data
    return data.to(device)
