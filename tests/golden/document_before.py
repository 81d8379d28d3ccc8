"""The document of a report as it was in version 2, made of the one it is now."""


def as_before(document):
    """Return the document as version 2 had it, without what the surroundings decide, and without checklists."""
    facts, sections = document["facts"], document["words"]["sections"]
    performance, *more = map(table, sections["performance"]["tables"])
    comparison = {one["heading"]: one for one in sections["comparison"]["tables"]}
    pairs = comparison.get("Pairs of models")
    chance = comparison["Against chance"]
    shown = [test["test"] for test in facts["chance"][0]["tests"] if test["is_shown"]]
    names = {"resampled_t": "corrected t", "permutation": "permutation"}
    settings = {one["heading"]: one["values"] for one in sections["settings"]["definitions"]}
    searches = sections["settings"]["tables"]
    audit, split = facts["audit"], facts["split"]["description"]
    return {
        "title": document["title"],
        "notes": document["words"]["notes"],
        "summary": sections["summary"]["found"],
        "cohort": sections["cohort"]["definitions"][0]["values"],
        "flow": [
            {
                "step": line["step"],
                "reason": line["reason"],
                "n_cases": step["n_cases"],
                "n_patients": step["n_patients"],
            }
            for step, line in zip(facts["flow"], sections["cohort"]["flow"], strict=True)
        ],
        **baseline(facts, sections["patients"]["tables"]),
        "extraction": by_model(settings, "features"),
        "crops": by_model(settings, "crops"),
        "pipelines": sections["settings"]["steps"],
        "settings": settings["Comparison"],
        "searches": table(searches[0]) | {"notes": searches[0]["notes"]} if searches else None,
        "performance": performance | {"more": more[0], "notes": sections["performance"]["lines"]},
        "values": [without(row, "is_resampled") for row in facts["performance"]],
        "comparison": pairs
        and table(pairs)
        | {"notes": pairs["notes"], "pairs": [flat(pair, "difference", split) for pair in facts["pairs"]]},
        "chance": table(chance)
        | {
            "notes": chance["notes"],
            "test": names[shown[0]],
            "models": [flat(one, "auc", split, shown[0]) for one in facts["chance"]],
        },
        "calibration": sections["calibration"]["lines"],
        "usefulness": sections["usefulness"]["lines"],
        "explanation": sections["explanation"]["lines"],
        "audit": audit
        and {key: audit[key] for key in ("baselines", "columns", "settings")}
        | {"lines": [without(line, "code", "measure") for line in audit["lines"]]},
        "figures": [{key: figure[key] for key in ("name", "section", "caption")} for figure in facts["figures"]],
        "models": {name: model["code"] for name, model in facts["models"].items()},
        "seeds": sections["versions"]["definitions"][1]["values"],
        "absent": {
            {"patients": "baseline"}.get(name, name): section["absent"]
            for name, section in sections.items()
            if section["absent"] and name != "summary"
        },
    }


def without(row, *names):
    """Return a row without some of its entries, which are new."""
    return {name: value for name, value in row.items() if name not in names}


def baseline(facts, tables):
    """Return both tables of the patients, numbers and texts together; None for one that is not there."""
    both = {name: facts[name] for name in ("baseline", "baseline_parts")}
    printed = dict(zip((name for name in both if both[name]), tables, strict=True))
    texts = ("columns", "rows", "notes")
    return {name: found and found | {text: printed[name][text] for text in texts} for name, found in both.items()}


def table(shown):
    """Return columns and rows."""
    return {"columns": shown["columns"], "rows": shown["rows"]}


def by_model(settings, kind):
    """Return the settings of each model; models with the same ones stand together."""
    return {
        model: values
        for heading, values in settings.items()
        if heading.endswith(f": {kind}")
        for model in heading.removesuffix(f": {kind}").split(", ")
    }


def flat(one, name, split, reported=None):
    """Return a pair, or a model against chance, as one row of a table."""
    estimate, tests = one[name], one["tests"]
    row = {key: value for key, value in one.items() if key not in (name, "tests", "verdict", "reason")}
    row |= {"split": split, name: estimate["value"], f"{name}_interval": estimate["method"]}
    row |= {f"{name}_{end}": estimate[end] for end in ("low", "high")}
    for test in tests:
        row[f"p_{test['test']}"], row[f"p_{test['test']}_holm"] = test["p_value"], test["p_holm"]
        row[f"{test['test']}_method"] = test["method"]
    return row | ({"p_holm": row[f"p_{reported}_holm"]} if reported else {})
