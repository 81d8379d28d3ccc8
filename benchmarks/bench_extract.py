"""Time of RadiomicsExtractor over a bare pyradiomics loop, on the same cases in the same run.

    python benchmarks/bench_extract.py [COHORT.CSV] [--cases 12] [--params bladder_ctu] [--repeats 3]

Without a table a synthetic cohort is made. The bare loop calls pyradiomics
with the paths of each case, and nothing else.
"""

import argparse
import logging
import statistics
import tempfile
import time

from radiohers import RadiomicsExtractor, read_cohort
from radiohers.datasets import make_ct_cohort
from radiohers.features import load_params


def bare_loop(table, params):
    """Extract with pyradiomics alone."""
    from radiomics.featureextractor import RadiomicsFeatureExtractor

    # The extractor leaves diagnostics out, so the rival need not compute them either.
    settings = {**params["setting"], "additionalInfo": False}
    extractor = RadiomicsFeatureExtractor({**params, "setting": settings})
    for image, mask in zip(table["image"], table["mask"], strict=True):
        extractor.execute(str(image), str(mask))


def seconds(job):
    """Return how long a call takes."""
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def main():
    """Run the jobs in turn and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cohort", nargs="?")
    parser.add_argument("--cases", type=int, default=12)
    parser.add_argument("--params", default="bladder_ctu")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    logging.getLogger("radiomics").setLevel(logging.ERROR)

    with tempfile.TemporaryDirectory() as folder:
        csv = options.cohort or make_ct_cohort(folder, n_patients=options.cases)
        table = read_cohort(csv).X.iloc[: options.cases]
        params = load_params(options.params).for_pyradiomics()
        jobs = {
            "bare pyradiomics loop": lambda: bare_loop(table, params),
            "RadiomicsExtractor, n_jobs=1": lambda: RadiomicsExtractor(options.params, n_jobs=1).transform(table),
            "RadiomicsExtractor, n_jobs=2": lambda: RadiomicsExtractor(options.params, n_jobs=2).transform(table),
        }
        # Both load their libraries, and the workers start, before the clock runs.
        bare_loop(table.iloc[:1], params)
        RadiomicsExtractor(options.params, n_jobs=2).transform(table.iloc[:2])
        times = {name: [] for name in jobs}
        for _ in range(options.repeats):
            for name, job in jobs.items():
                times[name].append(seconds(job))

    rival = times["bare pyradiomics loop"]
    print(f"{len(table)} cases, {options.params}, {options.repeats} repeats")
    for name, values in times.items():
        ratio = statistics.median(value / other for value, other in zip(values, rival, strict=True))
        print(f"{name:30} {statistics.median(values):7.2f} s   ratio to the bare loop {ratio:.2f}")


if __name__ == "__main__":
    main()
