"""
How a split by image fakes an AUC (SYNTHETIC cohort)
====================================================

Slices of one tumour look alike. If some of them are in the training part and
others in the test part, a network needs only to know the patient again, and the
label comes with it. Here the same network is judged on the same crops twice: with
a split by image, as in the published study, and with one by patient.

Without a table of your own, this runs on a SYNTHETIC cohort whose labels have nothing
to do with the images, so an honest AUC is 0.5. For your own, name the table and the column of labels::

    RADIOHERS_COHORT=cohort.csv RADIOHERS_TARGET=her2 python plot_split_leakage.py
"""

import os
import tempfile

import matplotlib.pyplot as plt
from sklearn.model_selection import StratifiedKFold

import radiohers as rh
from radiohers.crops import CropExtractor
from radiohers.datasets import make_ct_cohort
from radiohers.estimators import CropCNNClassifier
from radiohers.evaluation import RepeatedStratifiedGroupKFold

if "RADIOHERS_COHORT" in os.environ:
    cohort = rh.read_cohort(os.environ["RADIOHERS_COHORT"], target=os.environ["RADIOHERS_TARGET"])
    name = "own cohort"
else:
    folder = tempfile.TemporaryDirectory()
    csv = make_ct_cohort(folder.name, n_patients=24, signal=0, shape=(20, 72, 80))
    cohort = rh.read_cohort(csv, target="her2")
    name = "SYNTHETIC cohort without signal"
cohort

# %%
# One crop a slice, with the label and the patient of its case:

crops = CropExtractor(window_hu=(40, 400), size=32).transform(cohort.X)
y = cohort.y.to_numpy()[crops.case]
patients = cohort.groups.to_numpy()[crops.case]
crops

# %%
# The same network, seeds and crops; only the folds differ.

cnn = CropCNNClassifier(
    "small", max_epochs=30, lr=2e-3, batch_size=64, augmentation=None, validation_fraction=0, random_state=0
)
splits = {
    "by image": StratifiedKFold(5, shuffle=True, random_state=0),
    "by patient": RepeatedStratifiedGroupKFold(5, n_repeats=1, random_state=0),
}
results = {
    split: rh.compare_models({"CNN": cnn}, crops.images, y, groups=patients, cv=cv) for split, cv in splits.items()
}
for split, result in results.items():
    row = result.table().loc[("CNN", "test")]
    print(f"{split:10}  AUC {row['auc']:.3f} ({row['auc_low']:.3f} to {row['auc_high']:.3f})  [{row['split']}]")

# %%
# The split by image is called optimistic wherever its result is shown, since
# :func:`~radiohers.evaluation.compare_models` looks for patients on both sides.

figure, axes = plt.subplots(1, 2, figsize=(10, 5), layout="constrained")
for ax, result in zip(axes, results.values(), strict=True):
    result.plot_roc(ax=ax)
figure.suptitle(f"The same CNN on the same {crops.n_crops} crops of a {name}")
plt.show()
