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
#: The address of a picture: in angles, or with brackets in pairs.
_NAME: Final = re.compile(r"[^\s()<>\"'\\&]*+(?:\([^\s()<>\"'\\&]*+\)[^\s()<>\"'\\&]*+)*+")
#: What stands before one where markdown takes it for that.
_BEFORE: Final = ("(", "]:")
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
    before, *pieces = text.split(_PREFIX)
    found = [before]
    for number, piece in enumerate(pieces, start=1):
        if not piece[:1].strip() and (piece or number == len(pieces)):
            # No address follows.
            found.append(_PREFIX + piece)
        else:
            name = _name_at_start(piece)
            rest = piece[len(name) :]
            is_ended = rest[:1] == ")" or rest[:1].isspace() or (not rest and number == len(pieces))
            is_address = before.rstrip().endswith(_BEFORE) and is_ended
            address = _address(name, attachments) if is_address else None
            lost = lost or address is None
            found.append((f"attachment :{name}" if address is None else f"{_PREFIX}{address}") + rest)
        before = piece
    mended = "".join(found)
    if _is_disguised(mended):
        # Written so that only markdown reads it as a reference.
        return _LINK.sub("] ", mended), True
    return mended, lost


def _name_at_start(text: str) -> str:
    match = _NAME.match(text)
    return match[0] if match else ""


def _address(name: str, attachments: dict[str, Any]) -> str | None:
    """Return how to refer to the picture that ``name`` stands for; None where there is none."""
    wanted = name if name in attachments else unquote(name)
    if wanted not in attachments:
        return None
    if wanted == name and _PLAIN_NAME.fullmatch(name):
        return name
    plain = f"attached-{hashlib.sha256(wanted.encode('utf-8', 'replace')).hexdigest()[:12]}"
    attachments[plain] = attachments[wanted]
    return plain


def _is_disguised(text: str) -> bool:
    plain = text.replace("\\", "")
    for _ in range(_MOST_ESCAPES):
        plain = html.unescape(plain)
    return plain.count(_PREFIX) > text.count(_PREFIX)
