"""A convolutional network for crops, as a scikit-learn classifier."""

import copy
import os
from collections.abc import Callable, Sequence
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from sklearn.utils import Tags, check_random_state
from sklearn.utils.validation import check_is_fitted

from radiohers._sklearn import Interval, StrOptions, _fit_context
from radiohers.crops import Augmentation
from radiohers.estimators._checkpoint import open_checkpoint
from radiohers.estimators._crop_images import (
    check_training_images,
    images_to_predict,
    intensity_range,
    make_scaling,
    network_size,
    resize_images,
)
from radiohers.estimators._device import computes_in_bfloat16, isolated_torch, move_where_it_fits, resolve_device
from radiohers.estimators._network_classifier import NetworkClassifier, as_labelled_data, draw_seed, progress_bar
from radiohers.estimators._network_trial import ready_to_train
from radiohers.estimators._networks import BACKBONES, build_network
from radiohers.estimators._training import LabelledData, predict_logits, train_network
from radiohers.estimators._validation_split import split_validation

__all__ = ["CropCNNClassifier"]

# Crops that are predicted at a time. On a CPU larger batches gain little, and a single crop costs as much as a batch.
PREDICTION_BATCH_SIZE = {"cpu": 8, "cuda": 64}
# What a run depends on besides its data, first weights, and what is worked out in `_train`.
DECIDING = ("intensity_range_", "batch_size", "patience", "keep_best", "n_threads")


