"""Scans that groups hand in: the pages of their PDFs as images, and what keeps a tutor from reading them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from typing import Final

import msgspec

from sheetgrader.boundary.plain_text import plain_text
from sheetgrader.course.regulations import Regulations
from sheetgrader.report.page_process import PageError, PageLimits, PageProcess
from sheetgrader.report.scan_pages import DrawnScan, ScanContent, ScanLimits
from sheetgrader.report.words import counted, listed

#: The module that draws them.
MAKER: Final = "sheetgrader.report.scan_pages"
#: What drawing one PDF may take.
PAGE_LIMITS: Final = PageLimits(page_bytes=16 << 20)
_ENDING: Final = ".pdf"
#: Of one group.
_MOST_SCANS: Final = 10
#: A page of less is none.
_LEAST_ROOM: Final = 200_000


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """A PDF as a page shows it."""

    name: str
    #: Addresses of images that need nothing else: ``data:image/webp;base64,…``.
    pages: tuple[str, ...] = ()
    #: Why there are fewer than it has, and what can hardly be read, in sentences.
    remarks: tuple[str, ...] = ()


def scan_images(process: PageProcess, name: str, content: bytes, limits: ScanLimits | None = None) -> Scan:
    """Return the pages of a PDF as images.

    Whatever is wrong with it costs a sentence: it is damaged, locked, endless or made to grow.

    Args:
        process: makes pages by :data:`MAKER`, within :data:`PAGE_LIMITS`.
        name: the file's, as it is shown.
        content: as it was handed in.
        limits: how much of it is shown.

    Raises:
        SheetgraderError: no page can be made at all.
    """
    limits = limits or ScanLimits()
    shown = plain_text(name, 200)
    if len(content) > limits.file_bytes:
        return Scan(name=shown, remarks=(f"{shown} is not shown: it has more than {limits.file_bytes >> 20} MiB.",))
    request = msgspec.msgpack.encode(ScanContent(content=content, limits=limits))
    try:
        drawn = msgspec.msgpack.decode(process.make(request), type=DrawnScan)
    except PageError as error:
        drawn = DrawnScan(why=str(error))
    except msgspec.MsgspecError:
        drawn = DrawnScan(why="what came back cannot be read")
    return Scan(name=shown, pages=drawn.pages, remarks=tuple(_remarks(shown, drawn)))


def scans_of(process: PageProcess, files: Mapping[str, bytes], most_bytes: int = 20_000_000) -> tuple[Scan, ...]:
    """Return the scans among a group's files, all of which have room for ``most_bytes`` together."""
    scans: list[Scan] = []
    names = pdfs(files)
    for name in names[:_MOST_SCANS]:
        limits = ScanLimits()
        left = most_bytes - sum(len(page) for scan in scans for page in scan.pages)
        if left < _LEAST_ROOM:
            scans.append(Scan(name=name, remarks=(f"{name} is not shown: the other scans leave no room for it.",)))
            continue
        scans.append(
            scan_images(
                process,
                name,
                files[name],
                msgspec.structs.replace(limits, page_bytes=min(limits.page_bytes, left)),
            )
        )
    if len(names) > _MOST_SCANS:
        remark = f"{counted(len(names) - _MOST_SCANS, 'more PDF')} are not looked at."
        scans.append(Scan(name=names[_MOST_SCANS], remarks=(remark,)))
    return tuple(scans)


def remarks_on_scans(
    opened: ExitStack, regulations: Regulations | None
) -> Callable[[Mapping[str, bytes]], Sequence[str]] | None:
    """Return what remarks on the scans among the files of a submission; None where the sheet asks for no PDF.

    Args:
        opened: closes the process that draws them.
        regulations: of the sheet.
    """
    if regulations is None or not pdfs(regulations.files):
        return None
    process = PageProcess(MAKER, PAGE_LIMITS)
    opened.callback(process.close)
    return lambda files: [remark for scan in scans_of(process, files) for remark in scan.remarks]


def pdfs(paths: Iterable[str]) -> list[str]:
    """Return those of ``paths`` that are PDFs by their names, in order."""
    return sorted(path for path in paths if path.lower().endswith(_ENDING))


def _remarks(name: str, drawn: DrawnScan) -> list[str]:
    remarks = []
    if drawn.why and not drawn.pages:
        remarks.append(f"{name} cannot be shown: {drawn.why}.")
    elif drawn.why:
        remarks.append(
            f"{name} has {counted(drawn.count, 'page')}, of which {len(drawn.pages)} are shown: {drawn.why}."
        )
    remarks += [
        f"{name}: {_pages(numbers)} {what}."
        for numbers, what in (
            (drawn.blank, "nothing is to be seen"),
            (drawn.blurred, "hardly anything can be read, because it is out of focus"),
            (drawn.coarse, "hardly anything can be read, because the image has too few pixels"),
        )
        if numbers
    ]
    return remarks


def _pages(numbers: Sequence[int]) -> str:
    return f"on page{'' if len(numbers) == 1 else 's'} {listed([str(number) for number in numbers])}"
