"""Jupyter's messages as a sandboxed kernel sends them: what each belongs to is read, the rest when it is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from jupyter_client.session import DELIM

from sheetgrader.boundary import untrusted_json

#: A kernel's own headers have a few hundred bytes.
_MOST_HEADER_BYTES: Final = 64 << 10
#: Values in what a message says: far more than are kept of any cell's outputs, and than a value that crosses may have.
_MOST_ITEMS: Final = 1_000_000


@dataclass(frozen=True)
class Message:
    """One message, of which only the short parts have been read."""

    kind: str
    #: The identity of the request that it belongs to.
    parent: str | None
    header: Mapping[str, Any]
    metadata: Mapping[str, Any]
    buffers: list[bytes]
    _content: bytes

    def content(self) -> dict[str, Any] | None:
        """Return what it says; None where that cannot be read: it is damaged, or of too many values."""
        try:
            content = untrusted_json.read(self._content, _MOST_ITEMS)
        except ValueError:
            return None
        return content if isinstance(content, dict) else None


def read_message(frames: list[bytes]) -> Message | None:
    """Return a message of Jupyter's, or None where the frames are none."""
    try:
        # As Session.deserialize does, which spends most of its time on dates that nobody asks for.
        start = frames.index(DELIM) + 2
        header, parent, metadata = map(_read_header, frames[start : start + 3])
        content = frames[start + 3]
    except (ValueError, IndexError):
        # Whatever the other side sent, it was no message.
        return None
    kind, identity = header.get("msg_type"), parent.get("msg_id")
    if not isinstance(kind, str):
        return None
    return Message(
        kind, identity if isinstance(identity, str) else None, header, metadata, frames[start + 4 :], content
    )


def _read_header(frame: bytes) -> dict[str, Any]:
    if len(frame) > _MOST_HEADER_BYTES:
        raise ValueError("a header is too long")
    header = untrusted_json.read(frame, _MOST_ITEMS)
    return header if isinstance(header, dict) else {}
