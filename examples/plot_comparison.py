"""
Comparing models honestly (SYNTHETIC cohort)
============================================

Three classifiers on the same features and the same folds, with intervals by
patient, and then the same again where there is nothing to find. The images are
SYNTHETIC; no patient was scanned.
"""

# %%
# Three models, the same folds
# ----------------------------
#
# :func:`~radiohers.evaluation.compare_models` extracts the features once, fits every
# model on the same folds by patient, and keeps the predictions of every training and
# test part. Here there are five folds, dealt once, to save time; without `cv` they
# are dealt five times.

import tempfile

import radiohers as rh
from radiohers.datasets import make_ct_cohort
from radiohers.evaluation import format_table
from radiohers.protocols import radiomics_models

folder = tempfile.TemporaryDirectory()


def compare(signal):
    """Make a cohort and compare the three models on it."""
    csv = make_ct_cohort(
        f"{folder.name}/signal_{signal}",
        n_patients=24,
        signal=signal,
        shape=(12, 48, 56),
    )
    cohort = rh.read_cohort(csv, target="her2")
    models = radiomics_models(rh.RadiomicsExtractor("first_order_shape", memory=f"{folder.name}/cache"))
    models["RF"].set_params(classifier__n_estimators=50)
    return rh.compare_models(models, cohort, cv=5)


def title(ax, signal):
    """Put the word SYNTHETIC above a figure."""
    ax.set_title(f"SYNTHETIC cohort, signal {signal:g}\n{ax.get_title()}", fontsize=9)


result = compare(signal=1.0)
result

# %%
# Each number stands with its 95% interval. In the rows named train are the cases
# that the model was fitted on: they show overfitting, not performance.

format_table(result.table())

# %%
# How the intervals were made is in the full table.

result.table(full=True)[["split", "n_patients", "n_folds", "auc_interval", "accuracy_interval"]]

# %%
# Figures say which cases they show.

display = result.plot_roc()
title(display.ax_, signal=1.0)

# %%
# The classes are told apart at the threshold with the highest Youden index on the
# training part of each fold, never on the test part.

display = result.plot_confusion()
for ax in display.axes_:
    title(ax, signal=1.0)

# %%
# Where there is nothing to find
# ------------------------------
#
# With ``signal=0`` the images do not depend on the label, and an honest AUC is 0.5.
# The forest still tells its training cases apart without a fault.

nothing = compare(signal=0.0)
display = nothing.plot_roc()
title(display.ax_, signal=0)

# %%

format_table(nothing.table(full=True))[["auc", "auc_pooled"]]

# %%
# With so few patients a model without any value may stand at 0.4 or at 0.6: look at
# the intervals.
#
# Principal components
# --------------------
#
# They are fitted on the training part of a fold; the test cases are projected. The
# number that is kept is where the curve of explained variance bends.

display = result.plot_pca()
for ax in display.axes_:
    title(ax, signal=1.0)

# %%
# ``result.report("report.html")`` writes the table, these figures and the learning
# curves into one file that needs nothing else.

# %%

folder.cleanup()
