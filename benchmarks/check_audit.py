"""Whether the audit finds what was planted, on a cohort of one's own or on a synthetic one without signal.

    python benchmarks/check_audit.py [COHORT.CSV --target COLUMN] [--networks] [--similarity]

1. The cohort as it is: the whole audit.
2. Labels permuted over patients, several times: it should say that no model beats chance.
3. The image of one patient given to another, saved under another name as another type of file: it should be named.
4. The same, moved by a voxel and with noise: it should be named as near-identical.
5. A site that goes with the label in 9 of 10 patients: it should be named.

Ends with an error if one of 3 to 5 is missed, or if shuffled labels beat chance in more than one of the
permutations. With --similarity, prints how alike images of different patients and moved copies are,
from which the limits of the audit were chosen. With --networks, audits a small CNN instead, and stops there.
"""

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import SimpleITK as sitk
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier

import radiohers as rh
from radiohers.audit._images import image_facts
from radiohers.audit._similar import similarity
from radiohers.datasets import make_ct_cohort
from radiohers.estimators import make_cnn_pipeline
from radiohers.evaluation import RepeatedStratifiedGroupKFold, audit

NOISE_HU, OFFSET_HU = 20, 30


def make_models(cache, n_jobs):
    """Return two models of cheap features."""
    options = {"params": "first_order_shape", "memory": cache, "n_jobs": n_jobs}
    forest = RandomForestClassifier(50, random_state=0)
    return {
        "LR": rh.make_radiomics_pipeline("lr", **options),
        "RF": rh.make_radiomics_pipeline(forest, **options),
    }


def compare(cohort, models, n_jobs, n_repeats=2):
    """Compare on few folds, as this is not about precision."""
    return rh.compare_models(
        models,
        cohort,
        cv=RepeatedStratifiedGroupKFold(5, n_repeats=n_repeats),
        n_jobs=n_jobs,
    )


def permuted(cohort, seed):
    """Return the cohort with the labels of other patients; one case a patient."""
    labels = np.random.default_rng(seed).permutation(cohort.y.to_numpy())
    return replace(cohort, y=pd.Series(labels, index=cohort.y.index))


def with_copy(cohort, folder, change=lambda voxels: voxels):
    """Return the cohort with the first case's image and mask given to the last one, as other types of files."""
    first, last = cohort.X.index[[0, -1]]
    X = cohort.X.copy()
    for column, name in (("image", "renamed.mha"), ("mask", "renamed_mask.nrrd")):
        source = sitk.ReadImage(X.loc[first, column])
        voxels = sitk.GetArrayFromImage(source)
        target = sitk.GetImageFromArray(change(voxels) if column == "image" else voxels)
        target.CopyInformation(source)
        sitk.WriteImage(target, str(folder / name))
        X.loc[last, column] = str(folder / name)
    return replace(cohort, X=X), f"{first} = {last}"


def moved(voxels):
    """Return voxels moved by one along each axis, brighter and with noise."""
    noise = np.random.default_rng(0).normal(OFFSET_HU, NOISE_HU, voxels.shape)
    return (np.roll(voxels, (1, 1, 1), (0, 1, 2)) + noise).astype(np.float32)


def with_site(cohort):
    """Return the cohort with a site that is wrong in one of ten patients of each class."""
    is_positive = (cohort.y == cohort.positive).to_numpy()
    is_north = is_positive.copy()
    for rows in (np.flatnonzero(is_positive), np.flatnonzero(~is_positive)):
        is_north[rows[::10]] ^= True
    return replace(cohort, clinical=cohort.clinical.assign(site=np.where(is_north, "north", "south")))


def show_similarity(cohort, n_jobs):
    """Print how alike images are: of different patients, and of copies that were moved and have noise."""
    facts = [known for known in image_facts(cohort, None, n_jobs, 0).values() if known is not None]
    with tempfile.TemporaryDirectory() as folder:
        X = cohort.X.copy()
        for number, case in enumerate(X.index):
            source = sitk.ReadImage(X.loc[case, "image"])
            target = sitk.GetImageFromArray(moved(sitk.GetArrayFromImage(source)))
            target.CopyInformation(source)
            sitk.WriteImage(target, f"{folder}/{number}.nii")
            X.loc[case, "image"] = f"{folder}/{number}.nii"
        copies = [known for known in image_facts(replace(cohort, X=X), None, n_jobs, 0).values() if known is not None]
    groups = cohort.groups.to_numpy()
    is_pair = np.triu(groups[:, None] != groups[None, :], k=1)
    n = len(facts)
    for name in ("thumbnail", "lesion_thumbnail"):
        alike = similarity([getattr(known, name) for known in [*facts, *copies]])
        different = alike[:n, :n][is_pair]
        of_copies = np.diag(alike[:n, n:])
        shown = np.nanquantile(different, [0.5, 0.9, 0.99, 1]).round(3)
        print(f"{name}: {is_pair.sum()} pairs of different patients: 50, 90, 99, 100 %: {shown}", flush=True)
        shown = np.nanquantile(of_copies, [0, 0.05, 0.5]).round(3)
        print(f"{name}: {n} copies, moved, {NOISE_HU} HU of noise: 0, 5, 50 %: {shown}", flush=True)


