"""The audit finds planted leaks, names them, and says so where there is nothing to find."""

import json
from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression

from radiohers.cohort import read_cohort
from radiohers.datasets import make_ct_cohort
from radiohers.estimators import make_radiomics_pipeline
from radiohers.evaluation import RepeatedStratifiedGroupKFold, audit, compare_models
from radiohers.exceptions import CohortError

SPLIT = ["AUD001", "AUD002", "AUD003", "AUD004", "AUD005"]
CHEAP = [*SPLIT, "chance", "majority class", "lesion volume", "clinical", "clinical column"]


def compare(cohort, models=None, groups=True, cv=None):
    cv = RepeatedStratifiedGroupKFold(4, n_repeats=1) if cv is None else cv
    groups = cohort.groups if groups is True else groups
    return compare_models(
        models or {"prior": DummyClassifier()}, cohort.X, cohort.y, groups=groups, cv=cv, n_bootstraps=200
    )


def line(found, check, model="all models"):
    (only,) = [each for each in found.lines if each.check == check and each.model == model]
    return only


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cohort")
    return read_cohort(make_ct_cohort(folder, n_patients=24, shape=(10, 40, 48), random_state=1), target="her2")


@pytest.fixture(scope="module")
def features(cohort):
    return make_radiomics_pipeline("lr", params="first_order_shape").named_steps["extractor"].transform(cohort.X)


@pytest.fixture(scope="module")
def clean(cohort):
    return audit(compare(cohort), cohort, checks=CHEAP)


def with_image(cohort, case, image, mask=None):
    X = cohort.X.copy()
    X.loc[case, "image"] = str(image)
    if mask is not None:
        X.loc[case, "mask"] = str(mask)
    return replace(cohort, X=X)


def resaved(source, target, change=lambda voxels: voxels, pixel_type=None):
    image = sitk.ReadImage(source)
    new = sitk.GetImageFromArray(change(sitk.GetArrayFromImage(image)))
    new.CopyInformation(image)
    sitk.WriteImage(new if pixel_type is None else sitk.Cast(new, pixel_type), str(target))
    return target


def test_clean_split_passes(clean):
    for check in ("same patient", "same image", "near-identical image", "same lesion mask"):
        assert line(clean, check).level == "pass"


def test_model_without_knowledge_does_not_beat_chance(clean):
    assert line(clean, "chance").level == "fail"
    assert "No model beats chance" in line(clean, "chance").message
    assert line(clean, "chance", "prior").value == 0.5


def test_copy_under_another_patient_and_file_type_is_named(cohort, tmp_path):
    first, second = cohort.X.index[[3, 17]]
    X = cohort.X.loc
    copied = with_image(
        cohort,
        second,
        resaved(X[first, "image"], tmp_path / "renamed.mha", pixel_type=sitk.sitkFloat64),
        resaved(X[first, "mask"], tmp_path / "renamed_mask.nrrd"),
    )
    found = line(audit(compare(copied), copied, checks=SPLIT), "same image")
    assert (found.level, found.value) == ("fail", 1)
    assert first in found.text()
    assert second in found.text()
    assert first not in found.message


def test_copy_in_other_axes_is_found(cohort, tmp_path):
    first, second = cohort.X.index[[3, 17]]
    turned = {}
    for column in ("image", "mask"):
        turned[column] = tmp_path / f"{column}.nii.gz"
        image = sitk.DICOMOrient(sitk.ReadImage(cohort.X.loc[first, column]), "RSA")
        sitk.WriteImage(image, str(turned[column]))
    copied = with_image(cohort, second, turned["image"], turned["mask"])
    assert line(audit(compare(copied), copied, checks=SPLIT), "same image").level == "fail"


