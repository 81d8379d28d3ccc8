"""
A pipeline, from cross-validation to new patients (SYNTHETIC cohort)
====================================================================

One scikit-learn pipeline goes from cohort rows to a probability. It is
cross-validated by patient, tuned, saved, loaded, and used on patients whom it has
not seen. The images are SYNTHETIC; no patient was scanned.
"""

# %%
# Cross-validation by patient
# ---------------------------
#
# Each patient here has two lesions, so two cases. The splitter gets the patients as
# `groups`, and never puts one patient's lesions on both sides.

import tempfile

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold, cross_val_score

import radiohers as rh
from radiohers.datasets import make_ct_cohort

folder = tempfile.TemporaryDirectory()
csv = make_ct_cohort(
    f"{folder.name}/training",
    n_patients=24,
    lesions_per_patient=2,
    shape=(16, 64, 72),
)
cohort = rh.read_cohort(csv, target="her2")
X, y, patients = cohort.X, cohort.y, cohort.groups

cache = f"{folder.name}/cache"
model = rh.make_radiomics_pipeline("lr", params="first_order_shape", memory=cache)
folds = StratifiedGroupKFold(5, shuffle=True, random_state=0)
auc = cross_val_score(model, X, y, groups=patients, cv=folds, scoring="roc_auc")

print(f"{len(cohort)} cases of {patients.nunique()} patients")
print(f"AUC of the five folds: {np.round(auc, 2)}, mean {auc.mean():.2f}")

# %%
# The pipeline itself. The extractor learns nothing; every other step is fitted in
# the fold, on its training part.

model

# %%
# A grid
# ------
#
# Steps are named as in ``classifier__C``. The extractor learns nothing, so it may run
# once, before the grid; ``model[1:]`` is the rest of the pipeline.

features = model["extractor"].transform(X)
grid = {
    "pca__n_components": ["elbow", 0.9, 0.99],
    "classifier__C": [0.01, 0.1, 1.0],
}
search = GridSearchCV(model[1:], grid, cv=folds, scoring="roc_auc")
search.fit(features, y, groups=patients)
results = search.cv_results_

figure, ax = plt.subplots(figsize=(5.6, 3.8), layout="constrained")
ax.set_prop_cycle(color=["#0072B2", "#D55E00", "#009E73"])
for n_components in grid["pca__n_components"]:
    chosen = results["param_pca__n_components"] == n_components
    mean_auc = results["mean_test_score"][chosen]
    ax.plot(grid["classifier__C"], mean_auc, "o-", label=n_components)
ax.set(xscale="log", xlabel="classifier__C", ylabel="mean AUC over 5 folds")
ax.set_title("SYNTHETIC cohort")
ax.legend(title="pca__n_components", frameon=False)
ax.spines[["top", "right"]].set_visible(False)

# %%
# The best mean of a grid is the highest of nine noisy numbers: it flatters. What
# the tuned model is worth must be measured on patients that took no part in the
# choice, as below.

print(f"best: {search.best_params_}, mean AUC {search.best_score_:.2f}")

# %%
# Save, load, score
# -----------------
#
# The file holds the fitted pipeline with the parameters of its extractor, the two
# classes, the threshold and the versions of the libraries, but no case, no patient
# and no path. It can run code when it is loaded, so load only files that you trust.

model.set_params(**search.best_params_).fit(X, y)
path = f"{folder.name}/model.joblib"
rh.save_model(model, path, cohort=cohort, threshold=0.5)
saved = rh.load_model(path)

csv = make_ct_cohort(
    f"{folder.name}/new",
    n_patients=20,
    shape=(16, 64, 72),
    random_state=1,
)
new = rh.read_cohort(csv, target="her2")
scores = saved.score_cases(new.X)
scores.head().round(3)

# %%
# New patients, who were in no fold. Their labels are known only because they are
# synthetic too.

figure, ax = plt.subplots(figsize=(6, 2.6), layout="constrained")
for label, colour in ((0, "#0072B2"), (1, "#D55E00")):
    chosen = scores.loc[new.y == label, "probability"]
    ax.scatter(chosen, np.full(len(chosen), label), color=colour, alpha=0.75)
ax.axvline(saved.threshold, color="0.5", linestyle="--")
ax.text(saved.threshold + 0.01, 0.5, "threshold", color="0.4", va="center")
ax.set(xlim=(-0.02, 1.02), ylim=(-0.5, 1.5), xlabel="probability of her2 = 1")
ax.set_yticks([0, 1], ["her2 = 0", "her2 = 1"])
ax.set_title(f"{len(new)} new SYNTHETIC patients", fontsize=11)
ax.spines[["top", "right"]].set_visible(False)

# %%

folder.cleanup()
