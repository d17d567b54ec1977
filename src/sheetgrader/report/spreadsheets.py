"""Text for spreadsheets, which take some of it for a program."""

from __future__ import annotations

import re
from typing import Final

from sheetgrader.boundary.plain_text import plain

#: What a formula begins with, for one program or another, also after blanks and quotes: at the start of a text, and
#: behind what a program made for another country takes for the end of a field.
_FORMULA: Final = re.compile(r"""(\A|[,;\n])(?=(?:[^\S\n]|")*[=+\-@\uff1d\uff0b\uff0d\uff20])""")


def as_text(value: str) -> str:
    """Return ``value`` so that a spreadsheet shows it, and computes nothing.

    Source: OWASP, CSV Injection.
    """
    return _FORMULA.sub(r"\1'", plain(value).replace("\t", " "))
