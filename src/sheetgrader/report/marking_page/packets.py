"""Packets: the marking page with its answers inside one file, to be taken where no server is."""

from __future__ import annotations

import glob
import hashlib
import re
import secrets
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from sheetgrader.course.staging import write_file
from sheetgrader.errors import SheetgraderError
from sheetgrader.marking.marking import Marking
from sheetgrader.report.marking_page.assembling import packed_page
from sheetgrader.report.marking_page.desk import Desk
from sheetgrader.report.marking_page.documents import frame_style
from sheetgrader.report.marking_page.payload import ShownAnswer, ShownSheet
from sheetgrader.report.marking_page.rendered import RenderedAnswers
from sheetgrader.report.marking_page.scanned import ScannedPages
from sheetgrader.report.words import counted

#: What a packet holds at most, so that it can be sent and opened anywhere; and what its page takes of that.
MOST_BYTES: Final = 50_000_000
_PAGE_BYTES: Final = 1_000_000
#: What the scans of one group may take of a packet.
_MOST_SCANNED: Final = 5_000_000
_TOO_LARGE: Final = "<p>These scans are too large for a packet: look at what the group handed in.</p>"
_NOT_IN_NAMES: Final = re.compile(r"[^\w-]+")
#: JSON writes some characters as several.
_ESCAPED: Final = re.compile(r'[<>&"\\\n]')


class WrittenPacket(msgspec.Struct, frozen=True, kw_only=True):
    """A packet that is ready to be handed on."""

    path: str
    #: Its own id, which its marks come back with.
    packet: str
    #: Who marks it; empty for whoever gets it.
    marker: str
    answers: int
    bytes: int


class PacketsReport(msgspec.Struct, frozen=True, kw_only=True):
    """Which packets were written."""

    sheet: str
    packets: tuple[WrittenPacket, ...]
    #: What is to be known about them, one sentence each.
    remarks: tuple[str, ...] = ()


class _Part(msgspec.Struct):
    """What goes into one file."""

    answers: dict[str, list[ShownAnswer]]
    documents: dict[str, dict[str, dict[str, str]]]
    size: int = 0
    #: Each group's scans once, by what they are called.
    scans: dict[str, str] = {}

    @property
    def count(self) -> int:
        return sum(map(len, self.answers.values()))


