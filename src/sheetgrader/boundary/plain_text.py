"""Text of strangers and programs as plain text: nothing that colours, rewrites or reorders what a person sees."""

from __future__ import annotations

import re
from typing import Final

#: Escape sequences of terminals: colours and cursor movements, window titles, and the rest of two characters.
_ESCAPE_SEQUENCES: Final = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])|\x9b[0-?]*[ -/]*[@-~]"
)
#: Control characters but tab and newline, and the marks that make text read in another order than it is written.
_INVISIBLE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def plain(text: str) -> str:
    """Return ``text`` as a terminal would show it in the end, without colours and control characters.

    A line that overwrites itself after a carriage return, as progress bars do, leaves its last state.
    """
    lines = _ESCAPE_SEQUENCES.sub("", text).replace("\r\n", "\n").split("\n")
    return _INVISIBLE.sub("", "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines))


def plain_text(text: str, most: int = 300) -> str:
    """Return the beginning of ``text`` as plain text of at most ``most`` characters, for a sentence."""
    text = plain(text[: 8 * most])
    return text if len(text) <= most else text[: most - 1] + "…"


def is_plain_name(name: str) -> bool:
    """Say whether a file may be called ``name``: it can be shown and written."""
    return name.isprintable() and "\\" not in name and len(name) <= 200 and len(name.encode()) <= 255


def shortened(text: str, most: int) -> str:
    """Return ``text``, with its middle left out where it has more than ``most`` characters."""
    if len(text) <= most:
        return text
    start, end = most * 2 // 3, most // 3
    return f"{text[:start]}\n[… {len(text) - start - end:,} characters left out …]\n{text[-end:]}"
