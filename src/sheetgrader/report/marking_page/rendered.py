"""Answers as documents, made where strangers' content is shown, and kept while somebody may ask for them again."""

from __future__ import annotations

import hashlib
import html
import threading
from collections.abc import Iterable
from typing import Final, Self

import msgspec

from sheetgrader.marking.model import AnswerCell
from sheetgrader.report.marking_page.documents import AnswerContent, Texts, TextsContent, frame_style
from sheetgrader.report.marking_page.kept_documents import KeptDocuments
from sheetgrader.report.page_process import PageError, PageProcess
from sheetgrader.report.templating import fingerprint
from sheetgrader.results import CellResult

#: The module whose documents these are.
MAKER: Final = "sheetgrader.report.marking_page.documents"
#: Documents that are kept, in characters; embedded figures are most of them.
_MOST_KEPT: Final = 128 << 20
#: What one answer may hold to be looked at; grading bounds what it writes to less.
_MOST_BYTES: Final = 128 << 20

_FAILED: Final = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-{fingerprint}'">
<title>An answer</title><style>{style}</style></head>
<body><main>
<p class="trouble">This answer cannot be shown, because {reason}. Look at what the group handed in.</p>
</main></body></html>
"""


class RenderedAnswers:
    """Makes documents of answers, each once; may be used from several threads. A context manager."""

    def __init__(self) -> None:
        """Nothing is started yet."""
        self._process = PageProcess(MAKER)
        # One document is made at a time.
        self._making = threading.Lock()
        self._kept = KeptDocuments(_MOST_KEPT)

    def __enter__(self) -> Self:
        """Start the process that makes documents, and return at once."""
        self._process.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.close()

    def document(
        self, cells: Iterable[AnswerCell], verdict: CellResult | None = None, *, is_question: bool = False
    ) -> str:
        """Return the document of an answer; where it cannot be shown, one that says why.

        Raises:
            SheetgraderError: no document can be made at all.
        """
        content = AnswerContent(cells=tuple(cells), verdict=_for_frames(verdict), is_question=is_question)
        encoded = msgspec.msgpack.encode(content)
        if len(encoded) > _MOST_BYTES:
            return _failed(f"it has more than {_MOST_BYTES >> 20} MiB")
        key = hashlib.sha256(encoded).digest()
        with self._making:
            if (known := self._kept.get(key)) is not None:
                return known
            try:
                document = self._process.make(encoded).decode("utf-8")
            except PageError as error:
                document = _failed(str(error))
            self._kept.keep(key, document)
            return document

    def texts(self, texts: Iterable[str]) -> dict[str, str]:
        """Return texts of a line or two as clean HTML, by text.

        Raises:
            SheetgraderError: nothing can be made at all.
        """
        wanted = tuple(dict.fromkeys(texts))
        try:
            with self._making:
                made = self._process.make(msgspec.msgpack.encode(TextsContent(texts=wanted)))
        except PageError:
            return {text: html.escape(text) for text in wanted}
        return dict(zip(wanted, msgspec.msgpack.decode(made, type=Texts).html, strict=True))


def _for_frames(verdict: CellResult | None) -> CellResult | None:
    """Return a verdict without what only instructors may read, and without the names of hidden tests."""
    if verdict is None:
        return None
    names: dict[str, str] = {}
    criteria = []
    for criterion in verdict.criteria:
        test = names.setdefault(criterion.test, f"criterion {len(names) + 1}")
        criteria.append(msgspec.structs.replace(criterion, name=test, detail="", seed=0))
    return msgspec.structs.replace(verdict, criteria=tuple(criteria))


def _failed(reason: str) -> str:
    return _FAILED.format(fingerprint=fingerprint(frame_style()), style=frame_style(), reason=html.escape(reason))
