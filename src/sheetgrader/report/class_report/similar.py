"""The pages of similar code: which groups have much in common, and each two side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from markupsafe import Markup

from sheetgrader.course.directory import Sheet
from sheetgrader.course.source import read_notebook
from sheetgrader.errors import CourseError
from sheetgrader.extras import is_installed
from sheetgrader.report.class_report.content import MadeReady
from sheetgrader.report.page_process import PageError, PageLimits, PageProcess
from sheetgrader.report.similar_code import ClassCode, Document, Pair, SideBySide, TwoTexts

_MAKER: Final = "sheetgrader.report.similar_code"
#: For the whole class.
_LIMITS: Final = PageLimits(cpu_seconds=90, seconds=240.0, memory_bytes=3 << 30)


class SimilarPages:
    """Keeps all groups' code until it is compared."""

    def __init__(self, sheet: Sheet, folder: Path, render: Callable[..., bytes]) -> None:
        """Nothing is written yet.

        Args:
            sheet: what came with it is taken off.
            folder: where the report's pages go.
            render: makes a page.
        """
        self._skeleton = _skeleton(sheet)
        self._folder = folder
        self._render = render
        self._codes: dict[str, str] = {}
        #: Why nothing was compared, as a sentence.
        self.trouble = ""
        #: What would let it be compared, where a library is missing.
        self.advice = ""

    def keep(self, group: str, made: MadeReady) -> None:
        """Keep what a group's code is shown as."""
        self._codes[group] = made.code

    def write(self, documents: Sequence[Document]) -> frozenset[str]:
        """Compare the class, write the pages, and return the groups that are on them."""
        if not is_installed("copydetect"):
            self.advice = "Similar code is not looked for; that needs: pip install 'sheetgrader[similarity]'"
            (self._folder / "similar.html").write_bytes(self._render("similar", pairs=(), trouble=self.advice))
            return frozenset()
        rows: list[tuple[Pair, str]] = []
        with PageProcess(_MAKER, _LIMITS) as process:
            try:
                content = ClassCode(documents=tuple(documents), skeleton=self._skeleton)
                pairs = msgspec.msgpack.decode(process.make(msgspec.msgpack.encode(content)), type=tuple[Pair, ...])
            except (PageError, msgspec.MsgspecError) as error:
                self.trouble = f"Similar code was not looked for: {error}."
                pairs = ()
            known = [pair for pair in pairs if {pair.first, pair.second} <= self._codes.keys()]
            for number, pair in enumerate(known, start=1):
                rows.append((pair, self._pair(pair, number, process)))
        (self._folder / "similar.html").write_bytes(self._render("similar", pairs=rows, trouble=self.trouble))
        return frozenset(group for pair, _ in rows for group in (pair.first, pair.second, *pair.same_as_first))

    def _pair(self, pair: Pair, number: int, process: PageProcess) -> str:
        """Write the page of a pair and return its address; empty where it cannot be made."""
        texts = TwoTexts(first=self._codes[pair.first], second=self._codes[pair.second], skeleton=self._skeleton)
        try:
            made = msgspec.msgpack.decode(process.make(msgspec.msgpack.encode(texts)), type=SideBySide)
        except (PageError, msgspec.MsgspecError):
            return ""
        address = f"pairs/{number}.html"
        content: dict[str, Any] = {"pair": pair, "first": Markup(made.first), "second": Markup(made.second)}  # noqa: S704 # escaped there
        (self._folder / address).write_bytes(self._render("pair", up="../", **content))
        return address


def _skeleton(sheet: Sheet) -> str:
    """Return all code that came with a sheet; nothing where it was not released."""
    sources = []
    for name in sheet.source_notebooks():
        try:
            notebook = read_notebook(sheet.release_folder / f"{name}.ipynb").notebook
        except CourseError:
            continue
        sources += [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    return "\n".join(sources)
