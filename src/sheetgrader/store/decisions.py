"""What people decide about a group, as lines of ``marking/<sheet>/<group>.jsonl``: to read, to merge, to back up.

A line is added and never changed; of two that say different things the later one counts. Two such files are merged by
putting the lines of both into one.
"""

from __future__ import annotations

import enum
import fcntl
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import msgspec

from sheetgrader.course.directory import Sheet
from sheetgrader.course.files import read_plain_file
from sheetgrader.errors import CourseError, GradebookError

_ENDING: Final = ".jsonl"
_LEFT_BY_GIT: Final = (b"<<<<<<<", b"|||||||", b"=======", b">>>>>>>")
#: Thirty years: more than an extension can be asked for.
_MOST_SECONDS: Final = 30 * 366 * 86400


class SettlementKind(enum.Enum):
    """What a group gets in the place of points."""

    #: No points, whatever was handed in.
    ZERO = "zero"
    #: The sheet does not count for the group.
    EXCUSED = "excused"
    #: The group has been asked to hand in, or to hand in again.
    AWAITING = "awaiting"


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody decided, and when."""

    by: str
    when: Annotated[datetime, msgspec.Meta(tz=True)]
    why: str = ""


class Settled(Decision, frozen=True, kw_only=True, tag="settled"):
    """A group's place does not wait for points any more; until it hands in something else."""

    kind: SettlementKind
    #: Digest of what it had handed in then; empty for nothing.
    handed_in: str = ""


class Reopened(Decision, frozen=True, kw_only=True, tag="reopened"):
    """What was settled is not any more."""


class Extended(Decision, frozen=True, kw_only=True, tag="extended"):
    """A group may hand in later than the others; 0 seconds take that back."""

    seconds: Annotated[float, msgspec.Meta(ge=0, le=_MOST_SECONDS)]


class LookedAt(Decision, frozen=True, kw_only=True, tag="looked at"):
    """A mark given to an earlier answer or beside another verdict holds for what there is now."""

    notebook: str
    grade_id: str
    points: float


class Objected(Decision, frozen=True, kw_only=True, tag="objected"):
    """A group says that a line of its feedback is not right; ``why`` are its words."""

    #: The line's id, as it stands on the page.
    line: str


class Answered(Decision, frozen=True, kw_only=True, tag="answered"):
    """What somebody answers to an objection; ``why`` are the words."""

    line: str
    #: The grader judges wrongly, and whoever has the same verdict is judged again.
    grader_was_wrong: bool = False


class AboutCell(Decision, frozen=True, kw_only=True):
    """What was decided about the answer to one cell; ``why`` is for tutors only."""

    notebook: str
    grade_id: str


class Marked(AboutCell, frozen=True, kw_only=True, tag="marked"):
    """What somebody gave for an answer, and by which items of the rubric."""

    #: Digest of the answer that it was given to, as :func:`sheetgrader.store.answers.answers` makes it.
    answer: str
    #: How often each item of the rubric applies, by the item's id.
    applied: dict[str, int] = {}
    #: Points on top of what the items come to, or taken off.
    adjustment: float = 0.0
    #: What they came to by the rubric of that time.
    points: Annotated[float, msgspec.Meta(ge=0)]
    #: Markdown, for the group; beside the kept comments.
    comment: str = ""
    #: Ids of kept comments.
    comments: tuple[str, ...] = ()
    #: Somebody had to look at the answer before: once this is taken back, somebody has to again.
    was_open: bool = False
    #: When its marker gave it by the clock there, where it was brought from elsewhere.
    brought: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class Unmarked(AboutCell, frozen=True, kw_only=True, tag="unmarked"):
    """A mark is taken back; where ``back_to`` tells when an earlier line was written, what it says counts again."""

    back_to: datetime | None = None
    #: What others have written beside the answer in the gradebook, without points.
    comment: str = ""


class SecondLook(AboutCell, frozen=True, kw_only=True, tag="second look"):
    """Somebody is to look at an answer a second time; or not any more."""

    is_wanted: bool = True


class HandedOver(AboutCell, frozen=True, kw_only=True, tag="handed over"):
    """Another marker is to mark an answer; nobody in particular, where ``to`` is empty."""

    to: str


AnyDecision = (
    Settled | Reopened | Extended | LookedAt | Objected | Answered | Marked | Unmarked | SecondLook | HandedOver
)
_DECODER: Final = msgspec.json.Decoder(AnyDecision)


