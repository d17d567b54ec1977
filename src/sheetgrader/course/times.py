"""When something was handed in, as the file beside a submission says, which anybody may have written."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from nbgrader.utils import parse_utc

#: What may be a time, as nbgrader writes it, with the name of a time zone. Whoever reads such texts takes any name for
#: that of a file, and minutes for a megabyte.
_MOST_BYTES: Final = 200
_TIME: Final = re.compile(r"[\w:.,+-]+(?:(?: +|/)[\w:.,+-]+)*", re.ASCII)


def handed_in_at(content: bytes) -> datetime | None:
    """Return the time that a ``timestamp.txt`` holds, in UTC and without a time zone, as nbgrader reads it; None where
    it holds none.
    """
    text = content[:_MOST_BYTES].decode("utf-8", "replace").strip()
    if not _TIME.fullmatch(text) or ".." in text:
        return None
    try:
        time: datetime | None = parse_utc(text)
    except Exception:  # noqa: BLE001 # the parser answers odd texts with many kinds of exception
        return None
    return time
