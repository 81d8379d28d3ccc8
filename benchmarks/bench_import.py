"""What radiohers adds to the start of a process that has imported pandas and scikit-learn.

python benchmarks/bench_import.py
"""

import statistics
import subprocess
import sys

JOBS = {
    "import radiohers": "import radiohers",
    "and every name of it": "import radiohers; [getattr(radiohers, name) for name in dir(radiohers)]",
    "its rival: import torch": "import torch",
}
TIMED = "import pandas, sklearn, time; start = time.perf_counter(); {}; print(time.perf_counter() - start)"


def main():
    """Print the median of nine fresh processes for each job, in turn."""
    seconds = {name: [] for name in JOBS}
    for _ in range(9):
        for name, code in JOBS.items():
            done = subprocess.run(
                [sys.executable, "-c", TIMED.format(code)], capture_output=True, text=True, check=True
            )
            seconds[name].append(float(done.stdout))
    for name, values in seconds.items():
        print(f"{name:24} {statistics.median(values):.3f} s")


if __name__ == "__main__":
    main()
