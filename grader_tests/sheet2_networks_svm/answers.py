"""Reading answers that are made of several values, and judging answers that build on earlier ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sheetgrader import Handle, StudentError, Wrong, probe
from sheetgrader.results import Outcome


@probe
def as_tuple(value):
    return tuple(value)


@probe
def as_dict(value):
    return dict(value)


def entries(value: Any, names: Sequence[str]) -> list[Any]:
    """Return the entries of a tuple; a list, a named tuple or an array with as many rows will do."""
    wanted = f"a tuple ({', '.join(names)}) was asked for"
    content = as_tuple(value) if isinstance(value, Handle) else value
    if isinstance(content, np.ndarray) and content.ndim > 1:
        content = list(content)
    if not isinstance(content, list | tuple):
        raise Wrong(f"It is no tuple: {wanted}.", value=value)
    if len(content) != len(names):
        raise Wrong(f"It has {len(content)} entries: {wanted}.", value=value)
    return list(content)


def items(value: Any, names: Sequence[str]) -> dict[str, Any]:
    """Return the entries of a dictionary, which has to have all of ``names``."""
    content = as_dict(value) if isinstance(value, Handle) else value
    if not isinstance(content, dict):
        raise Wrong("It is no dictionary.", value=value)
    missing = [name for name in names if name not in content]
    if missing:
        raise Wrong(f"The dictionary has no key {' and no key '.join(missing)}.", value=value)
    return content


def first_that_holds(*checks: Callable[[], object]) -> None:
    """Accept an answer that passes one of ``checks``; where it passes none, tell what the first one found."""
    first: Wrong | StudentError | None = None
    for check in checks:
        try:
            check()
        except (Wrong, StudentError) as mistake:
            first = first or mistake
        else:
            return
    if first is not None:
        raise first


def judge_own_or_with_stand_ins(as_it_stands: Callable[[], object], with_stand_ins: Callable[[], object]) -> None:
    """Accept an answer that is right as it stands, or right as soon as harmless stand-ins replace the earlier answers
    that it builds on.

    Where it is neither, the mistake is told as it was met without stand-ins, unless something raised there: then the
    fault may lie with the earlier answer, and what is wrong with stand-ins in place says more.
    """
    try:
        as_it_stands()
    except (StudentError, Wrong) as first:
        if isinstance(first, StudentError) and first.outcome not in (Outcome.WRONG, Outcome.RAISED):
            # Whatever hung or killed the process would do so again.
            raise
        try:
            with_stand_ins()
        except (StudentError, Wrong) as second:
            raise (second if isinstance(first, StudentError) and first.outcome is Outcome.RAISED else first) from None
