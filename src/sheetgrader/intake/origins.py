"""Where a delivery comes from, as the LMS or whoever collected it says: nothing that a group writes itself."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sheetgrader.intake.names import plain_name

#: Browsers add a number to the name of what they download twice.
_DOWNLOADED_AGAIN: Final = re.compile(r" ?\(\d+\)$")
#: What LMSs call the folders and files of an assignment: the name and number of whoever handed in, and what else there
#: is. Moodle's number is the account's in this assignment; of Canvas's two the first is the account's.
_LMS: Final = (
    re.compile(r"(?P<person>[^_]+)_(?P<number>\d+)_assignsubmission_file_?(?P<rest>.*)", re.DOTALL),
    re.compile(r"(?P<person>[^\W\d_]+)_(?:LATE_)?(?P<number>\d+)_\d+_(?P<rest>.+)", re.DOTALL),
)


@dataclass(frozen=True)
class Origin:
    """Who handed in."""

    #: The same for all that comes from one account of an LMS, or in one folder; empty where nothing tells.
    key: str = ""
    #: The account's name in the LMS; empty where there is none or it is not told.
    person: str = ""
    #: What to call a group of which nothing else is known; empty where there is no account.
    label: str = ""


#: Nothing tells.
UNKNOWN: Final = Origin()


@dataclass(frozen=True)
class LmsName:
    """A name that an LMS gave to a folder or file."""

    person: str
    number: str
    #: What whoever handed it in had called it.
    rest: str


def named_by_lms(name: str) -> LmsName | None:
    """Return what the name of a folder or file tells that an LMS named; None for any other."""
    match = next((match for pattern in _LMS if (match := pattern.fullmatch(name))), None)
    return match and LmsName(match["person"], match["number"], match["rest"])


def tidy_name(name: str) -> str:
    """Return the name that a group gave to its archive, without what LMS and browser made of it."""
    name = unicodedata.normalize("NFC", name)
    if by_lms := named_by_lms(name):
        name = by_lms.rest or f"{by_lms.person}_{by_lms.number}"
    return _DOWNLOADED_AGAIN.sub("", name).strip()


def origin_of(names: Sequence[str], common: Collection[str]) -> Origin:
    """Return where a delivery comes from.

    Args:
        names: of the folders and the archive that it lies in, from the outermost to the innermost, without endings: all
            of them given by an LMS or by whoever collected it.
        common: names that everybody's files and folders may have: the sheet's and its notebooks'.
    """
    if by_lms := next((found for name in names if (found := named_by_lms(name))), None):
        # Who marks blindly is told "Participant 5001".
        person = "" if by_lms.number in by_lms.person else plain_name(by_lms.person)
        return Origin(f"account {by_lms.number}", person, f"{by_lms.person}_{by_lms.number}")
    return folder_origin(names, common)


def folder_origin(names: Sequence[str], common: Collection[str]) -> Origin:
    """Return where a delivery comes from of which no LMS tells."""
    own = [tidy for name in names if (tidy := tidy_name(name)) and tidy not in common]
    # A name on the disk need not be text.
    return Origin(f"folder {'/'.join(own)}".encode("utf-8", "backslashreplace").decode()) if own else UNKNOWN


def shown(key: str, person: str) -> str:
    """Return an origin as a sentence names it."""
    return f"{person} ({key})" if person and key else person or (f"the {key}" if key else "somebody whom nothing names")
