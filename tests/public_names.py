"""The public packages of radiohers, and what they export."""

import importlib
import inspect
import pkgutil

import radiohers

# The top hands names on; a program and a folder of presets have none to import.
NO_NAMES = ("radiohers", "radiohers.cli", "radiohers.params")


def public_packages():
    """Return the names of all packages and modules that have no underscore on their way."""
    modules = pkgutil.walk_packages(radiohers.__path__, "radiohers.")
    return ["radiohers", *(m.name for m in modules if not any(part.startswith("_") for part in m.name.split(".")))]


def public_names():
    """Return every public name with its package, and what it is."""
    return {
        f"{package}.{name}": getattr(importlib.import_module(package), name)
        for package in public_packages()
        if package not in NO_NAMES
        for name in importlib.import_module(package).__all__
    }


def public_callables():
    """Return every public function, class, method and property of radiohers' own, once."""
    found = {}
    # Some packages hand on what others define.
    first_path = {id(thing): path for path, thing in reversed(public_names().items())}
    for path in first_path.values():
        thing = public_names()[path]
        if inspect.isclass(thing):
            own = {name: member for name, member in vars(thing).items() if not name.startswith("_")}
            methods = {name: member for name, member in own.items() if _is_written(member)}
            found |= {path: thing, **{f"{path}.{name}": method for name, method in methods.items()}}
        elif inspect.isroutine(thing):
            found[path] = thing
    return found


def _is_written(member):
    return inspect.isfunction(member) or isinstance(member, classmethod | staticmethod | property)
