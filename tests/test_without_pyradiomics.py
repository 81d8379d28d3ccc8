"""All that pyradiomics does not compute works where it is not installed; the rest says how to get it."""

import json
import os
import subprocess
import sys

import pytest

from radiohers.datasets import make_ct_cohort

FILES = {
    "wide": """
imageType: {Original: {}, LoG: {sigma: [2.0]}, Wavelet: {level: 2}, LBP2D: {}}
featureClass: {shape: , firstorder: , glcm: [Contrast]}
setting: {binWidth: 20, resampledPixelSpacing: [1, 1, 2], label: 1}
excludeFeatures: ['*_Mean']
""",
    "lbp_3d": "imageType: {LBP3D: {}}",
    "long_codes": "imageType: {LBP2D: {lbp2DMethod: ror, lbp2DSamples: 60}}",
    "no_width": "setting: {binWidth: }",
    "misspelt": "setting: {binwidth: 3}",
    "no_feature": "featureClass: {glcm: [Contrst]}",
    "no_list": "imageType: {LoG: {sigma: 2}}",
}
FIT_AND_SCORE = """
import sys
import radiohers as rh
from sklearn.model_selection import StratifiedGroupKFold

table, folder = sys.argv[1:]
cohort = rh.read_cohort(table, target="her2")
model = rh.make_radiomics_pipeline("lr", params=f"{folder}/wide.yaml", memory=f"{folder}/cache", n_jobs=2)
rh.compare_models({"LR": model}, cohort.X, cohort.y, groups=cohort.groups, cv=StratifiedGroupKFold(2))
rh.save_model(model.fit(cohort.X, cohort.y), f"{folder}/model.rh", cohort=cohort)
print(rh.load_model(f"{folder}/model.rh").score_cases(cohort.X).shape)
"""
COMMANDS = """
import json, sys
from click.testing import CliRunner
from radiohers.cli import main

def run(arguments):
    done = CliRunner().invoke(main, arguments)
    return [done.exit_code, done.stdout, done.stderr]

print(json.dumps([run(arguments) for arguments in json.loads(sys.argv[1])]))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A cohort, parameter files, and modules in the way of those that are as good as not installed."""
    folder = tmp_path_factory.mktemp("without")
    make_ct_cohort(folder / "cohort", n_patients=8, shape=(8, 32, 36))
    for name, text in FILES.items():
        (folder / f"{name}.yaml").write_text(text)
    for name in ("radiomics", "pykwalify"):
        (folder / "hidden" / name).mkdir(parents=True)
        (folder / "hidden" / name / "__init__.py").write_text(f"raise ModuleNotFoundError({name!r}, name={name!r})\n")
    return folder


def run(folder, code, *arguments):
    """Return what Python printed where those modules are hidden, in its worker processes too."""
    path = os.pathsep.join([str(folder / "hidden"), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_models_are_compared_saved_and_scored(folder):
    assert run(folder, FIT_AND_SCORE, folder / "cohort" / "cohort.csv", folder) == "(8, 2)\n"


WORK = ["wide", "ct_default", "bladder_ctu"]
NEEDY = [
    ("first_order_shape", "pyradiomics", "engine='pyradiomics'", "take the engine 'native'"),
    ("first_order_shape", "both", "engine='pyradiomics'", "take the engine 'native'"),
    ("lbp_3d", "native", "imageType.LBP3D", "take that out of the parameters"),
    ("long_codes", "native", "imageType.LBP2D", "take that out of the parameters"),
    ("no_width", "native", "setting.binWidth", "take that out of the parameters"),
]
WRONG = ["misspelt", "no_feature", "no_list"]


@pytest.fixture(scope="module")
def done(folder):
    """What each command did, all in one process: exit code, output and errors."""

    def command(params, engine):
        params = folder / f"{params}.yaml" if params in FILES else params
        options = {"--out": folder / f"{engine}.csv", "--cache": folder / "c", "--on-error": "nan", "--n-jobs": 1}
        options |= {"--params": params, "--engine": engine, "--force": ""}
        table = folder / "cohort" / "cohort.csv"
        return [str(part) for part in ("extract", table, *sum(options.items(), ())) if part != ""]

    work = [*((params, "native") for params in [*WORK, *WRONG]), *(row[:2] for row in NEEDY)]
    results = json.loads(run(folder, COMMANDS, json.dumps([command(*job) for job in work])))
    return dict(zip(work, results, strict=True))


@pytest.mark.parametrize("params", WORK)
def test_features_are_extracted(done, params):
    exit_code, output, errors = done[params, "native"]
    assert exit_code == 0, errors
    assert ": 8 cases, " in output


@pytest.mark.parametrize(("params", "engine", "what", "way_out"), NEEDY)
def test_what_needs_pyradiomics_says_how_to_get_it(done, folder, params, engine, what, way_out):
    exit_code, _, errors = done[params, engine]
    assert exit_code == 2
    assert errors.startswith(f"Error: {what} needs pyradiomics, which is not installed. Install it with: ")
    assert "pip install pyradiomics-bhklab" in errors
    assert way_out in errors
    assert not (folder / f"{engine}.csv").exists() or engine == "native"


@pytest.mark.parametrize("params", WRONG)
def test_parameter_files_are_checked(done, params):
    exit_code, _, errors = done[params, "native"]
    assert exit_code == 2
    assert f"{params}.yaml: " in errors
