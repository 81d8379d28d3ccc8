import matplotlib as mpl
import pytest
from sklearn.exceptions import NotFittedError

from radiohers.estimators import CropCNNClassifier, TrainingHistoryDisplay

mpl.use("Agg")

HISTORY = [
    {"epoch": n, "train_loss": 1 / n, "validation_loss": 2 / n, "validation_accuracy": 0.5, "validation_auc": n / 4}
    for n in (1, 2, 3)
]


def test_curves_show_the_history():
    display = TrainingHistoryDisplay(HISTORY, best_epoch=2).plot()
    assert list(display.lines_) == ["train_loss", "validation_loss", "validation_accuracy", "validation_auc"]
    assert display.lines_["validation_auc"].get_xydata().tolist() == [[1, 0.25], [2, 0.5], [3, 0.75]]
    assert [ax.get_ylabel() for ax in display.axes_] == ["cross-entropy", "accuracy, AUC"]
    assert "epoch kept: 2" in [text.get_text() for text in display.axes_[0].get_legend().get_texts()]


def test_history_without_held_out_part_has_one_panel():
    display = TrainingHistoryDisplay([{"epoch": 1, "train_loss": 0.5}], best_epoch=1).plot()
    assert len(display.axes_) == len(display.figure_.axes) == 1


def test_from_estimator_names_it_and_takes_axes():
    model = CropCNNClassifier()
    model.history_, model.best_epoch_ = HISTORY, 3
    axes = mpl.pyplot.subplots(1, 2)[1]
    display = TrainingHistoryDisplay.from_estimator(model).plot(axes)
    assert display.axes_ == list(axes)
    assert axes[0].get_title() == "Training: CropCNNClassifier"


def test_estimator_that_is_not_fitted():
    with pytest.raises(NotFittedError):
        TrainingHistoryDisplay.from_estimator(CropCNNClassifier())
