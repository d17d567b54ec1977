"""Pictures that are attached to cells: nbconvert gives a whole notebook up, and the formgrader with it, where a text
refers to one that is not there, or by another spelling.
"""

from __future__ import annotations

import hashlib
import html
import re
from typing import Any, Final
from urllib.parse import unquote

from nbformat import NotebookNode

from sheetgrader.grading.cells import claimed_name, named

_PREFIX: Final = "attachment:"
#: Where markdown takes an address for a picture's, and the address itself: in angles, or with brackets in pairs.
_REFERENCE: Final = re.compile(
    r"(?P<before>(?:\(|\]:)\s*+)?attachment:(?=\S)(?P<name>[^\s()<>\"'\\&]*+(?:\([^\s()<>\"'\\&]*+\)[^\s()<>\"'\\&]*+)*+)"
    r"(?P<ended>(?=[\s)])|\Z)?"
)
#: A name that markdown leaves as it is.
_PLAIN_NAME: Final = re.compile(r"[\w.~:/?#@!$*+,;=()-]++", re.ASCII)
#: What makes a text a link, see :mod:`~sheetgrader.grading.inert`.
_LINK: Final = re.compile(r"\](?=[(:\[])")
#: How often what stands for a character may stand for another one that does.
_MOST_ESCAPES: Final = 3


def mend_attachments(notebook: NotebookNode) -> list[str]:
    """Make every reference to an attached picture one that nbconvert finds, or plain text, and return a remark where
    pictures are missing.
    """
    missing = []
    for position, cell in enumerate(notebook.cells):
        lost = False
        if cell.cell_type == "markdown":
            attachments = {name: bundle for name, bundle in (cell.get("attachments") or {}).items() if bundle}
            source, lost = _mended(cell.source, attachments)
            cell.source = source
            if "attachments" in cell:
                cell.attachments = NotebookNode(attachments)
        for output in cell.get("outputs", ()):
            text = output.get("data", {}).get("text/markdown")
            if text is not None:
                # What a cell puts out has no attachments.
                mended, _ = _mended("".join(text), {})
                output.data["text/markdown"] = mended
        if lost:
            missing.append(claimed_name(cell) or f"cell {position + 1}")
    if not missing:
        return []
    return [f"Pictures are missing from the notebook that its text refers to ({named(missing)})."]


def _mended(text: str, attachments: dict[str, Any]) -> tuple[str, bool]:
    """Return ``text`` with references that are found, and whether one was not; spellings go into ``attachments``."""
    lost = False

    def mend(match: re.Match[str]) -> str:
        nonlocal lost
        before, name = match["before"] or "", match["name"]
        wanted = name if name in attachments else unquote(name)
        if match["before"] is None or match["ended"] is None or wanted not in attachments:
            lost = True
            return f"{before}attachment :{name}"
        if wanted == name and _PLAIN_NAME.fullmatch(name):
            return match[0]
        plain = f"attached-{hashlib.sha256(wanted.encode('utf-8', 'replace')).hexdigest()[:12]}"
        attachments[plain] = attachments[wanted]
        return f"{before}{_PREFIX}{plain}"

    mended = _REFERENCE.sub(mend, text)
    if _is_disguised(mended):
        # Written so that only markdown reads it as a reference.
        return _LINK.sub("] ", mended), True
    return mended, lost


def _is_disguised(text: str) -> bool:
    plain = text.replace("\\", "")
    for _ in range(_MOST_ESCAPES):
        plain = html.unescape(plain)
    return plain.count(_PREFIX) > text.count(_PREFIX)
