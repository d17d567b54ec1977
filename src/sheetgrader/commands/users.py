"""Who types a command."""

from __future__ import annotations

import getpass

from sheetgrader.errors import UsageError


def user_name(option: str = "--by") -> str:
    """Return the name of the user of this machine who decides.

    Args:
        option: says it in another way.

    Raises:
        UsageError: the machine knows none, as in a container that runs under a number.
    """
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise UsageError(f"this machine does not know your name; say who decides: {option} NAME") from None
