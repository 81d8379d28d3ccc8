"""Time, memory and agreement of the native engine over pyradiomics, on the same cases in the same run.

    python benchmarks/bench_engine.py [COHORT.CSV] [--cases 12] [--params bladder_ctu] [--threads 2] [--repeats 3]
    python benchmarks/bench_engine.py --start-up     # from import to the first result: with an empty cache, and later
    python benchmarks/bench_engine.py --large 400    # 512 x 512 x 400, a lesion of 5 million voxels

Without a table a synthetic cohort is made. A case is read, prepared and extracted; pyradiomics
reads the files itself, on one thread. Of the repeats the fastest counts, for
both. Peak memory is that of a process of its own for each engine.
"""

import argparse
import json
import logging
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import SimpleITK as sitk

LARGE = "large.nii"
START_UP = """
import time
start = time.perf_counter()
import radiohers
radiohers.RadiomicsExtractor({params!r}, engine={engine!r}).transform([({image!r}, {mask!r})])
print(time.perf_counter() - start)
"""
LIBRARIES = """
import time
start = time.perf_counter()
import pandas, SimpleITK, sklearn.base
print(time.perf_counter() - start)
"""


def pyradiomics_case(image, mask, params):
    """Read and extract with pyradiomics alone."""
    from radiomics.featureextractor import RadiomicsFeatureExtractor

    # The native engine leaves diagnostics out, so the rival need not compute them either.
    extractor = RadiomicsFeatureExtractor({**params, "setting": {**params["setting"], "additionalInfo": False}})
    values = extractor.execute(str(image), str(mask))
    return {name: float(value) for name, value in values.items()}


def native_case(image, mask, params, threads=1):
    """Read and extract with the native engine."""
    from radiohers.features import load_params
    from radiohers.features.engines import NativeEngine
    from radiohers.images import read_pair

    return NativeEngine(n_threads=threads).extract(*read_pair(image, mask), load_params(params))


def loaded(params):
    """Return the settings, without what pyradiomics does not know."""
    from radiohers.features import load_params

    return load_params(params).for_pyradiomics()


def fastest(job, repeats):
    """Return what a job gives, and the least time in seconds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = job()
        times.append(time.perf_counter() - start)
    return result, min(times)


def difference(ours, theirs):
    """Return the largest relative difference and the feature's name."""
    from radiohers.features._compare import relative_differences

    assert list(ours) == list(theirs)
    differences = relative_differences(np.array(list(ours.values())), np.array(list(theirs.values())))
    worst = int(differences.argmax())
    return differences[worst], list(theirs)[worst]


def in_own_process(engine, image, mask, params):
    """Return seconds and peak memory in GB of one case, on one thread."""
    command = [sys.executable, __file__, "--one", engine, str(image), str(mask), "--params", params]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def one_case(engine, image, mask, params):
    """Extract once to load or compile everything, then the case; print seconds and peak memory."""
    from radiohers.features._compare import warm_up

    warm_up(engine)
    job = pyradiomics_case
    if engine == "native":
        # pyradiomics' process has no need of it.
        import radiohers.images  # noqa: F401

        job = native_case
    _, seconds = fastest(lambda: job(image, mask, loaded(params)), 1)
    print(json.dumps([seconds, peak_memory()]))


def peak_memory():
    """Return the peak memory of this process in GB."""
    status = Path("/proc/self/status")
    if status.exists():
        # What getrusage says starts at the memory of the process that started this one.
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1]) / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**30


def compare(table, options):
    """Print the times of all cases."""
    params, totals, ratios = loaded(options.params), np.zeros(3), []
    for case_id, image, mask in zip(table.index, table["image"], table["mask"], strict=True):
        ours, native = fastest(lambda: native_case(image, mask, params), options.repeats)  # noqa: B023
        seconds = [native, native]
        if options.threads > 1:
            _, seconds[1] = fastest(lambda: native_case(image, mask, params, options.threads), options.repeats)  # noqa: B023
        theirs, rival = fastest(lambda: pyradiomics_case(image, mask, params), min(options.repeats, 2))  # noqa: B023
        totals += [rival, *seconds]
        ratios.append([rival / value for value in seconds])
        worst, name = difference(ours, theirs)
        print(
            f"{case_id:10} pyradiomics {rival:6.2f} s  native {native:6.3f} s  {ratios[-1][0]:5.1f}x  "
            f"{options.threads} threads {ratios[-1][1]:5.1f}x  worst difference {worst:.1e} {name}",
            flush=True,
        )
    for label, column in (("1 thread", 0), (f"{options.threads} threads", 1)):
        median = statistics.median(ratio[column] for ratio in ratios)
        print(f"native, {label}: {median:.1f}x in the median, {totals[0] / totals[1 + column]:.1f}x in the sum")


