"""CPU seconds and peak memory of tables and reports: 10,000 cases, and 15 models of 60 cases.

Run: python benchmarks/bench_evaluation.py [--cases 10000] [--baseline REVISION]

Each is measured in a process of its own: 2 models of 5 features, 25 folds, 2,000 resamples. The comparison
itself is not counted. With --baseline, the code of that revision does the same in the same run (in the
table's case for some minutes), and ratios are printed.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

ROOT = Path(__file__).parents[1]
TASKS = ("table", "report", "report of 15 models")


def measure(task, n_cases):
    """Do one task, and return its CPU seconds and the peak memory of the process in GB."""
    import numpy as np
    import pandas as pd
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import GaussianNB

    import radiohers as rh

    warnings.simplefilter("ignore")
    many = task == "report of 15 models"
    n = 60 if many else n_cases
    rng = np.random.default_rng(0)
    y = np.arange(n) % 2
    X = pd.DataFrame(
        rng.normal(size=(n, 5)) + 0.5 * y[:, None], index=[f"c{i}" for i in range(n)], columns=list("abcde")
    )
    models = {"LR": LogisticRegression(), "NB": GaussianNB()}
    if many:
        models = {f"LR {i}": LogisticRegression(C=10.0 ** (i - 7)) for i in range(15)}
    result = rh.compare_models(models, X, y, groups=np.arange(n))
    start = time.process_time()
    if task == "table":
        result.table()
    else:
        with tempfile.TemporaryDirectory() as folder:
            result.report(Path(folder) / "report.html")
    return time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def in_a_process(task, n_cases, code):
    """Measure with the package of a folder."""
    command = [sys.executable, __file__, "--measure", task, "--cases", str(n_cases)]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    done = subprocess.run(
        command, env={**os.environ, **threads, "PYTHONPATH": str(code)}, stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def unpack(revision, folder):
    """Lay the package of a revision into a folder, with its presets inside as after an installation."""
    archive = subprocess.run(["git", "archive", revision], cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
    subprocess.run(["tar", "-x", "-C", folder], input=archive, check=True)
    os.symlink(Path(folder) / "params", Path(folder) / "radiohers" / "params")


def main():
    """Measure, and print a line a task."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--baseline")
    parser.add_argument("--measure", choices=TASKS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure, options.cases)))
        return
    with tempfile.TemporaryDirectory() as folder:
        if options.baseline:
            unpack(options.baseline, folder)
        for task in TASKS:
            n = 60 if task == TASKS[2] else options.cases
            seconds, gigabytes = in_a_process(task, options.cases, ROOT)
            line = f"{task}, {n} cases: {seconds:.1f} s of CPU, {gigabytes:.2f} GB"
            if options.baseline:
                before, before_gigabytes = in_a_process(task, options.cases, folder)
                line += f"; {options.baseline}: {before:.1f} s, {before_gigabytes:.2f} GB; ratio {before / seconds:.1f}"
            print(line, flush=True)


if __name__ == "__main__":
    main()
