"""Checks of a comparison against self-deception.

The package can be called: ``radiohers.audit(comparison, cohort)`` is :func:`radiohers.audit.audit`.
"""

import sys
from types import ModuleType

from radiohers.audit import _baselines, _cnn, _columns, _permutation, _split, _voxels
from radiohers.audit._audit import audit
from radiohers.audit._baselines import *  # noqa: F403
from radiohers.audit._check import CHECKS, Check, Reason, find_checks
from radiohers.audit._cnn import *  # noqa: F403
from radiohers.audit._columns import *  # noqa: F403
from radiohers.audit._context import AuditContext
from radiohers.audit._permutation import *  # noqa: F403
from radiohers.audit._result import Audit, AuditLine
from radiohers.audit._split import *  # noqa: F403
from radiohers.audit._voxels import *  # noqa: F403

__all__ = ["CHECKS", "Audit", "AuditContext", "AuditLine", "Check", "Reason", "audit", "find_checks"]
# A module of checks names these and nothing else, so that a new one is public without a line here.
__all__ += _split.__all__ + _permutation.__all__ + _baselines.__all__
__all__ += _columns.__all__ + _voxels.__all__ + _cnn.__all__


class _CallablePackage(ModuleType):
    """A package that is called as its main function: both are named ``radiohers.audit``."""

    __call__ = staticmethod(audit)


sys.modules[__name__].__class__ = _CallablePackage
