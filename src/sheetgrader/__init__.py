"""sheetgrader: what instructors import in their grader files.

Importing the package first makes the notebook libraries quick to import; see :mod:`sheetgrader.quick_imports`.
"""

from __future__ import annotations

from sheetgrader import quick_imports as quick_imports
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
