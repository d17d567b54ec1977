"""Who types a command."""

from __future__ import annotations

import getpass

from sheetgrader.errors import UsageError


def user_name() -> str:
    """Return the name of the user of this machine who decides.

    Raises:
        UsageError: the machine knows none, as in a container that runs under a number.
    """
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise UsageError("this machine does not know your name; say who decides: --by NAME") from None