def print_memory(image, mask, params):
    """Print the peak memory of both engines on one case."""
    results = {engine: in_own_process(engine, image, mask, params) for engine in ("pyradiomics", "native")}
    for engine, (seconds, peak) in results.items():
        print(f"{engine:12} {seconds:7.2f} s  peak {peak:.2f} GB")
    print(f"ratio {results['pyradiomics'][0] / results['native'][0]:.1f}x")


def make_large(folder, n_slices):
    """Write a CT of 512 x 512 x n_slices with an ellipsoid of 5 million voxels or, in fewer slices, of its share."""
    rng = np.random.default_rng(0)
    voxels = np.empty((n_slices, 512, 512), dtype=np.int16)
    for plane in voxels:
        plane[:] = rng.normal(40, 25, size=plane.shape)
    z, y, x = np.ogrid[-1 : 1 : n_slices * 1j, -1:1:512j, -1:1:512j]
    # 4/3 pi abc of the volume 2 x 2 x 2: 4.8 % for 5 of 105 million voxels.
    lesion = (z / 0.45) ** 2 + (y / 0.45) ** 2 + (x / 0.45) ** 2 <= 1
    paths = [os.path.join(folder, f"{name}_{LARGE}") for name in ("image", "mask")]
    for path, array in zip(paths, (voxels, lesion.astype(np.uint8)), strict=True):
        volume = sitk.GetImageFromArray(array)
        volume.SetSpacing((0.8, 0.8, 1.0))
        sitk.WriteImage(volume, path)
    print(f"512 x 512 x {n_slices}, lesion of {np.count_nonzero(lesion):,} voxels")
    return paths


def start_up(image, mask, params, n_processes=7):
    """Print how long the first process and later ones take from the import to their first result."""
    native, pyradiomics = (
        START_UP.format(params=params, engine=engine, image=str(image), mask=str(mask))
        for engine in ("native", "pyradiomics")
    )
    with tempfile.TemporaryDirectory() as cache:
        print(f"native, empty cache: {seconds_in_process(native, cache):.2f} s", flush=True)
        # In turn, so that all have the machine in the same state.
        jobs = {"native": native, "pyradiomics": pyradiomics, "import of scikit-learn, pandas, SimpleITK": LIBRARIES}
        rows = [[seconds_in_process(code, cache) for code in jobs.values()] for _ in range(n_processes)]
    for label, times in zip(jobs, zip(*rows, strict=True), strict=True):
        print(f"{label}: {statistics.median(times):.2f} s in the median of {n_processes}, {min(times):.2f} s at least")


def seconds_in_process(code, cache):
    """Return what a process of its own prints."""
    environment = os.environ | {"NUMBA_CACHE_DIR": cache}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout.splitlines()[-1])


def main():
    """Parse the options and run what they ask for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cohort", nargs="?")
    parser.add_argument("--cases", type=int, default=12)
    parser.add_argument("--params", default="bladder_ctu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--start-up", action="store_true")
    parser.add_argument("--large", type=int, metavar="SLICES")
    parser.add_argument("--one", nargs=3, metavar=("ENGINE", "IMAGE", "MASK"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    logging.getLogger("radiomics").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    if options.one:
        return one_case(*options.one, options.params)

    from radiohers import read_cohort
    from radiohers.datasets import make_ct_cohort

    with tempfile.TemporaryDirectory() as folder:
        if options.large:
            return print_memory(*make_large(folder, options.large), options.params)
        table = read_cohort(options.cohort or make_ct_cohort(folder, n_patients=options.cases)).X.iloc[: options.cases]
        largest = max(range(len(table)), key=lambda i: os.path.getsize(table["image"].iloc[i]))
        image, mask = table["image"].iloc[largest], table["mask"].iloc[largest]
        if options.start_up:
            return start_up(image, mask, options.params)
        # Both load their libraries before the clock runs.
        for job in (native_case, pyradiomics_case):
            job(table["image"].iloc[0], table["mask"].iloc[0], loaded(options.params))
        compare(table, options)
        print(f"\n{table.index[largest]}, each engine in a process of its own")
        print_memory(image, mask, options.params)


if __name__ == "__main__":
    main()
