"""A cache that cannot be written is a warning, once, and no cache; what is computed is the same."""

import errno
import logging

import joblib
import numpy as np
import pytest
from click.testing import CliRunner
from joblib._store_backends import FileSystemStoreBackend

from radiohers import RadiomicsExtractor, _cache, read_cohort
from radiohers.audit._images import image_facts
from radiohers.cli import main
from radiohers.crops import CropExtractor
from radiohers.datasets import make_ct_cohort


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return make_ct_cohort(tmp_path_factory.mktemp("cohort"), n_patients=4, shape=(12, 48, 56))


@pytest.fixture(scope="module")
def cohort(table):
    return read_cohort(table, target="her2")


@pytest.fixture(autouse=True)
def nobody_was_told():
    _cache._told.clear()


def features(cohort, memory, n_jobs=1):
    return RadiomicsExtractor(params="first_order_shape", memory=memory, n_jobs=n_jobs).fit_transform(cohort.X)


def crops(cohort, memory):
    return CropExtractor(size=16, memory=memory).fit_transform(cohort.X).images


@pytest.fixture(params=["a file", "below a file", "system", "no home"])
def unusable(request, tmp_path, monkeypatch):
    """Name a folder that nobody can write, root included."""
    (tmp_path / "file").write_text("")
    if request.param == "no home":
        monkeypatch.setattr("os.path.expanduser", lambda path: str(path))
        monkeypatch.chdir(tmp_path)
    folders = {"a file": tmp_path / "file", "below a file": tmp_path / "file" / "cache"}
    return folders.get(request.param, {"system": "/proc/radiohers", "no home": "~/.cache/radiohers"}.get(request.param))


@pytest.mark.parametrize("work", [features, crops], ids=lambda work: work.__name__)
def test_folder_that_cannot_be_written(cohort, unusable, work, tmp_path):
    with pytest.warns(UserWarning, match=r"the cache .* cannot be used \(.*\): nothing is kept") as caught:
        found = [work(cohort, unusable) for _ in range(3)]
    assert len(caught) == 1
    np.testing.assert_array_equal(found[2], work(cohort, None))
    assert not (tmp_path / "~").exists()


def test_audit_of_the_images_goes_on(cohort, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.warns(UserWarning, match="cannot be used"):
        assert len(image_facts(cohort, tmp_path / "file", None, 0)) == 4


@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_disk_that_fails_later(cohort, tmp_path, monkeypatch, fault):
    def fail(*arguments):
        raise OSError(fault, "this disk is not what it was")

    monkeypatch.setattr(FileSystemStoreBackend, "_concurrency_safe_write", fail)
    with pytest.warns(UserWarning, match="this disk is not what it was") as caught:
        found = [features(cohort, tmp_path / "cache") for _ in range(2)]
    assert len(caught) == 1
    np.testing.assert_array_equal(found[0], features(cohort, None))


@pytest.mark.filterwarnings("error")
def test_cache_that_works_is_used_and_says_nothing(cohort, tmp_path, monkeypatch):
    first = features(cohort, tmp_path / "cache", n_jobs=2)
    monkeypatch.setattr("radiohers.features._one_case.read_pair", None)
    np.testing.assert_array_equal(features(cohort, str(tmp_path / "cache")), first)


def test_a_cache_of_the_users_own_that_is_gone(cohort, tmp_path):
    memory = joblib.Memory(tmp_path / "own", verbose=0)
    for path in [*sorted((tmp_path / "own").rglob("*"), reverse=True), tmp_path / "own"]:
        path.rmdir() if path.is_dir() else path.unlink()
    (tmp_path / "own").write_text("")
    with pytest.warns(UserWarning, match="Not a directory|File exists"):
        found = features(cohort, memory)
    np.testing.assert_array_equal(found, features(cohort, None))


@pytest.mark.filterwarnings("default:the cache")
@pytest.mark.parametrize("home", ["/proc/nobody", "/dev/null", None])
@pytest.mark.parametrize("command", [["extract", "--params", "first_order_shape"], ["crops"]])
def test_commands_without_a_home(table, tmp_path, monkeypatch, home, command):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", home or "")
    if home is None:
        monkeypatch.setattr("os.path.expanduser", lambda path: str(path))
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "out.csv" if command[0] == "extract" else tmp_path / "out.npz"
    done = CliRunner().invoke(main, [command[0], str(table), "--out", str(out), "--n-jobs", "1", *command[1:]])
    assert done.exit_code == 0, done.output
    assert done.stderr.count("cannot be used") == 1
    assert out.is_file()
    assert not (tmp_path / "~").exists()


@pytest.mark.parametrize("options", [["--no-cache"], ["--cache", "here"]])
def test_no_cache(table, tmp_path, monkeypatch, options):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    command = ["extract", str(table), "--params", "first_order_shape", "--n-jobs", "1", "--out", "f.csv", *options]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    assert "Warning" not in done.stderr
    left = {path.name for path in tmp_path.iterdir()}
    assert left == ({"f.csv"} if options == ["--no-cache"] else {"f.csv", "here"})


def test_cache_and_no_cache_exclude_each_other(table):
    done = CliRunner().invoke(main, ["extract", str(table), "--out", "f.csv", "--cache", "c", "--no-cache"])
    assert done.exit_code == 2
    assert "exclude each other" in done.stderr


def test_every_command_that_caches_has_the_option():
    names = ["advise", "extract", "crops", "evaluate", "train"]
    commands = [main.get_command(None, name) for name in names]
    assert all("--no-cache" in {o for p in command.params for o in p.opts} for command in commands)
    caching = [n for n in main.list_commands(None) if any(p.name == "cache" for p in main.get_command(None, n).params)]
    assert sorted(caching) == sorted(names)


def test_compiled_engine_that_cannot_be_kept(monkeypatch, tmp_path, caplog):
    from numba.core.caching import FunctionCache

    from radiohers.features.native._compile import _tell_once, kernel

    def fail(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(FunctionCache, "_save_overload", fail)
    monkeypatch.setattr("numba.core.config.CACHE_DIR", str(tmp_path))
    _tell_once.cache_clear()
    with caplog.at_level(logging.WARNING, "radiohers"):
        assert [kernel(_twice)(3), kernel(_thrice)(3)] == [6, 9]
    assert sum("cannot be kept" in record.getMessage() for record in caplog.records) == 1


def _twice(x):
    return 2 * x


def _thrice(x):
    return 3 * x
