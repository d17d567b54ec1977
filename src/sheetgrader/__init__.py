"""sheetgrader: what instructors import in their grader files.

Importing the package first makes the notebook libraries quick to import; see :mod:`sheetgrader.quick_imports`. The names below are looked up when
they are first asked for, so that the command line can start the zygote before anything slow is imported.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from sheetgrader import quick_imports as quick_imports

if TYPE_CHECKING:
    from sheetgrader.boundary.encoding import Tensor as tensor  # noqa: N813  # graders write tensor(x), as they would torch.tensor(x)
    from sheetgrader.graders.checks import assert_arguments_unchanged, assert_no_warnings
    from sheetgrader.graders.comparison import assert_close, numbers
    from sheetgrader.graders.criteria import criterion, probe
    from sheetgrader.graders.failures import StudentError, Wrong
    from sheetgrader.graders.student import Address, Handle, allow_none, fetch

__all__ = [
    "Address",
    "Handle",
    "StudentError",
    "Wrong",
    "allow_none",
    "assert_arguments_unchanged",
    "assert_close",
    "assert_no_warnings",
    "criterion",
    "fetch",
    "numbers",
    "probe",
    "tensor",
]

_HOMES: Final = {
    "assert_arguments_unchanged": ("sheetgrader.graders.checks", "assert_arguments_unchanged"),
    "assert_no_warnings": ("sheetgrader.graders.checks", "assert_no_warnings"),
    "assert_close": ("sheetgrader.graders.comparison", "assert_close"),
    "numbers": ("sheetgrader.graders.comparison", "numbers"),
    "criterion": ("sheetgrader.graders.criteria", "criterion"),
    "probe": ("sheetgrader.graders.criteria", "probe"),
    "StudentError": ("sheetgrader.graders.failures", "StudentError"),
    "Wrong": ("sheetgrader.graders.failures", "Wrong"),
    "Address": ("sheetgrader.graders.student", "Address"),
    "Handle": ("sheetgrader.graders.student", "Handle"),
    "allow_none": ("sheetgrader.graders.student", "allow_none"),
    "fetch": ("sheetgrader.graders.student", "fetch"),
    "tensor": ("sheetgrader.boundary.encoding", "Tensor"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _HOMES[name]
    found = globals()[name] = getattr(importlib.import_module(module), attribute)
    return found
