"""Time of a plain loop over torchvision.transforms over the time of Augmentation.apply.

Both apply the operations of the preset "liver_ct", with the same probabilities and strengths, to a batch of
uint8 crops, and give float crops in 0..1 for a network. The loop takes one image after the other through one
operation after the other, as a Dataset does: once on PIL images, which is how torchvision is mostly used, and
once on tensors. Everything runs in one process on one thread, and repeats alternate, so that whatever else the
machine does slows all alike.

Run: python benchmarks/bench_augmentation.py
"""

import argparse
import random
import statistics
import time

import numpy as np
import torch
from torchvision import transforms
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as F

from radiohers.crops import Augmentation

TARGET_RATIO = 2.0
BILINEAR = InterpolationMode.BILINEAR


class Skew:
    """Move some corners of an image outwards by one random amount."""

    def __init__(self, moves, largest):
        self.moves, self.largest = moves, largest

    def __call__(self, image):
        side = image.shape[-1] if isinstance(image, torch.Tensor) else image.size[0]
        corners = [[0, 0], [side, 0], [side, side], [0, side]]
        shift = random.uniform(0, self.largest) * side
        moved = [[x, y] for x, y in corners]
        for corner, axis in random.choice(self.moves):
            moved[corner][axis] += shift if corners[corner][axis] else -shift
        return F.perspective(image, corners, moved, BILINEAR)


def torchvision_loop(settings):
    """Return torchvision transforms that do what an Augmentation with these settings does."""
    tilts = [[(0, 1), (3, 1)], [(1, 1), (2, 1)], [(0, 0), (1, 0)], [(2, 0), (3, 0)]]
    corner_shifts = [[(corner, axis)] for corner in range(4) for axis in range(2)]
    degrees, lean = settings.max_rotation_degrees, settings.max_shear_degrees
    shears = [transforms.RandomAffine(0, shear=shear, interpolation=BILINEAR) for shear in [lean, (0, 0, -lean, lean)]]
    geometry = [
        (settings.rotate_90_left, transforms.RandomRotation((90, 90))),
        (settings.rotate_90_right, transforms.RandomRotation((-90, -90))),
        (settings.rotate, transforms.RandomRotation(degrees, BILINEAR)),
        (settings.skew_tilt, Skew(tilts, settings.max_tilt)),
        (settings.skew_corner, Skew(corner_shifts, settings.max_corner_shift)),
        (settings.shear, transforms.RandomChoice(shears)),
    ]
    return (
        transforms.Compose([transforms.RandomApply([operation], p=p) for p, operation in geometry]),
        transforms.RandomErasing(settings.erase, settings.erase_area, value="random"),
    )


def make_contestants(n_crops, n_channels, size):
    """Return a function for each way; all take the same images and give (n, channel, size, size) floats."""
    rng = np.random.default_rng(0)
    coarse = torch.from_numpy(rng.random((n_crops, 1, size // 8, size // 8), np.float32))
    smooth = torch.nn.functional.interpolate(coarse, size=size, mode="bicubic").clamp(0, 1)
    images = (255 * smooth).to(torch.uint8)
    preset = Augmentation.from_preset("liver_ct")
    geometry, erase = torchvision_loop(preset)
    many = images.expand(-1, n_channels, -1, -1).contiguous()
    pictures = [F.to_pil_image(image) for image in (images if n_channels == 1 else many)]
    return {
        "Augmentation.apply": lambda: preset.apply(many.float().div_(255)),
        "Augmentation.apply on one channel": lambda: (
            preset.apply(images.float().div_(255)).expand(-1, n_channels, -1, -1).contiguous()
        ),
        "torchvision, PIL images": lambda: torch.stack([erase(F.to_tensor(geometry(picture))) for picture in pictures]),
        "torchvision, tensors": lambda: torch.stack([erase(geometry(image).float().div_(255)) for image in many]),
    }


def median_seconds(contestants, repeats):
    """Run all in turn, `repeats` times after a first that does not count."""
    seconds = {name: [] for name in contestants}
    for repeat in range(repeats + 1):
        for name, run in contestants.items():
            start = time.perf_counter()
            result = run()
            if repeat:
                seconds[name].append(time.perf_counter() - start)
            assert result.dtype == torch.float32
    return {name: statistics.median(values) for name, values in seconds.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crops", type=int, default=64)
    parser.add_argument("--sizes", type=int, nargs="+", default=[64, 224])
    parser.add_argument("--channels", type=int, nargs="+", default=[1, 3])
    parser.add_argument("--repeats", type=int, default=15)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    random.seed(0)
    for size in arguments.sizes:
        for n_channels in arguments.channels:
            contestants = make_contestants(arguments.crops, n_channels, size)
            seconds = median_seconds(contestants, arguments.repeats)
            print(f"{arguments.crops} crops of {n_channels} x {size} x {size}, one thread")
            for name, value in seconds.items():
                print(f"  {name}: {1000 * value:.1f} ms")
            fastest = min(value for name, value in seconds.items() if name.startswith("torchvision"))
            ours = seconds["Augmentation.apply on one channel"]
            print(f"  the faster torchvision loop takes {fastest / ours:.2f} times as long (target {TARGET_RATIO})")


if __name__ == "__main__":
    main()
