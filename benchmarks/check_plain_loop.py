"""Check that out-of-fold scores are those of a plain loop over the same folds, bit for bit: 500 random pipelines.

Run: python benchmarks/check_plain_loop.py [--draws 500]
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "folds"))

from test_plain_loop import check
from tqdm import trange

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--draws", type=int, default=500)
n_draws = parser.parse_args().draws

unequal = []
for seed in trange(n_draws, unit="draw"):
    try:
        check(seed)
    except AssertionError as error:
        unequal.append(seed)
        print(f"seed {seed}: {error}")
print(f"{n_draws - len(unequal)} of {n_draws} draws give the scores of a plain loop, bit for bit.")
sys.exit(bool(unequal))
