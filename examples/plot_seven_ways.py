"""
Seven ways to fool yourself (SYNTHETIC table of noise)
======================================================

Each of these makes an AUC out of nothing. They are done here on a SYNTHETIC table of
random numbers, so that every AUC above 0.5 is faked, and each is set beside the honest
way to do the same. :doc:`/guide/seven_ways` tells what they are, and what keeps them out.

On your own cohort, name the table and the column of labels; features and crops are then
extracted, which takes a while::

    RADIOHERS_COHORT=cohort.csv RADIOHERS_TARGET=her2 python plot_seven_ways.py
"""

import os

import matplotlib.pyplot as plt
import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import (
    GridSearchCV,
    StratifiedGroupKFold,
    StratifiedKFold,
    cross_val_predict,
    cross_val_score,
    train_test_split,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import radiohers as rh
from radiohers.crops import CropExtractor

FOLDS = StratifiedKFold(5, shuffle=True, random_state=0)


def regression(n_features=10):
    return make_pipeline(StandardScaler(), SelectKBest(f_classif, k=n_features), LogisticRegression())


def forest():
    return RandomForestClassifier(100, random_state=0)


def auc(model, X, y, cv=FOLDS, groups=None):
    return cross_val_score(model, X, y, groups=groups, cv=cv, scoring="roc_auc").mean()


# %%
# Each way returns two AUCs: the faked one, and that of the same model done honestly.


def split_by_image(images, y, patient):
    """Slices of one patient in the training and in the test part."""
    return auc(forest(), images, y), auc(forest(), images, y, StratifiedGroupKFold(5), patient)


def select_before_the_split(X, y):
    """Features chosen on all patients, then cross-validated."""
    chosen = SelectKBest(f_classif, k=10).fit_transform(X, y)
    return auc(make_pipeline(StandardScaler(), LogisticRegression()), chosen, y), auc(regression(), X, y)


def copy_before_the_split(X, y, rng):
    """The smaller class copied, with a little noise as augmentation does, until the classes are equal; then folds."""
    few = np.flatnonzero(y == (y.mean() < 0.5))
    copied = rng.choice(few, len(y) - 2 * len(few))
    noise = rng.normal(scale=0.1 * X.std(axis=0), size=(len(copied), X.shape[1]))
    return auc(forest(), np.vstack([X, X[copied] + noise]), np.append(y, y[copied])), auc(forest(), X, y)


def lucky_split(X, y):
    """A 7:3 split drawn 100 times, the best one shown."""
    aucs = []
    for seed in range(100):
        train, test = train_test_split(np.arange(len(y)), test_size=0.3, stratify=y, random_state=seed)
        model = regression().fit(X[train], y[train])
        aucs.append(roc_auc_score(y[test], model.predict_proba(X[test])[:, 1]))
    return max(aucs), np.mean(aucs)


def best_of_many(X, y):
    """Thirty settings on the same folds, the best one shown; honestly, it is chosen inside each fold."""
    grid = {"selectkbest__k": [1, 2, 5, 10, 20, 50], "logisticregression__C": [0.001, 0.01, 0.1, 1, 10]}
    search = GridSearchCV(regression(), grid, scoring="roc_auc", cv=FOLDS)
    return search.fit(X, y).best_score_, auc(search, X, y)


def leave_out_what_does_not_fit(X, y):
    """The tenth of the patients that the model gets most wrong left out as 'poor images'."""
    score = cross_val_predict(regression(), X, y, cv=FOLDS, method="predict_proba")[:, 1]
    kept = np.argsort(np.abs(y - score))[: int(0.9 * len(y))]
    return auc(regression(), X[kept], y[kept]), auc(regression(), X, y)


def second_scanner(X, y, rng):
    """Three of four positive and one of four negative patients from a scanner that shifts every feature a little."""
    other = rng.random(len(y)) < np.where(y, 0.75, 0.25)
    shifted = X + 0.5 * X.std(axis=0) * other[:, None]
    every = make_pipeline(StandardScaler(), LogisticRegression(C=0.01))
    return auc(every, shifted, y), auc(every, X, y)


def seven_ways(X, y, images, image_y, image_patient, seed):
    rng = np.random.default_rng(seed)
    return {
        "split by image": split_by_image(images, image_y, image_patient),
        "features selected before the split": select_before_the_split(X, y),
        "copies made before the split": copy_before_the_split(X, y, rng),
        "the luckiest of 100 splits": lucky_split(X, y),
        "the best of 30 settings": best_of_many(X, y),
        "what does not fit left out": leave_out_what_does_not_fit(X, y),
        "a second scanner": second_scanner(X, y, rng),
    }


# %%
# The table: 60 patients, a third of them positive, 200 features; and 5 slices of each patient, which
# resemble one another.


def noise(seed, n_patients=60):
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(n_patients, 200)), (np.arange(n_patients) % 3 == 0).astype(int)
    patient = np.repeat(np.arange(n_patients), 5)
    images = rng.normal(size=(n_patients, 50))[patient] + 0.5 * rng.normal(size=(len(patient), 50))
    return X, y, images, y[patient], patient


def own_cohort(cohort):
    y = (cohort.y == cohort.positive).to_numpy().astype(int)
    X = np.asarray(rh.RadiomicsExtractor(n_jobs=-1).fit_transform(cohort.X))
    crops = CropExtractor(window_hu=(40, 400), size=32).transform(cohort.X)
    images = crops.images.reshape(crops.n_crops, -1)
    return X[:, X.std(axis=0) > 0], y, images, y[crops.case], cohort.groups.to_numpy()[crops.case]


if "RADIOHERS_COHORT" in os.environ:
    cohort = rh.read_cohort(os.environ["RADIOHERS_COHORT"], target=os.environ["RADIOHERS_TARGET"])
    table, name = own_cohort(cohort), f"own cohort, {len(cohort)} cases"
else:
    table, name = noise(seed=0), "SYNTHETIC noise, 60 patients"

results = seven_ways(*table, seed=0)
for way, (faked, honest) in results.items():
    print(f"{way:36} faked {faked:.2f}   honest {honest:.2f}")

# %%
# What was done with the same numbers makes the difference. (An honest AUC of 60 patients scatters around 0.5
# by about 0.15; the guide has the means over 20 tables.)

figure, ax = plt.subplots(figsize=(8, 4), layout="constrained")
for row, (faked, honest) in enumerate(reversed(results.values())):
    ax.plot([honest, faked], [row, row], color="0.7", zorder=1)
    ax.scatter(honest, row, color="#0072B2", label="honest" if row == 0 else None)
    ax.scatter(faked, row, color="#D55E00", marker="D", label="faked" if row == 0 else None)
ax.axvline(0.5, color="0.5", linestyle=":")
ax.set(yticks=range(len(results)), yticklabels=reversed(results), xlabel="AUC, mean over folds", xlim=(0.2, 1.02))
ax.set_title(f"Seven ways to fool yourself\n{name}", fontsize=10)
ax.spines[["top", "right"]].set_visible(False)
ax.legend(frameon=False, loc="lower right")
plt.show()
