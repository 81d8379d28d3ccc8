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
    """Return every public name and what it is, once: in the package that defines it, not in those that hand it on."""
    homes = {}
    for package in (name for name in public_packages() if name not in NO_NAMES):
        for name in importlib.import_module(package).__all__:
            thing = getattr(importlib.import_module(package), name)
            defines = f"{getattr(thing, '__module__', '')}.".startswith(f"{package}.")
            homes.setdefault((name, id(thing)), []).append((defines, len(package), f"{package}.{name}", thing))
    return {max(places)[2]: max(places)[3] for places in homes.values()}


def public_callables():
    """Return every public function, class, method and property of radiohers' own."""
    found = {}
    for path, thing in public_names().items():
        if inspect.isclass(thing):
            # The default of a field may be a function.
            fields = inspect.get_annotations(thing)
            own = {name: one for name, one in vars(thing).items() if not name.startswith("_") and name not in fields}
            methods = {name: member for name, member in own.items() if _is_written(member)}
            # What overrides a documented method is documented there.
            inherited = {name for base in thing.__mro__[1:] for name, one in vars(base).items() if inspect.getdoc(one)}
            own_methods = {name: method for name, method in methods.items() if name not in inherited}
            found |= {path: thing, **{f"{path}.{name}": method for name, method in own_methods.items()}}
        elif inspect.isroutine(thing):
            found[path] = thing
    return found


def _is_written(member):
    return inspect.isfunction(member) or isinstance(member, classmethod | staticmethod | property)
