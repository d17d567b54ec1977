"""JSON from the sandbox, read so that no text can take more of this process's memory and stack than it should."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, Final

#: Values in one text, about; each becomes an object of up to 64 bytes, however little it takes to write it.
MOST_ITEMS: Final = 4_000_000
#: Deeper than any value or output that means well, and far less deep than functions that call themselves can follow.
MOST_LEVELS: Final = 100

#: One half of a character, which by itself has no form as UTF-8.
_HALF: Final = re.compile(r"\\u[dD][89a-fA-F]")


def read(text: bytes) -> Any:
    """Return what ``text`` holds; halves of characters become question marks.

    Raises:
        ValueError: it is no JSON, or of too many values or levels.
    """
    if text.count(b",") + text.count(b"[") + text.count(b"{") > MOST_ITEMS:
        raise ValueError("a message holds too many values")
    try:
        value = json.loads(with_whole_characters(text.decode("utf-8", "replace")))
    except RecursionError:
        raise ValueError("a message is nested too deeply") from None
    if has_more_levels(value, MOST_LEVELS):
        raise ValueError("a message is nested too deeply")
    return value


def with_whole_characters(text: str) -> str:
    """Return JSON with question marks for halves of characters; what is no JSON is returned as it is.

    Raises:
        RecursionError: it is nested too deeply.
    """
    if not _HALF.search(text):
        return text
    try:
        return json.dumps(json.loads(text), ensure_ascii=False).encode("utf-8", "replace").decode("utf-8")
    except ValueError:
        return text


def has_more_levels(value: object, most: int) -> bool:
    """Tell whether lists and dicts in ``value`` nest more than ``most`` levels deep."""
    level = [value] if isinstance(value, list | dict) else []
    for _ in range(most):
        if not level:
            return False
        level = [child for container in level for child in _children(container) if isinstance(child, list | dict)]
    return bool(level)


def _children(container: list[Any] | dict[str, Any]) -> Iterable[Any]:
    return container.values() if isinstance(container, dict) else container
