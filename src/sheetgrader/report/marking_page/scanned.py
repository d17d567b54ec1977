"""A group's scans as a document beside its answers: under numbers, since names of files are the group's own words."""

from __future__ import annotations

import hashlib
import os
import threading
from functools import cache
from pathlib import Path
from typing import Final, Self

import jinja2
from markupsafe import Markup

from sheetgrader.course.directory import Sheet
from sheetgrader.course.submissions import read_what_can_be
from sheetgrader.report.marking_page.documents import frame_style
from sheetgrader.report.marking_page.kept_documents import KeptDocuments
from sheetgrader.report.page_process import PageProcess
from sheetgrader.report.scans import MAKER, PAGE_LIMITS, pdfs, scans_of
from sheetgrader.report.templating import environment as template_environment
from sheetgrader.report.templating import fingerprint

_TEMPLATES: Final = Path(__file__).parent / "templates"
#: Documents that are kept: a tutor goes through one question after the other, and so meets each group often.
_MOST_KEPT: Final = 64 << 20
#: Addresses of images of one group.
_MOST_BYTES: Final = 12_000_000


class ScannedPages:
    """Makes documents of what groups have scanned; may be used from several threads. A context manager."""

    def __init__(self) -> None:
        """Nothing is started before somebody looks at a scan."""
        self._process = PageProcess(MAKER, PAGE_LIMITS)
        self._making = threading.Lock()
        self._kept = KeptDocuments(_MOST_KEPT)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        self._process.close()

    def document(self, sheet: Sheet, group: str) -> str:
        """Return all pages that a group has scanned, one below the other.

        Raises:
            SheetgraderError: no page can be made at all.
        """
        files = read_what_can_be(sheet, group).files
        # In the order in which they are looked at, however many there are.
        numbered = {f"Scan {place:03d}.pdf": files[name] for place, name in enumerate(pdfs(files), start=1)}
        made_of = hashlib.sha256(repr([hashlib.sha256(each).digest() for each in numbered.values()]).encode()).digest()
        with self._making:
            if (known := self._kept.get(made_of)) is not None:
                return known
            scans = scans_of(self._process, numbered, _MOST_BYTES)
            # Our own files.
            style = Markup(frame_style())  # noqa: S704
            made = _template().render(scans=scans, style=style, fingerprint=fingerprint(frame_style()))
            self._kept.keep(made_of, made)
            return made


def has_scans(sheet: Sheet, group: str) -> bool:
    """Say whether there is a PDF among what a group has handed in; nothing is read but names."""
    return any(pdfs(names) for _, _, names in os.walk(sheet.submitted_folder(group)))


@cache
def _template() -> jinja2.Template:
    environment = template_environment(_TEMPLATES)
    return environment.get_template("scans.html")
