"""People's names as they stand in an LMS and in notebooks: shown plainly, and compared whole.

A name never says who somebody is; it gives tutors something to look at.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

#: Longer texts are no names, no student ids and no addresses.
MOST_CHARACTERS: Final = 200

#: Letters that carry no accent which could be taken off.
_PLAIN_LETTERS: Final = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)
#: How an umlaut is written where there is none.
_WRITTEN_OUT: Final = re.compile("([aou])e|(a)a")
#: Of a name that is written without spaces elsewhere; trying more would take too long.
_MOST_WORDS: Final = 6
_WORD: Final = re.compile(r"[^\W_]+")


def plain_name(text: str) -> str:
    """Return a stranger's text as one line of characters that are seen and leave the order of writing alone; nothing of
    one that is too long.
    """
    if len(text) > MOST_CHARACTERS:
        return ""
    visible = (" " if character.isspace() else character for character in text)
    kept = "".join(character for character in visible if unicodedata.category(character)[0] != "C")
    return " ".join(unicodedata.normalize("NFC", kept).split())


def is_same_name(one: str, other: str) -> bool:
    """Say whether two names can be the same person's: whole names, in any order, with or without middle names, accents,
    hyphens and capitals.
    """
    first, second = _folded(one[:MOST_CHARACTERS]), _folded(other[:MOST_CHARACTERS])
    if first.long_words.isdisjoint(second.long_words) and first.is_several and second.is_several:
        # What nearly all pairs of a class are.
        return False
    fewer, more = sorted((first.long_words, second.long_words), key=len)
    if len(fewer) >= 2 and fewer <= more:
        return True
    # "lovelaceada", "Annamaria" for "Anna-Maria".
    return (first.together == second.together != "") or (
        _is_made_of(first.together, second.words[:_MOST_WORDS])
        or _is_made_of(second.together, first.words[:_MOST_WORDS])
    )


def is_part_of_name(word: str, name: str) -> bool:
    """Say whether ``word``, a single one, stands in ``name``."""
    words = _folded(word[:MOST_CHARACTERS]).words
    return len(words) == 1 and words[0] in _folded(name[:MOST_CHARACTERS]).words


@dataclass(frozen=True)
class _Folded:
    """A name in which Müller, Mueller and Muller are one."""

    words: tuple[str, ...]
    #: Without initials.
    long_words: frozenset[str]
    together: str
    is_several: bool


@lru_cache(maxsize=1 << 14)
def _folded(name: str) -> _Folded:
    folded = name.casefold().translate(_PLAIN_LETTERS)
    letters = "".join(letter for letter in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(letter))
    words = tuple(_WRITTEN_OUT.sub(r"\1\2", word) for word in _WORD.findall(letters))
    long_words = frozenset(word for word in words if len(word) > 1)
    return _Folded(words, long_words, "".join(words), len(long_words) > 1)


def _is_made_of(text: str, words: tuple[str, ...], count: int = 0) -> bool:
    """Say whether ``text`` is two of ``words`` or more, each of them once, without anything between them."""
    if not text:
        return count > 1
    return any(
        text.startswith(word) and _is_made_of(text[len(word) :], words[:place] + words[place + 1 :], count + 1)
        for place, word in enumerate(words)
    )