class CropCNNClassifier(NetworkClassifier):
    """Convolutional network (torch) that classifies crops, trained as Liu et al. did [1]_.

    Cross-entropy, Adam [2]_, augmentation of each batch anew, and the epoch kept that is
    best on a held-out part of the training patients. Crops of uint8 need no preparation.

    Parameters
    ----------
    backbone : str or callable, default="resnet34"
        One of :data:`BACKBONES`: a ResNet [3]_, a ResNeXt [4]_ or a Swin [5]_ as in
        torchvision, or "small", four convolutions for CPUs and few crops; or a
        callable that takes the number of classes and returns a new ``torch.nn.Module`` that
        takes float32 of shape (n, 3, row, column) and returns logits: `fit` tries two crops.
    weights : None, "imagenet" or path-like, default=None
        Weights to start from. "imagenet" takes torchvision's, from its cache or by
        download. A path is that of a state dict, ``.safetensors`` or ``.pth``.
    input_size : int, tuple of (int, int) or None, default=None
        Side, or rows and columns, in pixels, that crops are stretched to. None takes them
        as they are, but for sides below 32, which become 32.
    lr : float, default=1e-4
        Learning rate of Adam.
    weight_decay : float, default=1e-3
        L2 penalty, added to the gradient as in Adam, not decoupled as in AdamW.
    max_epochs : int, default=50
        Passes over the training crops, at most.
    batch_size : int, default=16
        Crops a step, at most; each epoch is cut into batches as equal as possible.
    augmentation : str, Augmentation or None, default="liver_ct"
        Random changes of each training batch: the name of a preset, an
        :class:`~radiohers.crops.Augmentation`, or none. Rotations by 90 degrees, which
        the preset has, need square crops.
    class_weight : "balanced", dict of {label: weight} or None, default=None
        Weights of the classes, multiplied with `sample_weight` in `fit`.
        "balanced" is ``n_crops / (n_classes * crops of the class)``.
    validation_fraction : float, default=0.1
        Fraction of the training patients (crops, without `groups`) that is held out, never
        augmented, to choose the epoch by. 0 holds out none and keeps the last epoch.
    patience : int or None, default=None
        Epochs without a better one after which training stops; None never stops early.
    keep_best : {"accuracy", "auc", "loss"}, default="accuracy"
        What makes an epoch the best on the held-out part; the earliest of equals is kept.
    device : str, default="auto"
        Where to train and predict: "cpu", "cuda", "cuda:1" and so on. "auto" takes the
        GPU where there is one. Prediction takes the CPU if that GPU is not there.
    amp : "auto" or bool, default="auto"
        Whether training steps compute in mixed precision (bfloat16). "auto" does so on a
        GPU. Validation and prediction never do.
    n_threads : int, default=1
        Threads that torch may use on the CPU. Another number gives other last digits, so it
        does not depend on the machine, nor on `n_jobs` around this. Raise it for a large
        network on idle cores: where other work competes for them, threads wait for each
        other, and a step took up to twenty times as long with two as with one.
    checkpoint_folder : path-like or None, default=None
        Where the state of the training is saved after each epoch. A later `fit` with the
        same data, parameters, code of the network and versions of the libraries goes on after
        the last finished epoch, with the same result (on a CPU to the last bit) as if it had
        not been stopped; one that was finished is not trained again. `max_epochs` may be raised
        meanwhile. Each training has a file of its own, named by a digest of these, so folds and
        candidates of a grid search can share a folder. A file is three to four times as large as
        the weights, and yours to delete. It needs a `random_state`.
    random_state : int, RandomState instance or None, default=None
        Draws the first weights, the order of the crops, the augmentation, dropout and the
        held-out part. The same int gives the same bits on a CPU, whatever `n_jobs`.
    verbose : int, default=0
        Above 0, show a progress bar with loss and accuracy on stderr.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels, in the order of the columns of `predict_proba`.
    network_ : torch.nn.Module
        The trained network, on the CPU in evaluation mode; takes what `as_inputs`
        returns, and returns logits.
    history_ : list of dict
        An entry an epoch: ``epoch`` (from 1), ``train_loss`` (of augmented crops), and with a
        held-out part ``validation_loss``, ``validation_accuracy`` and ``validation_auc``.
    best_epoch_ : int
        The epoch, from 1, whose weights were kept; the last one without a held-out part.
    n_epochs_ : int
        Number of epochs trained.
    image_shape_ : tuple of int
        Channels, rows and columns of the training crops.
    intensity_range_ : tuple of float
        The values that are 0 and 1 to the network: 0 and 255 for crops of uint8, otherwise
        the least and greatest one of the training part. Values outside are clipped.
    n_features_in_ : int
        Number of features seen in `fit`, where `X` had two axes.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, where `X` in `fit` had names that are all strings.

    See Also
    --------
    TrainingHistoryDisplay : Plots `history_`.
    radiohers.crops.Augmentation : The random changes.

    Notes
    -----
    Crops are whole tensors, on the GPU if they fit there; there are no worker processes.
    Those of uint8 become floats a batch at a time. Rows of weight zero are left out, so they
    change nothing.

    Batches of fixed size, the last one filled up, are predicted with `n_threads` threads, so the
    prediction of a crop does not depend on those beside it.

    Fits and predictions in several threads of one process run one after the other: torch's
    random generators and thread count belong to the process. Processes run side by side.

    References
    ----------
    .. [1] Liu et al. Deep learning for predicting the human epidermal growth factor
       receptor 2 status of breast cancer liver metastases based on contrast-enhanced
       computed tomography: a development and validation study. Quantitative Imaging in
       Medicine and Surgery 2023;13:2837. https://qims.amegroups.org/article/view/112238
    .. [2] Kingma DP, Ba J. Adam: A Method for Stochastic Optimization. International
       Conference on Learning Representations, 2015. :doi:`10.48550/arXiv.1412.6980`
    .. [3] He K, Zhang X, Ren S, Sun J. Deep Residual Learning for Image Recognition.
       CVPR 2016. :doi:`10.1109/CVPR.2016.90`
    .. [4] Xie S, Girshick R, Dollár P, Tu Z, He K. Aggregated Residual Transformations for
       Deep Neural Networks. CVPR 2017. :doi:`10.1109/CVPR.2017.634`
    .. [5] Liu Z, Lin Y, Cao Y, et al. Swin Transformer: Hierarchical Vision Transformer using
       Shifted Windows. ICCV 2021. :doi:`10.1109/ICCV48922.2021.00986`

    Examples
    --------
    >>> import numpy as np
    >>> from radiohers.estimators import CropCNNClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.arange(40) % 2
    >>> crops = rng.integers(0, 100, size=(40, 32, 32), dtype=np.uint8) + 100 * y.astype(np.uint8)[:, None, None]
    >>> patients = np.arange(40) // 4
    >>> cnn = CropCNNClassifier("small", lr=0.001, max_epochs=5, random_state=0).fit(crops, y % 2, groups=patients)
    >>> cnn.predict_proba(crops[:3]).shape
    (3, 2)
    >>> sorted(cnn.history_[0])
    ['epoch', 'train_loss', 'validation_accuracy', 'validation_auc', 'validation_loss']
    """

    _parameter_constraints: ClassVar[dict] = {
        "backbone": [StrOptions(set(BACKBONES)), callable],
        "weights": [str, os.PathLike, None],
        "input_size": [Integral, tuple, list, None],
        "lr": [Interval(Real, 0, None, closed="neither")],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "augmentation": [str, Augmentation, None],
        "class_weight": [StrOptions({"balanced"}), dict, None],
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
        "patience": [Interval(Integral, 1, None, closed="left"), None],
        "keep_best": [StrOptions({"accuracy", "auc", "loss"})],
        "device": [str],
        "amp": [StrOptions({"auto"}), "boolean"],
        "n_threads": [Interval(Integral, 1, None, closed="left")],
        "checkpoint_folder": [str, os.PathLike, None],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        backbone: str | Callable[[int], Any] = "resnet34",
        *,
        weights: str | os.PathLike | None = None,
        input_size: int | Sequence[int] | None = None,
        lr: float = 1e-4,
        weight_decay: float = 1e-3,
        max_epochs: int = 50,
        batch_size: int = 16,
        augmentation: str | Augmentation | None = "liver_ct",
        class_weight: str | dict | None = None,
        validation_fraction: float = 0.1,
        patience: int | None = None,
        keep_best: str = "accuracy",
        device: str = "auto",
        amp: str | bool = "auto",
        n_threads: int = 1,
        checkpoint_folder: str | os.PathLike | None = None,
        random_state: int | np.random.RandomState | None = None,
        verbose: int = 0,
    ) -> None:
        self.backbone = backbone
        self.weights = weights
        self.input_size = input_size
        self.lr = lr
        self.weight_decay = weight_decay
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.augmentation = augmentation
        self.class_weight = class_weight
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.keep_best = keep_best
        self.device = device
        self.amp = amp
        self.n_threads = n_threads
        self.checkpoint_folder = checkpoint_folder
        self.random_state = random_state
        self.verbose = verbose

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> "CropCNNClassifier":
        """Train the network.

        Parameters
        ----------
        X : array-like of shape (n, row, column), (n, channel, row, column) or (n, n_features)
            Training crops; (n, row, column, channel) too. Values of uint8 are divided by 255; those of other types are
            scaled by the least and greatest one of the training part. Flat rows are reshaped to square crops of one
            channel if their length is a square number, of three if it is three times one, and to one row otherwise.
        y : array-like of shape (n,)
            Labels, of two classes or more; numbers or strings.
        sample_weight : array-like of shape (n,), default=None
            Weight of each crop, 0 or more; None weighs all alike.
        groups : array-like of shape (n,), default=None
            Patient of each crop: all of a patient's crops are trained on, or all held out.
            Without `groups`, each crop is its own patient, and crops of one lesion that are
            held out make the network look better than it is.

        Returns
        -------
        CropCNNClassifier
            The fitted classifier.

        Raises
        ------
        ValueError
            If X has NaN, or a shape or number of channels that cannot be used; if one class
            only is left; if a patient is missing, or too few are there to hold out some of
            every class; or if a parameter cannot be used, such as a backbone that fails on crops.
        RadiohersError
            If the loss is not finite.
        ModelFileError
            If weights or checkpoint cannot be read, or do not fit.
        """
        X, y, sample_weight, groups = self._match(X, y, sample_weight, groups)
        images, y = check_training_images(self, X, y)
        rows = self._encode_labels(images, y, sample_weight, groups)
        self._check_settings()
        rng = check_random_state(self.random_state)
        seed = draw_seed(rng)
        training, validation = np.arange(len(rows.rows)), None
        if self.validation_fraction > 0:
            training, validation = split_validation(
                rows.class_index, rows.groups, self.validation_fraction, rng, off="validation_fraction=0"
            )
            if self.keep_best == "auc" and len(np.unique(rows.class_index[validation])) < 2:
                raise ValueError(
                    "keep_best='auc' needs crops of two classes in the held-out part, which has one. "
                    "Use keep_best='loss', or another validation_fraction."
                )
        to_train_on = as_labelled_data(images, rows, training, np.float32)
        held_out = None if validation is None else as_labelled_data(images, rows, validation, np.float32)
        self.image_shape_ = images.shape[1:]
        self.intensity_range_ = intensity_range(to_train_on.inputs.numpy())
        size = network_size(self.input_size, images.shape[2:])
        to_train_on = to_train_on._replace(inputs=resize_images(to_train_on.inputs, size))
        held_out = held_out and held_out._replace(inputs=resize_images(held_out.inputs, size))
        self._train(to_train_on, held_out, seed)
        return self

    def as_inputs(self, X: Any) -> Any:
        """Return crops as the network takes them.

        Parameters
        ----------
        X : array-like of shape (n, row, column), (n, channel, row, column) or (n, n_features)
            Crops of the shape that the classifier was fitted on; of any rows and columns,
            if `input_size` is set.

        Returns
        -------
        torch.Tensor of shape (n, channel, row, column), float32
            On the CPU, in 0..1, resized to `input_size`.

        Raises
        ------
        ValueError
            If X has NaN, or another shape.
        """
        check_is_fitted(self)
        return make_scaling(self.intensity_range_)(images_to_predict(self, X))

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags

    def _train(self, training: LabelledData, validation: LabelledData | None, seed: int) -> None:
        import torch

        device = resolve_device(self.device)
        bfloat16 = computes_in_bfloat16(device) if self.amp == "auto" else bool(self.amp)
        augmentation = self.augmentation
        augmentation = Augmentation.from_preset(augmentation) if isinstance(augmentation, str) else augmentation
        with isolated_torch(seed, device, self.n_threads), progress_bar(self, self.verbose) as on_epoch:
            n_classes, (n_crops, n_channels, *sides) = len(self.classes_), training.inputs.shape
            size = (sides[0], sides[1])
            network = build_network(
                self.backbone, n_classes=n_classes, weights=self.weights, n_channels=n_channels, size=size
            )
            settings = {
                "seed": seed,
                **{"device": device.type, "bfloat16": bfloat16},
                "augmentation": augmentation and (type(augmentation), sorted(augmentation.get_params().items())),
                "lr": float(self.lr),
                "weight_decay": float(self.weight_decay),
                **{name: getattr(self, name) for name in DECIDING},
            }
            data = training, validation
            checkpoint = open_checkpoint(self.checkpoint_folder, self.max_epochs, settings, network, *data)
            ready_to_train(network, self.backbone, n_classes, (n_channels, *size), n_crops, self.batch_size)
            run = train_network(
                network.to(device),
                move_where_it_fits(training, device),
                make_optimizer=lambda parameters: torch.optim.Adam(
                    parameters, lr=self.lr, weight_decay=self.weight_decay, fused=True
                ),
                max_epochs=self.max_epochs,
                batch_size=self.batch_size,
                validation=validation and move_where_it_fits(validation, device),
                monitor=f"validation_{self.keep_best}",
                with_auc=True,
                patience=self.patience,
                prepare=make_scaling(self.intensity_range_),
                transform=augmentation and augmentation.apply,
                bfloat16=bfloat16,
                on_epoch=on_epoch,
                checkpoint=checkpoint,
            )
        self._keep(network, run)

    def _logits(self, X: Any) -> np.ndarray:
        import torch

        images = images_to_predict(self, X)
        try:
            device = resolve_device(self.device)
        except ValueError:
            # Fitted on a GPU, and used on a computer without it.
            device = torch.device("cpu")
        network = self.network_ if device.type == "cpu" else copy.deepcopy(self.network_).to(device)
        with isolated_torch(0, device, self.n_threads):
            return predict_logits(
                network,
                images,
                PREDICTION_BATCH_SIZE[device.type],
                prepare=make_scaling(self.intensity_range_),
                pad=True,
            ).numpy(force=True)

    def _check_settings(self) -> None:
        if self.patience is not None and self.validation_fraction == 0:
            raise ValueError(
                f"patience={self.patience} needs a held-out part, and validation_fraction=0. "
                "Use patience=None, or a validation_fraction above 0."
            )
        if self.checkpoint_folder is not None and self.random_state is None:
            raise ValueError(
                "checkpoint_folder needs a random_state: a run that draws another seed each time cannot go on. "
                "Set random_state to an int."
            )
