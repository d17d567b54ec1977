"""Reading answers that are made of several values, and judging answers that build on earlier ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from sheetgrader.graders.comparison import numbers
from sheetgrader.graders.criteria import Probe, probe
from sheetgrader.graders.failures import StudentError, Wrong
from sheetgrader.graders.student import Handle

_Found = TypeVar("_Found")
#: Fixes the sentence about a mistake while the call that it was made in is the latest one.
_Tell = Callable[[StudentError | Wrong], object]


# Values out of an answer.


def entries(value: Any, names: Sequence[str], *, what: str = "It") -> list[Any]:
    """Return the entries of a tuple; a list, a named tuple, a generator or an array with as many rows will do.

    Args:
        value: what the student returned.
        names: what the entries are called, as many as there have to be.
        what: what ``value`` is, as a sentence begins.

    Raises:
        Wrong: it is nothing of that kind, or has another number of entries.
    """
    wanted = f"a tuple ({', '.join(names)}) was asked for"
    content = _first_entries(value, len(names) + 1) if isinstance(value, Handle) else value
    if isinstance(content, np.ndarray) and content.shape[:1] == (len(names),):
        content = list(content)
    if not isinstance(content, list | tuple):
        raise Wrong(f"{what} is no tuple: {wanted}.", value=value)
    if len(content) != len(names):
        more = isinstance(value, Handle) and len(content) > len(names)
        number = f"more than {len(names)}" if more else len(content)
        noun = "entry" if len(content) == 1 and not more else "entries"
        raise Wrong(f"{what} has {number} {noun}: {wanted}.", value=value)
    return list(content)


def named_entries(value: Any, names: Sequence[str], *, what: str = "It") -> dict[str, Any]:
    """Return the items of a dictionary, or of what makes one, which has to have all of ``names`` and may have more.

    Raises:
        Wrong: it is no dictionary, or a name is missing.
    """
    content = _picked(value, list(names)) if isinstance(value, Handle) else value
    if not isinstance(content, dict):
        raise Wrong(f"{what} is no dictionary, which was asked for.", value=value)
    missing = [f'"{name}"' for name in names if name not in content]
    if missing:
        raise Wrong(f"The dictionary has no key {' and no key '.join(missing)}.", value=value)
    return content


def series(value: Any, *, what: str = "", finite: bool = True) -> npt.NDArray[np.float64]:
    """Return a list of numbers, one for each epoch for instance; they may stand one below the other.

    Args:
        value: what the student returned, or a part of it.
        what: what the numbers are, where they are not the value itself: "the losses".
        finite: refuse NaN and infinities.

    Raises:
        StudentError: they are no numbers.
        Wrong: they are no list of single ones.
    """
    subject = f"{what[:1].upper()}{what[1:]}: " if what else ""
    try:
        found = numbers(value, finite=finite)
    except StudentError as error:
        raise StudentError(f"{subject}{error}", value=value) from None
    if found.ndim == 2 and found.shape[1] == 1:
        found = found[:, 0]
    if found.ndim != 1:
        raise Wrong(f"{subject}It is no list of single numbers: its shape is {found.shape}.", value=value)
    return found.astype(np.float64)


@contextmanager
def about(value: Any) -> Iterator[None]:
    """Tell a mistake that is found in here as one of ``value``, the whole of which a part is looked at.

    What a call returned, and its entries, need no such thing: the call that gave them is found.
    """
    try:
        yield
    except (StudentError, Wrong) as mistake:
        mistake.value = value
        raise


@probe
def _first_entries(value, most):  # type: ignore[no-untyped-def]  # runs in the sandbox
    import itertools

    try:
        return tuple(itertools.islice(value, most))
    except Exception:  # noqa: BLE001  # an object of the student's may refuse in any way it likes
        return None


@probe
def _picked(value, names):  # type: ignore[no-untyped-def]  # runs in the sandbox
    try:
        content = dict(value)
        return {name: content[name] for name in names if name in content}
    except Exception:  # noqa: BLE001  # an object of the student's may refuse in any way it likes
        return None


# Answers that may be right in several ways.


def first_that_holds(*checks: Callable[[], _Found]) -> _Found:
    """Accept an answer that passes one of ``checks``; where it passes none, tell what the first one found."""
    first: StudentError | Wrong | None = None
    for check in checks:
        try:
            return check()
        except (StudentError, Wrong) as mistake:
            first = first or mistake
    if first is None:
        raise ValueError("there is nothing to check")
    raise first


class StandIns:
    """Puts harmless stand-ins into the place of a student's earlier answers, until the criterion ends: the fixture
    ``stand_in``.
    """

    def __init__(self, put: Callable[[str, Probe], None], tell: _Tell) -> None:
        self._put = put
        self._tell = tell
        self._placed: set[str] = set()

    def __call__(self, name: str, probe: Probe) -> None:
        """Bind ``name`` in the student's kernel to what ``probe`` returns for their own object."""
        self._placed.add(name)
        self._put(name, probe)

    @property
    def placed(self) -> bool:
        """Whether there is one in place."""
        return bool(self._placed)

    def judge(
        self, own: Callable[[], _Found], replaced: Callable[[], _Found] | None = None, /, **probes: Probe
    ) -> _Found:
        """Accept an answer that is right with the student's own earlier answers, or with stand-ins for them, so that a
        mistake in one costs once.

        Where it is neither, the mistake is told as it was met without stand-ins, unless that kept the answer from being
        judged at all: then the fault may lie with the earlier answer, and what happens with stand-ins says more.

        Args:
            own: checks the answer as it stands.
            replaced: checks it with stand-ins in place; without it ``own`` does. Once some are in place, nothing else
                is tried.
            probes: the stand-ins by the names that they take the place of.
        """
        first: StudentError | AssertionError | None = None
        if not self.placed:
            try:
                return own()
            except (StudentError, AssertionError) as mistake:
                first = mistake
                if isinstance(first, StudentError | Wrong):
                    self._tell(first)
        for name in probes.keys() - self._placed:
            self(name, probes[name])
        try:
            return (replaced or own)()
        except (StudentError, AssertionError):
            if first is None or isinstance(first, StudentError):
                raise
            raise first from None


class Memory:
    """Keeps what took long to get, a mistake included, for criteria that look at the same: the fixture ``memory``."""

    def __init__(self, tell: _Tell) -> None:
        self._tell = tell
        self._kept: dict[str, tuple[Any, StudentError | Wrong | None]] = {}

    def get(self, key: str, make: Callable[[], _Found]) -> _Found:
        """Return what ``make`` returned when ``key`` was first asked for, or raise what it raised."""
        if key not in self._kept:
            try:
                self._kept[key] = make(), None
            except (StudentError, Wrong) as mistake:
                self._tell(mistake)
                self._kept[key] = None, mistake
        value, kept = self._kept[key]
        if kept is not None:
            raise kept
        found: _Found = value
        return found
