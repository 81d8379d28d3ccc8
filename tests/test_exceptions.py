"""Errors carry fields, and nobody takes their sentence apart again."""

import ast
import copy
import pickle
import re
from pathlib import Path

import numpy as np
import pytest

from radiohers import exceptions

PACKAGE = Path(exceptions.__file__).parent
ERRORS = [name for name in exceptions.__all__ if name.endswith("Error")]
FIELDS = {"advice": "Draw the lesion.", "case": "S1", "source": {"mask": Path("m.nii.gz")}, "joined": ", "}
TAKES_APART = {
    *("partition", "rpartition", "split", "rsplit", "splitlines", "startswith", "endswith", "find", "index"),
    *("removeprefix", "removesuffix", "replace", "search", "match", "fullmatch", "findall", "sub"),
}


def error_of(name, what="the mask is empty", **fields):
    return getattr(exceptions, name)(what, **fields)


@pytest.mark.parametrize("name", ERRORS)
@pytest.mark.parametrize(
    "duplicate", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))], ids=["copy", "pickle"]
)
def test_class_and_fields_survive(name, duplicate):
    error = error_of(name, **FIELDS)
    found = duplicate(error)
    assert type(found) is type(error)
    assert {field: getattr(found, field) for field in FIELDS} == FIELDS
    assert (found.what, str(found)) == ("the mask is empty", str(error))


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({}, "the mask is empty"),
        ({"advice": "Draw it."}, "the mask is empty. Draw it."),
        ({"case": 3}, "case 3: the mask is empty"),
        ({"case": np.int64(3)}, "case 3: the mask is empty"),
        ({"source": Path("m.nii")}, "m.nii: the mask is empty"),
        ({"source": "m.nii", "joined": ", "}, "m.nii, the mask is empty"),
        ({"source": {"mask": "m.nii"}, "case": "S1"}, "case 'S1': mask m.nii: the mask is empty"),
        (
            {"source": {"image": "a.nii", "mask": "m.nii"}, "case": "S1", "advice": "Draw it."},
            "case 'S1': the mask is empty. image=a.nii mask=m.nii. Draw it.",
        ),
    ],
)
def test_sentence(fields, text):
    assert str(exceptions.MaskError("the mask is empty", **fields)) == text


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("no preset 'x'; did you mean 'y'?", "no preset 'x'; did you mean 'y'? Fix it."),
        ("y: not understood.", "y: not understood. Fix it."),
        ("2 problems:\n  one\n  two", "2 problems:\n  one\n  two\nFix it."),
    ],
)
def test_advice_follows_what_has_an_end_of_its_own(what, text):
    assert str(exceptions.CohortError(what, advice="Fix it.")) == text


@pytest.mark.parametrize("name", ERRORS)
def test_copies_with_other_fields(name):
    error = error_of(name, advice="Draw it.")
    named = error.with_case(np.str_("S1")).with_source("m.nii", " ")
    assert type(named) is type(error)
    assert str(named) == "case 'S1': m.nii the mask is empty. Draw it."
    assert str(error) == "the mask is empty. Draw it."


def sources():
    return [(path.relative_to(PACKAGE), ast.parse(path.read_text())) for path in sorted(PACKAGE.rglob("*.py"))]


def texts_of(node):
    """Return the literal parts of a text; a value counts as a capital, with which a sentence may begin."""
    return "".join(part.value if isinstance(part, ast.Constant) else "X" for part in getattr(node, "values", [node]))


def test_what_and_advice_are_fields():
    whole = [
        f"{path}:{call.lineno}"
        for path, tree in sources()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ERRORS
        if not call.args
        or (isinstance(call.args[0], ast.Constant | ast.JoinedStr) and re.search(r"[.?] [A-Z]", texts_of(call.args[0])))
        and "advice" not in [keyword.arg for keyword in call.keywords]
    ]
    assert whole == []


def own_errors(function):
    """Return the names that stand for an error of radiohers in a function: caught, or a parameter."""
    for node in ast.walk(function):
        if isinstance(node, ast.ExceptHandler) and node.type is not None and set(names_in(node.type)) & set(ERRORS):
            yield node.name
        if isinstance(node, ast.arg) and node.annotation is not None and set(names_in(node.annotation)) & set(ERRORS):
            yield node.arg


def names_in(node):
    return [name.id for name in ast.walk(node) if isinstance(name, ast.Name)]


def messages_taken_apart(function):
    """Return the lines where the text of an own error, or what was made of it, is searched or cut."""
    texts = set(own_errors(function))
    assigned = [node for node in ast.walk(function) if isinstance(node, ast.Assign)]
    for node in assigned:
        if set(names_in(node.value)) & texts and "str" in names_in(node.value):
            texts |= {name for target in node.targets for name in names_in(target)}
    for node in ast.walk(function):
        is_cut = isinstance(node, ast.Call) and getattr(node.func, "attr", "") in TAKES_APART
        is_searched = isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn)
        if (is_cut or is_searched) and set(names_in(node)) & texts:
            yield node.lineno


def test_nobody_takes_a_message_apart():
    functions = (
        (path, node) for path, tree in sources() for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)
    )
    assert [f"{path}:{line}" for path, function in functions for line in messages_taken_apart(function)] == []


@pytest.mark.parametrize(
    "code",
    [
        "def of(error: MaskError):\n    what, _, advice = str(error).partition('. ')",
        "def of():\n    try:\n        read()\n    except MaskError as error:\n        return 'empty' in str(error)",
        "def of(error: MaskError):\n    text = str(error)\n    return re.search('empty', text)",
        "def of(error: MaskError | None):\n    return error.args[0].startswith('case')",
    ],
)
def test_a_message_taken_apart_is_found(code):
    assert list(messages_taken_apart(ast.parse(code)))
