"""Sentences for a page on which nobody may know whose an answer is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_PLACEHOLDER: Final = "GROUP"
_WHERE: Final = "which group it is, is told where the server was started"


def without_groups(sentence: str, groups: Iterable[str]) -> str:
    """Return a sentence without the name of the group whose files or whose ``--group`` it speaks of.

    Names are words of any kind, ``3`` among them: only what stands where groups are named is one.

    Args:
        sentence: about something that went wrong.
        groups: all of the sheet.
    """
    named = [
        group
        for group in groups
        if re.search(rf"(?:/|--group ['\"]?){re.escape(group)}(?:/|\.jsonl?\b|(?![\w.-]))", sentence)
    ]
    if not named:
        return sentence
    # A name may begin like another.
    any_of_them = "|".join(map(re.escape, sorted(named, key=len, reverse=True)))
    blind = re.sub(rf"(?<![\w-])(?:{any_of_them})(?![\w-])", _PLACEHOLDER, sentence)
    return f"{blind.removesuffix('.')}; {_WHERE}"
