"""Images a second that CropCNNClassifier.fit trains on, against a plain loop and against the compute limit.

(a) The plain loop: PNG files, torchvision's ImageFolder, the seven operations as PIL transforms, a
DataLoader with workers, Adam as it comes.
(b) The compute limit: one constant batch, already on the device, as floats, in the layout that `fit` uses.

All three train the same network with the same batch, from the moment the network has been built. They take
short turns, so that whatever else the machine does slows all of them; medians of the turns' ratios count.

Run: python benchmarks/bench_cnn.py
With a GPU: python benchmarks/bench_cnn.py --device cuda --size 224 --backbone resnet34 --batch 64 --images 4096
"""

import argparse
import os
import statistics
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path
from unittest import mock

import numpy as np
import torch
from PIL import Image
from torchvision import datasets, transforms
from torchvision.transforms import InterpolationMode

from radiohers.estimators import CropCNNClassifier, _crop_cnn
from radiohers.estimators._device import computes_in_bfloat16
from radiohers.estimators._networks import build_network

TARGET_OVER_LOOP = {"cpu": 1.5, "cuda": 5.0}
TARGET_OF_LIMIT = 0.85
# A turn is to take some seconds on one core at most.
IMAGES = {"small": 768, "resnet34": 128}


def make_images(n, size):
    """Make crops with the smooth noise of a CT."""
    rng = np.random.default_rng(0)
    coarse = torch.from_numpy(rng.normal(size=(n, 1, size // 4, size // 4)).astype(np.float32))
    smooth = torch.nn.functional.interpolate(coarse, (size, size), mode="bilinear")[:, 0].numpy()
    return np.clip(128 + 40 * smooth + 10 * rng.normal(size=smooth.shape), 0, 255).astype(np.uint8), np.arange(n) % 2


class Fit:
    """CropCNNClassifier as it is used, without a held-out part."""

    def __init__(self, images, y, options):
        self.images, self.y, self.options = images, y, options

    def run(self, epochs):
        """Return the seconds from the network's making to the end of fit."""
        built = []

        def build_and_note(*args, **kwargs):
            network = build_network(*args, **kwargs)
            built.append(time.perf_counter())
            return network

        classifier = CropCNNClassifier(
            self.options.backbone,
            max_epochs=epochs,
            batch_size=self.options.batch,
            validation_fraction=0,
            device=self.options.device,
            n_threads=self.options.threads,
            random_state=0,
        )
        with mock.patch.object(_crop_cnn, "build_network", build_and_note):
            classifier.fit(self.images, self.y)
        return time.perf_counter() - built[0]


class Trainer:
    """A network and its optimiser outside of radiohers."""

    def __init__(self, options, memory_format, **adam):
        self.device = torch.device(options.device)
        self.half = computes_in_bfloat16(self.device)
        self.network = build_network(options.backbone, n_classes=2).to(self.device, memory_format=memory_format)
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=1e-4, weight_decay=1e-3, **adam)

    def step(self, inputs, targets):
        """Train on one batch and return its loss."""
        self.optimizer.zero_grad()
        with torch.autocast(self.device.type, torch.bfloat16) if self.half else nullcontext():
            logits = self.network(inputs)
        loss = torch.nn.functional.cross_entropy(logits.float(), targets)
        loss.backward()
        self.optimizer.step()
        return loss


class PlainLoop:
    """ImageFolder, PIL transforms, DataLoader."""

    def __init__(self, images, y, options, folder):
        for number, (image, label) in enumerate(zip(images, y, strict=True)):
            path = Path(folder) / str(label) / f"{number}.png"
            path.parent.mkdir(exist_ok=True)
            Image.fromarray(image).save(path)
        smooth = {"interpolation": InterpolationMode.BILINEAR}
        operations = [
            transforms.RandomRotation((90, 90)),
            transforms.RandomRotation((-90, -90)),
            transforms.RandomRotation(10, **smooth),
            transforms.RandomPerspective(0.2, p=1, **smooth),
            transforms.RandomPerspective(0.2, p=1, **smooth),
            transforms.RandomAffine(0, shear=10, **smooth),
        ]
        transform = transforms.Compose(
            [
                *(transforms.RandomApply([operation], p=0.5) for operation in operations),
                transforms.ToTensor(),
                transforms.RandomErasing(p=0.5, scale=(0.02, 0.2), value="random"),
            ]
        )
        self.loader = torch.utils.data.DataLoader(
            datasets.ImageFolder(folder, transform, loader=_load_grey),
            batch_size=options.batch,
            shuffle=True,
            num_workers=options.workers,
            persistent_workers=options.workers > 0,
            pin_memory=options.device != "cpu",
        )
        self.trainer = Trainer(options, torch.contiguous_format)

    def run(self, epochs):
        """Return the seconds that some epochs took."""
        start = time.perf_counter()
        for _ in range(epochs):
            losses = [
                self.trainer.step(
                    inputs.to(self.trainer.device, non_blocking=True), targets.to(self.trainer.device)
                ).item()
                for inputs, targets in self.loader
            ]
        assert np.isfinite(losses).all()
        return time.perf_counter() - start


class ConstantBatch:
    """The network and nothing else."""

    def __init__(self, images, y, options):
        self.trainer = Trainer(options, torch.channels_last, fused=True)
        self.inputs = (torch.from_numpy(images[: options.batch])[:, None] / 255).to(self.trainer.device)
        self.targets = torch.from_numpy(y[: options.batch]).to(self.trainer.device)
        self.n_steps = len(y) // options.batch

    def run(self, epochs):
        """Return the seconds of as many steps as some epochs have."""
        start = time.perf_counter()
        for _ in range(epochs * self.n_steps):
            loss = self.trainer.step(self.inputs, self.targets)
        assert np.isfinite(loss.item())
        return time.perf_counter() - start


def _load_grey(path):
    return Image.open(path).convert("L")


def compare(options):
    """Print images a second of the three, and the two ratios."""
    # Whole batches only: fit cuts epochs into equal batches, a DataLoader leaves a small one at the end.
    n = (options.images or IMAGES.get(options.backbone, 128)) // options.batch * options.batch
    images, y = make_images(n, options.size)
    with tempfile.TemporaryDirectory() as folder:
        rivals = [Fit(images, y, options), PlainLoop(images, y, options, folder), ConstantBatch(images, y, options)]
        for rival in rivals:
            rival.run(1)
        turns = [[rival.run(options.epochs) for rival in rivals] for _ in range(options.repeats)]
    ours, loop, limit = (options.epochs * n / statistics.median(seconds) for seconds in zip(*turns, strict=True))
    over_loop = statistics.median(turn[1] / turn[0] for turn in turns)
    of_limit = statistics.median(turn[2] / turn[0] for turn in turns)
    print(
        f"{options.backbone}, {options.size} px, batch {options.batch}, {options.repeats} turns of {n} images: "
        f"fit {ours:.0f} images/s, (a) plain loop {loop:.0f}, (b) limit {limit:.0f}; "
        f"{over_loop:.2f} times (a) (target {TARGET_OVER_LOOP[torch.device(options.device).type]}), "
        f"{of_limit:.2f} of (b) (target {TARGET_OF_LIMIT})",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backbone", nargs="+", default=["small", "resnet34"])
    parser.add_argument("--batch", nargs="+", type=int, default=[16, 32])
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--images", type=int, help="a turn; default: 768 for small, 128 for others")
    parser.add_argument("--epochs", type=int, default=1, help="a turn")
    parser.add_argument("--repeats", type=int, default=5, help="turns")
    parser.add_argument("--threads", type=int, default=1, help="of all three, on the CPU")
    parser.add_argument("--workers", type=int, default=2, help="of the DataLoader")
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print(f"{arguments.device}, {os.cpu_count()} cores, {arguments.threads} threads, {arguments.workers} workers")
    for backbone in arguments.backbone:
        for batch in arguments.batch:
            compare(argparse.Namespace(**(vars(arguments) | {"backbone": backbone, "batch": batch})))


if __name__ == "__main__":
    main()