def test_copies_of_one_patient_are_no_leak(cohort):
    first, second = cohort.X.index[[3, 4]]
    groups = cohort.groups.copy()
    groups[second] = groups[first]
    X = cohort.X.copy()
    X.loc[second] = X.loc[first]
    y = cohort.y.copy()
    y[second] = y[first]
    one_patient = replace(cohort, X=X, groups=groups, y=y)
    found = audit(compare(one_patient, cv=2), one_patient, checks=SPLIT)
    assert line(found, "same image").level == "pass"


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_copy_that_was_moved_and_has_noise_is_near(cohort, tmp_path, axis):
    first, second = cohort.X.index[[3, 17]]
    noise = np.random.default_rng(0).normal(20, 5, (10, 40, 48))
    moved = resaved(
        cohort.X.loc[first, "image"], tmp_path / "moved.nii", lambda voxels: np.roll(voxels, 1, axis) * 1.1 + noise
    )
    copied = with_image(cohort, second, moved)
    audited = audit(compare(copied), copied, checks=SPLIT)
    found = line(audited, "near-identical image")
    assert found.level in ("fail", "warn")
    (pair,) = found.cases
    assert first in pair
    assert second in pair
    assert line(audited, "same image").level == "pass"


def test_mask_of_another_patient_is_named(cohort):
    first, second = cohort.X.index[[3, 17]]
    mixed_up = with_image(cohort, second, cohort.X.loc[second, "image"], cohort.X.loc[first, "mask"])
    found = line(audit(compare(mixed_up), mixed_up, checks=SPLIT), "same lesion mask")
    assert found.level == "warn"
    assert first in found.cases[0]
    assert second in found.cases[0]


def test_patient_on_both_sides_is_found_though_the_comparison_knew_no_patients(cohort):
    groups = cohort.groups.copy()
    groups.iloc[:12] = groups.iloc[12:].to_numpy()
    paired = replace(cohort, groups=groups)
    found = line(audit(compare(paired, groups=None), paired, checks=SPLIT), "same patient")
    assert found.level == "fail"
    assert found.value == len(found.cases) > 0


def test_image_that_cannot_be_read_is_named(cohort, tmp_path):
    broken = tmp_path / "broken.nii"
    broken.write_bytes(b"no image")
    case = cohort.X.index[5]
    with pytest.warns(UserWarning, match="left out of the audit"):
        found = audit(compare(with_image(cohort, case, broken)), with_image(cohort, case, broken), checks=SPLIT)
    not_run = found.at_level("not run")
    assert {each.check: each.cases for each in not_run} == dict.fromkeys(
        ("same image", "near-identical image", "same lesion mask"), (case,)
    )


def site_of(y, n_wrong):
    site = np.where(y == 1, "Bonn", "Graz")
    site[:n_wrong] = np.where(site[:n_wrong] == "Bonn", "Graz", "Bonn")
    return site


def test_site_that_predicts_the_label_is_named(cohort):
    leaky = replace(cohort, clinical=cohort.clinical.assign(site=site_of(cohort.y, 2)))
    found = audit(compare(leaky), leaky, checks=["acquisition", "acquisition column"])
    column, others = [each for each in found.lines if each.check == "acquisition column"]
    assert (column.level, others.level) == ("fail", "pass")
    assert others.message.startswith("None of the other")
    assert column.message.startswith("site predicts the label: AUC 0.9")
    assert "Cramér's V 0.8" in column.message
    baselines = [each for each in found.lines if each.check == "acquisition"]
    assert {each.level for each in baselines} == {"fail"}


def test_column_named_as_acquisition_is_not_clinical(cohort):
    table = replace(cohort, clinical=cohort.clinical.assign(team=site_of(cohort.y, 0)))
    result = compare(table)
    assert "team" in audit(result, table, checks=["clinical column"]).columns.index
    found = audit(result, table, checks=["acquisition column"], acquisition=["team"])
    assert found.columns.loc["team", "kind"] == "acquisition"
    assert found.failed[0].message.startswith("team predicts the label")


def test_label_in_other_words_is_named(cohort):
    table = replace(cohort, clinical=cohort.clinical.assign(ihc_score=cohort.y * 2 + 1))
    (found, _) = audit(compare(table), table, checks=["clinical column"]).lines
    assert found.level == "warn"
    assert found.message.startswith("ihc_score predicts the label")


