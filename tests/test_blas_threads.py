"""Results do not depend on how many threads BLAS has, and BLAS has its own number back afterwards."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_info

from radiohers._blas import one_blas_thread
from radiohers.estimators import ElbowPCA
from radiohers.evaluation import compare_models

# Large enough for BLAS to share among threads: matrices of 300 levels, sums over 88,000 voxels.
EXTRACT = """
import sys
import numpy as np
import SimpleITK as sitk
from radiohers.features import load_params
from radiohers.features.engines import get_engine

image = sitk.GetImageFromArray(np.random.default_rng(0).normal(size=(30, 60, 64)))
mask = sitk.GetImageFromArray(np.pad(np.ones((26, 56, 60), dtype=np.uint8), 2))
params = {
    "imageType": {sys.argv[2]: {}},
    "featureClass": {"firstorder": ["Energy"], "glcm": ["MCC"]},
    "setting": {"binCount": 300},
}
print(get_engine(sys.argv[1]).extract(image, mask, load_params(params)))
"""


def threads_of_blas():
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]


@pytest.mark.parametrize(("engine", "image_type"), [("native", "Wavelet"), ("pyradiomics", "Original")])
def test_threads_of_blas_change_no_bit(engine, image_type):
    if engine == "pyradiomics":
        pytest.importorskip("radiomics")
    found = set()
    for n_threads in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", EXTRACT, engine, image_type],
            env=os.environ | {"OPENBLAS_NUM_THREADS": n_threads, "OMP_NUM_THREADS": n_threads},
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        found.add(done.stdout)
    assert len(found) == 1


def test_number_of_jobs_changes_no_bit_of_predictions():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 900)) @ rng.normal(size=(900, 900)) / 30
    models = {"LR": make_pipeline(StandardScaler(), ElbowPCA(), LogisticRegression())}
    one, two = (
        compare_models(models, X, np.arange(300) % 2, cv=3, n_jobs=n_jobs, n_bootstraps=100).predictions
        for n_jobs in (1, 2)
    )
    pd.testing.assert_frame_equal(one, two, check_exact=True)


def test_threads_are_given_back():
    before = threads_of_blas()
    assert before
    with one_blas_thread():
        assert set(threads_of_blas()) == {1}
        with one_blas_thread():
            assert set(threads_of_blas()) == {1}
        assert set(threads_of_blas()) == {1}
    assert threads_of_blas() == before


def test_threads_are_given_back_after_an_error_and_by_several_at_once():
    before = threads_of_blas()

    def fail(number):
        with one_blas_thread():
            assert set(threads_of_blas()) == {1}
            raise ArithmeticError(number)

    with ThreadPoolExecutor(4) as pool:
        failed = [pool.submit(fail, number).exception() for number in range(20)]
    assert all(isinstance(error, ArithmeticError) for error in failed)
    assert threads_of_blas() == before
