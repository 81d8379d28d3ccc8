"""A report on a network shows its crops, its training and where it looks."""

import re


def test_figures_of_the_network_are_there(full):
    figures = {figure["name"]: figure["kind"] for figure in full["facts"]["figures"]}
    assert {name: kind for name, kind in figures.items() if name.endswith("-CNN")} == {
        "crops-CNN": "crops",
        "history-CNN": "history",
        "grad-cam-CNN": "grad-cam",
    }
    assert all(figure["svg"].startswith("<svg") for figure in full["facts"]["figures"])


def test_caption_tells_where_the_maps_lie(full):
    caption = full["facts"]["figures"][-1]["caption"]
    assert "inside the lesion" in caption
    assert "on its rim" in caption


def test_cases_are_numbered_and_not_named(full):
    assert not any("SYN_0" in figure["svg"] + figure["caption"] for figure in full["facts"]["figures"])


def test_crops_are_counted_and_described(full):
    crops = full["facts"]["crops"]["CNN"]
    assert (crops["size_pixels"], crops["margin_mm"], crops["n_cases"]) == (32, 7.5, 12)
    assert crops["n_crops"] >= 12 * crops["fewest"] >= 12
    steps = zip(full["facts"]["flow"], full["words"]["sections"]["cohort"]["flow"], strict=True)
    (found,) = [(step, line) for step, line in steps if step["kind"] == "crops"]
    assert (found[0]["n_cases"], found[0]["n_patients"]) == (12, 12)
    assert f"slices left out: {sum(crops['n_left_out'].values())}" in found[1]["reason"]
    assert "cropped slice by slice with a margin of 7.5 mm" in full["words"]["sections"]["methods"]["quote"]


def test_steps_of_the_network_are_told(full):
    crops, network = full["words"]["sections"]["settings"]["steps"]["CNN"]
    assert crops == "crops: CropExtractor"
    assert re.match(r"network: CropCNNClassifier\(.*, its crops put together by mean", network)
    assert [step["kind"] for step in full["facts"]["models"]["CNN"]["steps"]] == ["crops", "network"]