def check(name, is_right, text):
    """Print a result, and return whether it is right."""
    print(f"{'ok    ' if is_right else 'MISSED'} {name}: {text}", flush=True)
    return bool(is_right)


def lines(found, name):
    """Return the lines of a check that are about all models."""
    return [line for line in found.lines if line.check == name and line.model == "all models"]


def check_permuted(cohort, models, options):
    """Return whether at most one of several permutations beats chance."""
    n_beaten = 0
    for seed in range(options.permutations):
        labels = permuted(cohort, seed)
        result = compare(labels, models, options.n_jobs)
        found = audit(result, labels, checks=["chance", "shuffled labels"], n_jobs=options.n_jobs)
        (line,) = lines(found, "chance")
        n_beaten += line.level != "fail"
        print(f"       permuted labels, seed {seed}: {line.message}", flush=True)
    return check("permuted labels", n_beaten <= 1, f"{n_beaten} of {options.permutations} permutations beat chance")


def check_leaks(cohort, cache, options):
    """Return whether each planted leak was found and named."""
    right = []
    prior = {"prior": DummyClassifier()}
    for name, change in (("same image", lambda voxels: voxels), ("near-identical image", moved)):
        with tempfile.TemporaryDirectory() as folder:
            copied, pair = with_copy(cohort, Path(folder), change)
            found = audit(compare(copied, prior, 1), copied, checks=[name], memory=cache, n_jobs=options.n_jobs)
        (line,) = lines(found, name)
        right.append(check(name, line.level in ("warn", "fail") and line.cases[0].startswith(pair), line.text()))
    leaky = with_site(cohort)
    result = compare(leaky, prior, 1)
    found = audit(result, leaky, checks=["acquisition column"], memory=cache, n_jobs=options.n_jobs)
    line = lines(found, "acquisition column")[0]
    right.append(check("site", line.level == "fail" and line.message.startswith("site predicts"), line.message))
    return all(right)


def make_network(cache, epochs):
    """Return a small network on crops of 64 pixels."""
    model = make_cnn_pipeline("small", {"window_hu": (80, 300), "size": 64}, max_epochs=epochs, lr=1e-3, memory=cache)
    return {"CNN": model.set_params(cnn__classifier__batch_size=32)}


def main():
    """Audit the cohort that was named, or a synthetic one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cohort", nargs="?")
    parser.add_argument("--target")
    parser.add_argument("--patients", type=int, default=40)
    parser.add_argument("--permutations", type=int, default=3)
    parser.add_argument("--networks", action="store_true")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--similarity", action="store_true")
    parser.add_argument("--n-jobs", type=int, default=2)
    options = parser.parse_args()
    pd.set_option("display.width", 200, "display.max_colwidth", 140)
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        cache = str(Path(folder) / "cache")
        csv = options.cohort or make_ct_cohort(folder, n_patients=options.patients, signal=0)
        cohort = rh.read_cohort(csv, target=options.target if options.cohort else "her2")
        if options.similarity:
            show_similarity(cohort, options.n_jobs)
        models = make_network(cache, options.epochs) if options.networks else make_models(cache, options.n_jobs)
        result = compare(cohort, models, options.n_jobs, n_repeats=1 if options.networks else 2)
        print(f"compared after {time.perf_counter() - start:.0f} s", flush=True)
        found = audit(result, cohort, memory=cache, n_jobs=options.n_jobs)
        print(found, found.baselines[["auc", "auc_low", "auc_high"]].round(3), sep="\n")
        print(f"audited after {time.perf_counter() - start:.0f} s", flush=True)
        right = options.networks or (check_permuted(cohort, models, options) & check_leaks(cohort, cache, options))
    print(f"{time.perf_counter() - start:.0f} s in all")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