def decisions_folder(sheet: Sheet) -> Path:
    """Return where the decisions about a sheet's groups are."""
    return sheet.course.root / "marking" / sheet.name


def decisions_file(sheet: Sheet, group: str) -> Path:
    """Return where the decisions about one group are."""
    return decisions_folder(sheet) / f"{group}{_ENDING}"


def read_decisions(sheet: Sheet, group: str) -> tuple[AnyDecision, ...]:
    """Return what was decided about ``group``, oldest first.

    Raises:
        CourseError: the file cannot be read.
    """
    return _read(decisions_file(sheet, group))


def read_all_decisions(sheet: Sheet) -> dict[str, tuple[AnyDecision, ...]]:
    """Return what was decided about each group, oldest first, by group.

    Raises:
        CourseError: a file cannot be read.
    """
    paths = sorted(decisions_folder(sheet).glob(f"*{_ENDING}"))
    return {path.name.removesuffix(_ENDING): _read(path) for path in paths}


def add_decisions(sheet: Sheet, group: str, decisions: Iterable[AnyDecision]) -> None:
    """Write down what was decided about ``group``, all of it or nothing.

    Raises:
        GradebookError: it cannot be written; what was there is as it was.
        CourseError: what was decided before cannot be read.
    """
    path = decisions_file(sheet, group)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Of two decisions the later one counts, also where somebody's clock was ahead.
        last = max((decision.when for decision in _read(path)), default=datetime.min.replace(tzinfo=UTC))
        lines = b"".join(
            msgspec.json.encode(
                msgspec.structs.replace(decision, when=max(decision.when, last), **_printable(decision))
            )
            + b"\n"
            for decision in decisions
        )
        # Whoever writes at the same time writes other lines.
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o660)
        try:
            _append(descriptor, lines)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise GradebookError(
            f"{error.filename or path} cannot be written: {error.strerror}; what was there is as it was"
        ) from None


def now() -> datetime:
    """Return the time as decisions have it: in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def extension_seconds(decisions: Iterable[AnyDecision]) -> float | None:
    """Return how much later a group may hand in, as it was decided last; None where nobody has decided."""
    seconds = None
    for decision in decisions:
        if isinstance(decision, Extended):
            seconds = decision.seconds
    return seconds


def settlement(decisions: Iterable[AnyDecision], handed_in: str) -> Settled | None:
    """Return how a group is settled; None where it is not, or has handed in something else since.

    Args:
        decisions: about the group, oldest first.
        handed_in: digest of what it has handed in now.
    """
    found: Settled | None = None
    for decision in decisions:
        if isinstance(decision, Settled):
            found = decision
        elif isinstance(decision, Reopened):
            found = None
    return found if found is not None and found.handed_in == handed_in else None


def _printable(decision: AnyDecision) -> dict[str, str]:
    """Return the words of a decision without what is no text: bytes that a terminal handed on as they were."""
    return {
        name: getattr(decision, name).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        for name in ("by", "why")
    }


def _append(descriptor: int, lines: bytes) -> None:
    # Where the disk is full, what others have written meanwhile would be taken back with it.
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    size = os.fstat(descriptor).st_size
    if size and os.pread(descriptor, 1, size - 1) != b"\n":
        lines = b"\n" + lines
    if os.write(descriptor, lines) != len(lines):
        os.ftruncate(descriptor, size)
        raise OSError(28, "No space left on device")


def _read(path: Path) -> tuple[AnyDecision, ...]:
    try:
        lines = read_plain_file(path).split(b"\n")
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}") from None
    found: dict[bytes, AnyDecision] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        if line.startswith(_LEFT_BY_GIT):
            raise CourseError(
                f"{path}, line {number}: git has left the lines of two versions there; take the lines out that begin"
                " with <<<<<<<, |||||||, ======= and >>>>>>>, and keep all others"
            )
        try:
            decision = _DECODER.decode(line)
            decision.when.astimezone(UTC)
        # Of the last day there is, it is the day after elsewhere.
        except (msgspec.MsgspecError, OverflowError) as error:
            raise CourseError(
                f"{path}, line {number} is no decision that can be read: {error}; mend the line or take it out"
            ) from None
        # The same line in two files that were merged.
        found.setdefault(msgspec.json.encode(decision), decision)
    return tuple(sorted(found.values(), key=lambda decision: decision.when))
