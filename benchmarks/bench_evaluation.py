"""CPU seconds and memory of the table and the report: 10,000 cases of two models, and 15 models of 60 cases.

Models are cheap (logistic regression on five features, 5 folds dealt 5 times, 2,000 resamples), so that what is
measured is what comes after the fits: intervals, tests and figures. Each job runs in a process of its own; the memory
is the highest resident size of that process, imports and fits included. BLAS has one thread.

With ``--baseline REV`` the same jobs run on that revision of the repository too, and the ratios are printed.

Run: python benchmarks/bench_evaluation.py --baseline 24a1950
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tarfile
import tempfile
import time
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
JOBS = ("table", "report", "report of many models")
# CPU seconds, and MB of the whole process.
TARGETS = {"table": (25, 600), "report": (60, None), "report of many models": (30, None)}


def measure(job, n_cases, n_models, folder):
    """Print seconds and memory of one job, as JSON."""
    import numpy as np
    import pandas as pd
    from sklearn.linear_model import LogisticRegression

    import radiohers

    rng = np.random.default_rng(0)
    y = rng.permutation(n_cases) < 0.4 * n_cases
    X = pd.DataFrame(rng.normal(size=(n_cases, 5)) + 0.5 * y[:, None] * rng.random(5), columns=list("abcde"))
    models = {f"LR {i}": LogisticRegression(C=C) for i, C in enumerate(np.geomspace(1e-3, 1e2, n_models))}
    result = radiohers.compare_models(models, X, y.astype(int))
    start = time.process_time()
    if job == "table":
        result.table()
    else:
        result.report(folder / "report.html", force=True)
    seconds = time.process_time() - start
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size_mb = (folder / "report.html").stat().st_size / 1e6 if job != "table" else 0.0
    print(json.dumps({"seconds": seconds, "peak_mb": peak_mb, "size_mb": size_mb, "code": radiohers.__file__}))


def run(job, n_cases, n_models, code):
    """Return what a process measures with the package in a folder."""
    environment = {**os.environ, "PYTHONPATH": str(code), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, __file__, "--measure", job, "--cases", str(n_cases), "--models", str(n_models)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    found = json.loads(done.stdout.splitlines()[-1])
    assert Path(found["code"]).is_relative_to(code), f"measured {found['code']}, not {code}"
    return found


def unpack(revision, folder):
    """Write a revision of the repository into a folder, with the presets where an installation has them."""
    archive = subprocess.run(["git", "archive", revision], cwd=ROOT, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    (folder / "radiohers" / "params").symlink_to("../params")
    return folder


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--baseline", metavar="REV", help="a revision to compare with, such as 24a1950")
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--models", type=int, default=15, help="models of the third job, which has 60 cases")
    parser.add_argument("--job", action="append", choices=JOBS, help="only this one; may be given again")
    parser.add_argument("--measure", choices=JOBS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve()
        if arguments.measure:
            return measure(arguments.measure, arguments.cases, arguments.models, folder)
        baseline = unpack(arguments.baseline, folder) if arguments.baseline else None
        for job in arguments.job or JOBS:
            n_cases, n_models = (60, arguments.models) if job == JOBS[2] else (arguments.cases, 2)
            ours = run(job, n_cases, n_models, ROOT)
            seconds, peak_mb = TARGETS[job]
            wanted = f"targets {seconds} s" + (f", {peak_mb} MB" if peak_mb else "")
            print(f"{job}: {n_models} models of {n_cases} cases ({wanted})", flush=True)
            print(f"  this code: {_shown(ours)}", flush=True)
            if baseline is not None:
                rival = run(job, n_cases, n_models, baseline)
                ratios = [ours[name] / rival[name] for name in ("seconds", "peak_mb")]
                print(f"  {arguments.baseline}: {_shown(rival)}")
                print(f"  ratio: time {ratios[0]:.3f}, memory {ratios[1]:.2f}", flush=True)
    return None


def _shown(found):
    report = f", page of {found['size_mb']:.1f} MB" if found["size_mb"] else ""
    return f"{found['seconds']:.1f} s of CPU, {found['peak_mb']:.0f} MB{report}"


if __name__ == "__main__":
    main()
