"""What can be wrong with a student's answer, each as one sentence that is safe to show to the student."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sheetgrader.errors import SheetgraderError
from sheetgrader.results import Outcome


@dataclass(frozen=True)
class Place:
    """Where a number stands in an array."""

    index: tuple[int, ...]
    #: The array's.
    shape: tuple[int, ...]


class Wrong(AssertionError):
    """An answer that is wrong, with a sentence that the student may read.

    A bare ``assert`` in a grader is wrong too, but its text goes to instructors only, since it may show a reference
    value.
    """

    def __init__(self, sentence: str, *, value: object = None, place: Place | None = None) -> None:
        super().__init__(sentence)
        #: The value that is wrong, by which the call that gave it is found.
        self.value = value
        #: Where in it the number stands that is furthest off.
        self.place = place
        #: What the student was told, which holds for every criterion that the mistake fails.
        self.told = ""


class StudentError(SheetgraderError):
    """The student's code gave no answer that could be judged; its text is safe to show to the student."""

    outcome = Outcome.WRONG

    def __init__(self, sentence: str, *, value: object = None) -> None:
        super().__init__(sentence)
        #: The value that cannot be judged, by which the call that gave it is found.
        self.value = value
        #: What the student was told, which holds for every criterion that the mistake fails.
        self.told = ""


class MissingName(StudentError):
    """A name or an attribute that was asked for does not exist."""


class BadValue(StudentError):
    """A value came back that is not what was asked for: of another type or shape, not finite, or too large to cross."""


class Raised(StudentError):
    """The student's code raised an exception."""

    outcome = Outcome.RAISED


class TimedOut(StudentError):
    """The student's code did not stop within its time."""

    outcome = Outcome.TIMED_OUT


class Died(StudentError):
    """The student's process ended."""

    outcome = Outcome.KERNEL_DIED


class OutOfMemory(StudentError):
    """The student's code asked for more memory than the sheet allows."""

    outcome = Outcome.OUT_OF_MEMORY


class OutOfProcesses(StudentError):
    """The student's code started more processes or threads than the sheet allows."""

    outcome = Outcome.OUT_OF_PROCESSES


class OutOfDisk(StudentError):
    """The student's code wrote more than the sheet allows."""

    outcome = Outcome.OUT_OF_DISK


class GraderTimedOut(Exception):
    """A grader's own code, not the student's, took longer than its question may."""


_MEMORY = re.compile(
    r"Unable to allocate|can't allocate memory|cannot allocate memory|std::bad_alloc|shared memory"
    # A worker of a data loader or a pool that the operating system ended, for memory that it used or that all share.
    r"|is killed by signal: (?:Bus error|Killed)|\{SIG(?:KILL|BUS)\(",
    re.IGNORECASE,
)
_PROCESSES = re.compile(
    r"can't start new thread|\[Errno 11\]|unable to (create|start) (a )?(new )?(thread|process)", re.IGNORECASE
)
_DISK = re.compile(
    r"\[Errno (28|27|122)\]|No space left on device|File too large|Disk quota exceeded|database or disk is full"
)
#: What libraries say of a file that they cannot write to its end, or find cut when they read it.
_CUT_SHORT = re.compile(
    r"inline_container|Pytorch ?Stream|file write failed|unexpected pos|requested and \d+ written|central directory"
    r"|Ran out of input|BadZipFile|not a zip file|truncated|disk I/O error|EOFError|iostream|write error"
    r"|not fully written"
)


def raised(ename: str, evalue: str, *, is_disk_full: bool = False) -> type[StudentError]:
    """Return the failure that an exception called ``ename`` with the text ``evalue`` stands for.

    Args:
        ename: its name.
        evalue: its text.
        is_disk_full: a folder that the student's code may write to was full; few libraries say so.
    """
    if ename == "MemoryError" or _MEMORY.search(evalue):
        return OutOfMemory
    if _PROCESSES.search(evalue):
        return OutOfProcesses
    if _DISK.search(evalue) or (is_disk_full and _CUT_SHORT.search(f"{ename}: {evalue}")):
        return OutOfDisk
    return Raised
