"""Libraries that come with an extra of the package: the core does without them, and says so where it cannot."""

from __future__ import annotations

import importlib.util

from sheetgrader.errors import UsageError


def is_installed(library: str) -> bool:
    """Say whether a library is there, by the name it is imported by; it is not imported."""
    try:
        return importlib.util.find_spec(library) is not None
    except ValueError:
        # It was taken out of what can be imported.
        return False


def require(extra: str, *libraries: str, needed_by: str) -> None:
    """Make sure that ``libraries`` of an extra are installed; none of them is imported.

    Args:
        extra: the extra that brings them.
        libraries: their names, as they are imported.
        needed_by: who cannot work without them, as the beginning of a sentence.

    Raises:
        UsageError: one is not there.
    """
    missing = [library for library in libraries if not is_installed(library)]
    if missing:
        *others, last = missing
        names = f"{', '.join(others)} and {last}, which are" if others else f"{last}, which is"
        raise UsageError(f"{needed_by} needs {names} not installed; install with: pip install 'sheetgrader[{extra}]'")