def test_volume_that_is_the_label_fails_a_model_that_is_worse(cohort, features):
    volume = features["original_shape_VoxelVolume"]
    sized = replace(cohort, y=(volume > volume.median()).astype(int))
    found = line(audit(compare(sized), sized, checks=["lesion volume"]), "lesion volume", "prior")
    assert found.level == "fail"
    assert found.value < -0.4


def test_model_that_beats_volume_passes(cohort, features):
    X = features.assign(answer=cohort.y)[["answer"]]
    result = compare_models({"answer": LogisticRegression()}, X, cohort.y, groups=cohort.groups, cv=4, n_bootstraps=200)
    found = audit(result, cohort, checks=["lesion volume", "majority class", "chance"])
    assert {each.level for each in found.lines} == {"pass"}


def test_auc_and_interval_are_those_of_the_comparison(cohort, clean):
    row = compare(cohort).table().loc[("prior", "test")]
    found = line(clean, "chance", "prior")
    assert (found.value, found.low, found.high) == (row["auc"], row["auc_low"], row["auc_high"])


def test_same_numbers_whatever_n_jobs_is(cohort):
    result, checks = compare(cohort), [*SPLIT, "acquisition", "acquisition column"]
    one, two = (audit(result, cohort, checks=checks, n_jobs=n_jobs) for n_jobs in (1, 2))
    assert one.table().equals(two.table())
    assert one.baselines.equals(two.baselines)


def test_facts_are_kept_in_the_cache(cohort, tmp_path, clean, monkeypatch):
    audit(compare(cohort), cohort, checks=SPLIT, memory=str(tmp_path))

    def refuse(*args, **kwargs):
        raise AssertionError("read again")

    monkeypatch.setattr("radiohers.audit._images.thumbnail", refuse)
    again = audit(compare(cohort), cohort, checks=SPLIT, memory=str(tmp_path))
    assert again.table().equals(clean.table()[:4])


def test_dict_is_plain_and_names_no_case(cohort, tmp_path):
    first, second = cohort.X.index[[3, 17]]
    copied = with_image(cohort, second, cohort.X.loc[first, "image"])
    found = audit(compare(copied), copied, checks=[*CHEAP])
    text = json.dumps(found.to_dict(), allow_nan=False)
    assert first not in text
    assert second not in text
    assert first in json.dumps(found.to_dict(case_names=True))
    assert set(found.to_dict()["lines"][0]) == {
        "code", "check", "model", "level", "value", "low", "high", "method", "measure", "message", "advice", "n",
    }  # fmt: skip


def test_every_line_has_level_and_advice_where_needed(clean):
    for each in clean.lines:
        assert each.level in ("pass", "warn", "fail", "not run")
        assert each.n > 0
        assert each.advice or each.level == "pass"


def test_texts_show_the_worst_first(clean):
    assert repr(clean).splitlines()[1].startswith("  fail")
    assert "<table>" in clean._repr_html_()
    assert len(clean.failed) == len(clean.at_level("fail")) > 0


def test_comparison_of_other_cases_is_refused(cohort):
    with pytest.raises(CohortError, match="not in the cohort"):
        audit(compare(cohort), cohort.select(cohort.X.index[:20]))


def test_other_labels_are_refused(cohort):
    with pytest.raises(CohortError, match="another label"):
        audit(compare(cohort), replace(cohort, y=1 - cohort.y))


def test_cohort_in_another_order_gives_the_same(cohort, clean):
    turned = cohort.select(cohort.X.index[::-1])
    assert audit(compare(cohort), turned, checks=CHEAP).table().equals(clean.table())


def test_unknown_names_are_refused(cohort):
    for parameter in ("checks", "mute"):
        with pytest.raises(ValueError, match=rf"^{parameter}: 'volume' is no check.*AUD009 \(lesion volume\)"):
            audit(compare(cohort), cohort, **{parameter: ["volume"]})
    with pytest.raises(CohortError, match="no column 'scanner'"):
        audit(compare(cohort), cohort, checks=["acquisition"], acquisition=["scanner"])
