"""sheetgrader: what instructors import in their grader files.

Importing the package first makes the notebook libraries quick to import; see :mod:`sheetgrader.quick_imports`. The names below are looked up when
they are first asked for, so that the command line can start the zygote before anything slow is imported.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from sheetgrader import quick_imports as quick_imports

if TYPE_CHECKING:
    from sheetgrader.grading.checks import assert_arguments_unchanged, assert_no_warnings
    from sheetgrader.grading.comparison import assert_close, numbers
    from sheetgrader.grading.criteria import criterion, probe
    from sheetgrader.grading.failures import StudentError, Wrong
    from sheetgrader.grading.student import Address, Handle, allow_none, fetch
    from sheetgrader.wire import Tensor as tensor  # noqa: N813  # graders write tensor(x), as they would torch.tensor(x)

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
    "assert_arguments_unchanged": ("sheetgrader.grading.checks", "assert_arguments_unchanged"),
    "assert_no_warnings": ("sheetgrader.grading.checks", "assert_no_warnings"),
    "assert_close": ("sheetgrader.grading.comparison", "assert_close"),
    "numbers": ("sheetgrader.grading.comparison", "numbers"),
    "criterion": ("sheetgrader.grading.criteria", "criterion"),
    "probe": ("sheetgrader.grading.criteria", "probe"),
    "StudentError": ("sheetgrader.grading.failures", "StudentError"),
    "Wrong": ("sheetgrader.grading.failures", "Wrong"),
    "Address": ("sheetgrader.grading.student", "Address"),
    "Handle": ("sheetgrader.grading.student", "Handle"),
    "allow_none": ("sheetgrader.grading.student", "allow_none"),
    "fetch": ("sheetgrader.grading.student", "fetch"),
    "tensor": ("sheetgrader.wire", "Tensor"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _HOMES[name]
    found = globals()[name] = getattr(importlib.import_module(module), attribute)
    return found