class _Scans:
    """Draws the scans of each group once, however many answers it has given, and keeps them on the disk meanwhile."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self._desk = desk
        self._folder = folder
        self.too_large: set[str] = set()

    def document(self, answer: ShownAnswer) -> str:
        """Return the scans of whoever gave an answer, or what is said where they are too large; empty for none."""
        if not answer.scans or answer.scans in self.too_large:
            return _TOO_LARGE if answer.scans else ""
        path = self._folder / answer.scans
        if not path.exists():
            found = self._desk.scans(answer.id).replace(frame_style(), "")
            if _size(found) > _MOST_SCANNED:
                self.too_large.add(answer.scans)
                return _TOO_LARGE
            path.write_text(found, encoding="utf-8")
        return path.read_text(encoding="utf-8")


def write_packets(
    marking: Marking,
    rendered: RenderedAnswers,
    scanned: ScannedPages,
    folder: Path,
    *,
    markers: Sequence[str] = (),
    most_bytes: int = MOST_BYTES,
    step: Callable[[], None] = lambda: None,
) -> PacketsReport:
    """Write the answers that wait for a mark as packets: one for each marker, or several where one would be too large.

    Args:
        marking: of the sheet.
        rendered: makes documents of answers.
        scanned: makes documents of scans.
        folder: where to.
        markers: who shares the work; nobody in particular where there are none.
        most_bytes: what one may hold.
        step: is called after each answer.

    Raises:
        SheetgraderError: something cannot be read or written.
    """
    desk = Desk(marking, rendered, scanned)
    sheet = desk.sheet()
    answers = {question.id: _open(desk.answers(question.id)) for question in sheet.questions}
    shares: Mapping[str, Sequence[str] | None] = marking.shares(markers) if markers else {"": None}
    names = _names(sheet.name, list(shares))
    _keep_what_is_there(folder, names.values())
    packets: list[WrittenPacket] = []
    remarks: list[str] = []
    with tempfile.TemporaryDirectory() as drawn:
        scans = _Scans(desk, Path(drawn))
        for marker, share in shares.items():
            chosen = _share(answers, None if share is None else frozenset(share), marker)
            parts = list(_parts(desk, scans, chosen, most_bytes, step))
            if len(parts) > 1:
                remarks.append(
                    f"{marker + ': ' if marker else ''}one file would hold more than {most_bytes // 1_000_000} MB, so"
                    f" there are {len(parts)}; each is saved by itself."
                )
            packets += [
                _write(folder / f"{names[marker]}{_part_of(place, len(parts))}.html", sheet, marker, part)
                for place, part in enumerate(parts, start=1)
            ]
    if scans.too_large:
        remarks.append(
            f"The scans of {counted(len(scans.too_large), 'group')} are too large for a packet, and the page says so;"
            " look at them in what was handed in, or mark on the page of sheetgrader mark."
        )
    return PacketsReport(sheet=sheet.name, packets=tuple(packets), remarks=tuple(remarks))


def waiting(marking: Marking) -> int:
    """Return how many answers wait for a mark."""
    return sum(answer.is_open for question in marking.questions() for answer in marking.answers(*question.key))


def _open(answers: Sequence[ShownAnswer]) -> list[ShownAnswer]:
    return [answer for answer in answers if answer.is_open]


def _share(
    answers: Mapping[str, list[ShownAnswer]], share: frozenset[str] | None, marker: str
) -> dict[str, list[ShownAnswer]]:
    """Return what a marker gets: the own share, without what was handed to others and with what was handed to them."""
    return {
        question: [
            answer
            for answer in found
            if share is None or (answer.handed_to == marker if answer.handed_to else answer.id in share)
        ]
        for question, found in answers.items()
    }


def _parts(
    desk: Desk, drawn: _Scans, answers: Mapping[str, list[ShownAnswer]], most_bytes: int, step: Callable[[], None]
) -> Iterator[_Part]:
    """Yield what goes into each file, one question after the other."""
    style = frame_style()
    part = _Part({}, {}, _PAGE_BYTES)
    for question, found in answers.items():
        if not found:
            continue
        # All frames have the same style; the packet holds it once.
        asked = desk.asked(question).replace(style, "")
        for answer in found:
            document = desk.content(answer.id).replace(style, "")
            scans = drawn.document(answer)
            step()
            parts = (document, *([scans] if answer.scans not in part.scans else []))
            first = (asked,) if question not in part.documents else ()
            if part.count and part.size + _room(*parts, *first) > most_bytes:
                yield part
                part = _Part({}, {}, _PAGE_BYTES)
                parts, first = (document, scans), (asked,)
            part.size += _room(*parts, *first)
            if answer.scans:
                part.scans[answer.scans] = scans
            part.answers.setdefault(question, []).append(answer)
            shown = part.documents.setdefault(question, {"answers": {}, "asked": {question: asked}})
            shown["answers"][answer.id] = document
    if part.count:
        yield part


def _room(*documents: str) -> int:
    return sum(map(_size, documents)) + 2000


def _size(document: str) -> int:
    return len(document.encode("utf-8")) + 5 * len(_ESCAPED.findall(document))


def _names(sheet: str, markers: Sequence[str]) -> dict[str, str]:
    """Return what each marker's files are called, without their ending; no two the same, on any file system."""
    plain = {marker: "-".join([sheet, *([_NOT_IN_NAMES.sub("-", marker)] if marker else [])]) for marker in markers}
    count = Counter(name.casefold() for name in plain.values())
    return {
        marker: name if count[name.casefold()] == 1 else f"{name}-{hashlib.sha256(marker.encode()).hexdigest()[:6]}"
        for marker, name in plain.items()
    }


def _keep_what_is_there(folder: Path, names: Iterable[str]) -> None:
    """Leave packets alone that were written before: marks that a browser keeps of them are reached through them alone.

    Raises:
        SheetgraderError: there are some.
    """
    for name in names:
        for path in (folder / f"{name}.html", *folder.glob(f"{glob.escape(name)}-1-of-*.html")):
            if not path.exists():
                continue
            raise SheetgraderError(
                f"{path} is there already, and marks in it may not be saved as a file yet; name another folder, or move"
                " it away"
            )


def _part_of(place: int, count: int) -> str:
    """Return what tells the files of one marker apart: ``-1-of-3``; nothing where there is one."""
    return f"-{place}-of-{count}" if count > 1 else ""


def _write(path: Path, sheet: ShownSheet, marker: str, part: _Part) -> WrittenPacket:
    packet = secrets.token_hex(8)
    content = {
        "packet": packet,
        "style": frame_style(),
        "sheet": _plain(
            msgspec.structs.replace(
                sheet,
                marker=marker,
                questions=tuple(question for question in sheet.questions if question.id in part.answers),
                remarks=(),
            )
        ),
        "answers": _plain(part.answers),
    }
    page = packed_page(sheet.title, content, {**part.documents, "": {"scans": part.scans}}).encode("utf-8")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, page)
    except OSError as error:
        raise SheetgraderError(
            f"{error.filename or path} cannot be written: {error.strerror}; then run the command again"
        ) from None
    return WrittenPacket(path=str(path), packet=packet, marker=marker, answers=part.count, bytes=len(page))


def _plain(content: object) -> Any:
    return msgspec.to_builtins(content)
