"""Checks of how a student's function behaves, besides what it returns."""

from __future__ import annotations

from typing import Any

from sheetgrader.graders.failures import Wrong
from sheetgrader.graders.student import Address, Call, parts


def assert_arguments_unchanged(function: Address, *arguments: Any, **keywords: Any) -> Any:
    """Call ``function`` and check that it leaves its arguments as they were; return what it returned.

    Raises:
        Wrong: an argument was changed in place.
    """
    value, call = _call(function, arguments, keywords)
    if call.changed_arguments:
        which = ", ".join(
            f"number {int(name) + 1}" if name.isdigit() else f"`{name}`" for name in call.changed_arguments
        )
        raise Wrong(f"It changed its argument {which} in place; work on a copy instead.", value=value)
    return value


def assert_no_warnings(function: Address, *arguments: Any, **keywords: Any) -> Any:
    """Call ``function`` and check that its numbers cause no warning, such as one of an overflow; return what it
    returned.

    Only :class:`RuntimeWarning` counts, which is how NumPy warns of numbers. That a library finds a call slow or
    outdated is no mistake.

    Raises:
        Wrong: the call gave a warning.
    """
    value, call = _call(function, arguments, keywords)
    numerical = [warning for warning in call.warnings if warning.startswith("RuntimeWarning:")]
    if numerical:
        raise Wrong(f"Python warned: {numerical[0]}.", value=value)
    return value


def _call(function: Address, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> tuple[Any, Call]:
    link = parts(function)[0]
    value = function(*arguments, **keywords)
    return value, link.calls[-1]
