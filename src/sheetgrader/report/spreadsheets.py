"""Text for spreadsheets, which take some of it for a program."""

from __future__ import annotations

from typing import Final

from sheetgrader.boundary.plain_text import plain

#: What a formula begins with, for one program or another, also after blanks.
_BEGINNINGS: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def as_text(value: str) -> str:
    """Return ``value`` so that a spreadsheet shows it, and computes nothing.

    Source: OWASP, CSV Injection.
    """
    shown = plain(value).replace("\t", " ").replace("\r", " ")
    return f"'{shown}" if shown.lstrip().startswith(_BEGINNINGS) else shown
