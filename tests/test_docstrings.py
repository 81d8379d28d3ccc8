"""Docstrings: numpydoc's sections in order, every parameter and default as it is in the code."""

import dataclasses
import inspect
import re
import sys
from typing import Annotated, get_origin

import numpy as np
import pytest
from numpydoc.docscrape import FunctionDoc
from numpydoc.validate import ERROR_MSGS, validate
from public_names import public_callables

# Not held: long summaries, "See Also" and examples everywhere; capitals and types where several parameters share a
# line that says "as in the class".
NOT_HELD = {"ES01", "SA01", "EX01", "PR04", "PR08"}
CALLABLES = public_callables()


def is_record(thing):
    """Tell whether a class is a table of named values; these are documented under Attributes."""
    return dataclasses.is_dataclass(thing) or hasattr(thing, "_fields")


def is_excused(code, thing):
    if code == "PR01":
        inherits = inspect.isclass(thing) and "__init__" not in vars(thing)
        return is_record(thing) or inherits or getattr(thing, "_is_protocol", False)
    # One line that begins with "Return" says it where there is nothing to choose; generators have Yields.
    says_it = inspect.getdoc(thing).startswith("Return ") and takes_nothing(thing)
    return code == "RT01" and (says_it or bool(FunctionDoc(thing)["Yields"]))


def takes_nothing(thing):
    return isinstance(thing, property) or set(inspect.signature(thing).parameters) <= {"self", "cls"}


@pytest.mark.parametrize("path", CALLABLES)
def test_sections_are_those_of_numpydoc(path):
    faults = [(code, text) for code, text in validate(path)["errors"] if code in ERROR_MSGS.keys() - NOT_HELD]
    assert [fault for fault in faults if not is_excused(fault[0], CALLABLES[path])] == []


def types_of(thing, *sections):
    """Return the type of each documented name; some share a line."""
    entries = [entry for section in sections for entry in FunctionDoc(thing)[section]]
    return {name: entry.type for entry in entries for name in entry.name.replace("*", "").split(", ")}


@pytest.mark.parametrize("path", [path for path, thing in CALLABLES.items() if is_record(thing)])
def test_fields_are_documented(path):
    fields = inspect.get_annotations(CALLABLES[path])
    # What is said of a field may stand beside its type.
    fields = {name: kind for name, kind in fields.items() if get_origin(kind) is not Annotated}
    documented = types_of(CALLABLES[path], "Parameters", "Attributes")
    assert [name for name in fields if not name.startswith("_") and name not in documented] == []


@pytest.mark.parametrize("path", [path for path, thing in CALLABLES.items() if not isinstance(thing, property)])
def test_documented_defaults_are_the_real_ones(path):
    thing = CALLABLES[path]
    function = thing.__init__ if inspect.isclass(thing) else getattr(thing, "__func__", thing)
    documented = types_of(thing, "Parameters")
    names = vars(sys.modules[thing.__module__]) | {"np": np}
    for parameter in inspect.signature(function).parameters.values():
        type_text = documented.get(parameter.name)
        # Without a type it is explained elsewhere; what is ignored needs no default.
        if not type_text or type_text == "Ignored":
            continue
        default = re.search(r"default=(.+)$", type_text)
        has_default = parameter.default is not inspect.Parameter.empty
        assert bool(default) == has_default or is_record(thing), f"{parameter.name}: {type_text}"
        if default:
            value, real = eval(default[1], names), parameter.default
            if repr(real) == "<factory>":
                (real,) = [each.default_factory() for each in dataclasses.fields(thing) if each.name == parameter.name]
            # NaN differs from itself.
            assert value == real or repr(value) == repr(real), f"{parameter.name}: it is {real!r}"
