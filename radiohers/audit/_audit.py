"""audit: what could explain a result without biology."""

from numbers import Integral

from radiohers._sklearn import HasMethods, StrOptions, validate_params
from radiohers._sklearn import Interval as Range
from radiohers.audit._run import CHECKS, run_audit
from radiohers.cohort import Cohort
from radiohers.results import Comparison

__all__ = ["audit"]


@validate_params(
    {
        "comparison": [Comparison],
        "cohort": [Cohort],
        "checks": [StrOptions({"all"}), list, tuple, set, frozenset],
        "clinical": [list, tuple, None],
        "acquisition": [list, tuple, None],
        "n_permutations": [Range(Integral, 0, None, closed="left")],
        "memory": [str, HasMethods("__fspath__"), HasMethods("cache"), None],
        "n_jobs": [Integral, None],
        "random_state": [Range(Integral, 0, None, closed="left")],
        "verbose": ["verbose"],
    },
    prefer_skip_nested_validation=True,
)
def audit(
    comparison,
    cohort,
    *,
    checks="all",
    clinical=None,
    acquisition=None,
    n_permutations=20,
    memory=None,
    n_jobs=None,
    random_state=0,
    verbose=0,
):
    """Check what could explain a result without biology.

    Parameters
    ----------
    comparison : Comparison
        A result of :func:`~radiohers.evaluation.compare_models`, whose folds, predictions and extracted features are
        used.
    cohort : Cohort
        The cases, with their patients. The split is judged by these patients,
        whatever the comparison was told; by those of the comparison where the cohort has none.
    checks : "all" or collection of str, default="all"
        Of "split", "chance", "majority class", "lesion volume", "acquisition", "clinical",
        "shuffled labels", "shuffled voxels", "crop geometry" and "grad-cam". With "all",
        networks and searches are not refitted with shuffled labels or voxels; naming
        the check does it.
    clinical : list of str, default=None
        Columns of ``cohort.clinical`` for the clinical baseline; None takes all that are
        not acquisition, less those that name cases or have one value.
    acquisition : list of str, default=None
        Columns of ``cohort.clinical`` that say how images were made, besides those that
        are known by their names (site, scanner, kernel, slice_thickness_mm, ...) and
        the spacing and size of the images.
    n_permutations : int, default=20
        Number of times that labels are shuffled and the models refitted on all
        folds. p is at least 1 / (1 + n_permutations), so with fewer than 19 the check is not
        run, but for the search for a leak from 5 on.
    memory : str, path-like or joblib.Memory, default=None
        Folder of the cache of what was read from the images.
    n_jobs : int, default=None
        Number of cases or fits at the same time; it does not change the result.
    random_state : int, default=0
        Seed of the shuffles and of the baselines.
    verbose : int, default=0
        Whether to show progress bars.

    Returns
    -------
    Audit
        A line for each check and model, which says pass, warn or fail, or why it was not run.

    Raises
    ------
    CohortError
        If the cohort is not that of the comparison, or a named column is missing.
    ValueError
        If a check is unknown.

    Notes
    -----
    All AUCs are means over the folds, with one draw of patients for all models and
    baselines, so that differences are paired. Every rule errs on the side of the alarm:
    models and differences have the wide interval of the comparison, which holds the spread of
    other training sets; baselines and columns that of the patient bootstrap. The rules:

    - same patient: fail if a patient is in training and test of a fold; not run if patients were not given.
    - groups: warn if the groups of the comparison put several patients of the cohort together, as a site does.
    - same image (voxels, whatever the file): fail if two patients have it, on different
      sides of a fold; warn if never on different sides.
    - near-identical image: the correlation of the details of two images or lesions; warn from
      0.80, fail from 0.90 if on different sides of a fold.
    - same lesion mask on different images: warn.
    - chance, a model: warn if the interval of its AUC does not lie above 0.5. All models: fail
      if none beats chance, by its refits with shuffled labels (p at most 0.05,
      corrected for the number of models), or by its interval if it was not refitted.
    - shuffled labels: warn if p is above 0.05; fail if the refits themselves are
      above chance, which means that something leaks.
    - majority class: warn if the accuracy is not above that of the more frequent class.
    - lesion volume, acquisition, clinical, crop geometry: fail if the baseline is above
      chance and at least as good as the model; warn if the interval of the difference
      does not lie above 0. Those of baselines that are not above chance are one line for all
      checks and models.
    - acquisition column: fail if it is above chance by itself with an AUC of 0.8 or more, warn
      if it is above chance. Clinical column: warn if it is above chance with 0.9 or more.
    - shuffled voxels: warn if the model is not better than when refitted on images whose
      voxels were shuffled inside the lesion.
    - Grad-CAM outside the lesion: pass if its share of the map is below its share of the
      area, fail if above, warn if it may be either.

    What an audit passes is not proved; what it does not know of, such as another
    contrast phase that nobody wrote down, it cannot find.

    References
    ----------
    Welch ML, McIntosh C, Haibe-Kains B, et al. Vulnerabilities of radiomic signature
    development: the need for safeguards. Radiother Oncol 2019;130:2-9.
    doi:10.1016/j.radonc.2018.10.027

    Examples
    --------
    >>> import tempfile
    >>> from radiohers import make_radiomics_pipeline, read_cohort
    >>> from radiohers.datasets import make_ct_cohort
    >>> from radiohers.audit import audit
    >>> from radiohers.evaluation import compare_models
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cohort = read_cohort(make_ct_cohort(folder, n_patients=8, shape=(8, 32, 40)), target="her2")
    ...     models = {"LR": make_radiomics_pipeline("lr", params="first_order_shape")}
    ...     result = compare_models(models, cohort, cv=2, n_bootstraps=100)
    ...     found = audit(result, cohort, checks=["split", "majority class"])
    >>> found.table()["check"].tolist()
    ['same patient', 'same image', 'near-identical image', 'same lesion mask', 'majority class']
    >>> found.failed
    []
    """
    unknown = [] if checks == "all" else [check for check in checks if check not in CHECKS]
    if unknown:
        raise ValueError(f"checks: {unknown[0]!r} is not known. Use 'all', or some of {', '.join(map(repr, CHECKS))}.")
    return run_audit(
        comparison,
        cohort,
        checks=checks,
        clinical=clinical,
        acquisition=acquisition,
        n_permutations=n_permutations,
        memory=memory,
        n_jobs=n_jobs,
        random_state=random_state,
        verbose=verbose,
    )
