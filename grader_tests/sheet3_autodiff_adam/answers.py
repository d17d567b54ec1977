"""Reading answers that are made of several values, and judging answers that build on earlier ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from sheetgrader import Handle, StudentError, Wrong, numbers, probe
from sheetgrader.results import Outcome

#: Nothing that is asked for has more entries.
MOST_ENTRIES = 1000


@probe
def as_tuple(value, most):
    import itertools

    try:
        return tuple(itertools.islice(value, most))
    except Exception:  # noqa: BLE001  # an object of the student's may refuse in any way it likes
        return None


@probe
def as_dict(value):
    try:
        return dict(value)
    except Exception:  # noqa: BLE001  # an object of the student's may refuse in any way it likes
        return None


def entries(value: Any, names: Sequence[str], what: str = "It") -> list[Any]:
    """Return the entries of a tuple; a list, a named tuple or an array with as many rows will do."""
    wanted = f"a tuple ({', '.join(names)}) was asked for"
    content = as_tuple(value, MOST_ENTRIES) if isinstance(value, Handle) else value
    if isinstance(content, np.ndarray) and content.ndim > 0:
        content = list(content)
    if not isinstance(content, list | tuple):
        raise Wrong(f"{what} is no tuple: {wanted}.", value=value)
    if len(content) != len(names):
        raise Wrong(f"{what} has {len(content)} entries: {wanted}.", value=value)
    return list(content)


def items(value: Any, names: Sequence[str]) -> dict[str, Any]:
    """Return the entries of a dictionary, which has to have all of ``names``."""
    content = as_dict(value) if isinstance(value, Handle) else value
    if not isinstance(content, dict):
        raise Wrong("What is returned is no dictionary.", value=value)
    missing = [f'"{name}"' for name in names if name not in content]
    if missing:
        raise Wrong(f"The dictionary that is returned has no key {' and no key '.join(missing)}.", value=value)
    return content


def series(value: Any, what: str, *, finite: bool = True) -> npt.NDArray[np.float64]:
    """Return a list of numbers, which may stand one below the other; ``what`` tells them in a sentence."""
    try:
        found = numbers(value, finite=finite)
    except StudentError as error:
        raise StudentError(f"{what}: {error}", value=value) from None
    if found.ndim == 2 and found.shape[1] == 1:
        found = found[:, 0]
    if found.ndim != 1:
        raise Wrong(f"{what} are no list of single numbers: as an array it has the shape {found.shape}.", value=value)
    return found.astype(np.float64)


@contextmanager
def about(value: Any) -> Iterator[None]:
    """Tell a mistake found in here as one of ``value``, the whole answer of which a part is looked at."""
    try:
        yield
    except (StudentError, Wrong) as mistake:
        mistake.value = value
        raise


def judge_own_or_with_stand_ins(as_it_stands: Callable[[], object], with_stand_ins: Callable[[], object]) -> None:
    """Accept an answer that is right as it stands, or right as soon as harmless stand-ins replace the earlier answers
    that it builds on.

    Where it is neither, the mistake is told as it was met without stand-ins, unless it kept the answer from being
    judged at all: then the fault may lie with the earlier answer, and what is wrong with stand-ins in place says more.
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
            not_judged = isinstance(first, StudentError) and (
                first.outcome is Outcome.WRONG or isinstance(second, StudentError)
            )
            raise (second if not_judged else first) from None
