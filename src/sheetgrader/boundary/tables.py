"""Tables that are opened with a spreadsheet, with texts of strangers in them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Final

from sheetgrader.boundary.plain_text import plain

#: Where a spreadsheet would begin to read a formula: at the start of a field, and behind what it may take for the end
#: of one where it was made for another country. The signs of full width are taken for formulas in East Asia.
_BEFORE_FORMULA: Final = re.compile(r"""(?:\A|[,;\t\n])(?:[^\S\t\n]|")*(?=[=+\-@\uff1d\uff0b\uff0d\uff20])""")


def field_text(text: str) -> str:
    """Return a stranger's text as a spreadsheet shows it: an apostrophe stands before what would be a formula."""
    return _BEFORE_FORMULA.sub(lambda found: f"{found[0]}'", plain(text))


def csv_table(rows: Iterable[Sequence[object]]) -> str:
    """Return rows as CSV; numbers stay what they are, None is an empty field, and all else is text."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    for row in rows:
        writer.writerow([_field(value) for value in row])
    return table.getvalue()


def _field(value: object) -> object:
    return value if value is None or isinstance(value, int | float) else field_text(str(value))
