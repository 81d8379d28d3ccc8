"""Where pyradiomics is not installed, what compares with it is skipped."""

from importlib.util import find_spec

import pytest

HAS_PYRADIOMICS = find_spec("radiomics") is not None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Skip a test that failed for nothing but the missing module."""
    try:
        return (yield)
    except Exception as error:
        if HAS_PYRADIOMICS or not _is_about_pyradiomics(error):
            raise
        pytest.skip("pyradiomics is not installed")


def _is_about_pyradiomics(error):
    # A doctest hands on what its example raised.
    cause = getattr(error, "exc_info", (None, error))[1]
    while cause is not None:
        if isinstance(cause, ModuleNotFoundError) and cause.name == "radiomics":
            return True
        cause = cause.__cause__ or cause.__context__
    return False
