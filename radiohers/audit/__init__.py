"""Checks of a comparison against self-deception.

The package can be called: ``radiohers.audit(comparison, cohort)`` is :func:`radiohers.audit.audit`.
"""

import sys
from types import ModuleType

from radiohers.audit._audit import audit
from radiohers.audit._result import Audit, AuditLine

__all__ = [
    "Audit",
    "AuditLine",
    "audit",
]


class _CallablePackage(ModuleType):
    """A package that is called as its main function: both are named ``radiohers.audit``."""

    __call__ = staticmethod(audit)


sys.modules[__name__].__class__ = _CallablePackage
