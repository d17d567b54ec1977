"""JSON from the sandbox, read so that no text can take more of this process's memory and stack than it should."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from json.encoder import encode_basestring
from typing import Any, Final

#: Values in one text, about; each becomes an object of a hundred bytes or so, however little it takes to write it.
MOST_ITEMS: Final = 4_000_000
#: Deeper than any value or output that means well, and far less deep than functions that call themselves can follow.
MOST_LEVELS: Final = 100

#: One half of a character, which by itself has no form as UTF-8.
_HALF: Final = re.compile(r"\\u[dD][89a-fA-F]")

#: What values take as parts of a notebook, in bytes. Measured: while it is written, a notebook takes three times as
#: much, because nbformat copies it, and makes a text of each line and a piece of each value.
_VALUE_BYTES: Final = 64
_LIST_BYTES: Final = 128
_DICT_BYTES: Final = 512
_LINE_BYTES: Final = 128
_EMPTY_BYTES: Final = sys.getsizeof("")
_SHORT_TEXT: Final = 10_000
#: Where :meth:`str.splitlines`, and so nbformat, begins a new line.
_LINE_ENDS: Final = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"


def read(text: bytes, most_items: int = MOST_ITEMS) -> Any:
    """Return what ``text`` holds; halves of characters become question marks.

    Raises:
        ValueError: it is no JSON, or of too many values or levels.
    """
    if text.count(b",") + text.count(b"[") + text.count(b"{") > most_items:
        raise ValueError("a message holds too many values")
    return parse(text.decode("utf-8", "replace"))


def parse(text: str) -> Any:
    """Return what ``text`` holds, of whatever many values; halves of characters become question marks.

    Raises:
        ValueError: it is no JSON, or of too many levels.
    """
    try:
        value = json.loads(text)
    except RecursionError:
        raise ValueError("a message is nested too deeply") from None
    if has_more_levels(value, MOST_LEVELS):
        raise ValueError("a message is nested too deeply")
    return _with_whole_characters(value) if _HALF.search(text) else value


def _with_whole_characters(value: Any) -> Any:
    """Return ``value``, in whose containers question marks have taken the place of halves of characters."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list):
        # In its place, because there may be no room for all of it twice.
        for position, item in enumerate(value):
            value[position] = _with_whole_characters(item)
    elif isinstance(value, dict):
        for key in list(value):
            item = value.pop(key)
            value[_with_whole_characters(key)] = _with_whole_characters(item)
    return value


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


def price(value: object, most: float = sys.maxsize) -> int:
    """Return about how many bytes ``value``, read from JSON, takes as a part of a notebook that is kept and written.

    Every value has its price, however short it is written. Counting ends once there is more than ``most``.
    """
    total = 0
    waiting = [value]
    while waiting and total <= most:
        item = waiting.pop()
        if isinstance(item, str):
            total += _text_price(item, most - total)
        elif isinstance(item, dict):
            total += _DICT_BYTES
            waiting += item
            waiting += item.values()
        elif isinstance(item, list):
            total += _LIST_BYTES
            waiting += item
        else:
            # A whole number may have thousands of digits.
            total += _VALUE_BYTES + (item.bit_length() // 2 if isinstance(item, int) else 0)
    return total


def _text_price(text: str, most: float) -> int:
    if text.isascii() and text.isalnum():
        return _VALUE_BYTES + len(text)
    size = _VALUE_BYTES + sys.getsizeof(text) - _EMPTY_BYTES
    if size > most:
        return size
    escapes = len(encode_basestring(text)) - len(text) - 2
    # A line ends with a character that is escaped or is not ASCII.
    return size + escapes + (_LINE_BYTES * _line_count(text) if escapes or not text.isascii() else 0)


def _line_count(text: str) -> int:
    # Each line becomes a text of its own, which is the fastest where they are few.
    return len(text.splitlines()) if len(text) < _SHORT_TEXT else sum(map(text.count, _LINE_ENDS))


def beginning(text: str, most: int) -> str:
    """Return of ``text`` a beginning that :func:`price` counts as at most ``most``: all of it, or at least half of what
    there is room for; an empty text where there is hardly room for any.
    """
    text = text[: max(0, most - _VALUE_BYTES)]
    while text and price(text, most) > most:
        text = text[: len(text) // 2]
    return text
