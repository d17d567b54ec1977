"""sheetgrader: what instructors import in their grader files."""

from __future__ import annotations

# Before anything that imports NumPy or the notebook libraries.
from sheetgrader import one_thread as one_thread
from sheetgrader import quick_imports as quick_imports

# isort: split
# Graders write tensor(x), as they would torch.tensor(x).
from sheetgrader.boundary.encoding import Tensor as tensor  # noqa: N813
from sheetgrader.graders.answers import about, entries, first_that_holds, named_entries, series
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
    "about",
    "allow_none",
    "assert_arguments_unchanged",
    "assert_close",
    "assert_no_warnings",
    "criterion",
    "entries",
    "fetch",
    "first_that_holds",
    "named_entries",
    "numbers",
    "probe",
    "series",
    "tensor",
]
