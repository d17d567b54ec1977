"""Outputs of a cell, from the messages a kernel publishes, kept small."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import nbformat.v4
from nbformat import NotebookNode

from sheetgrader.boundary.untrusted_json import beginning, price

#: The MIME types whose content nbformat takes as JSON.
_JSON_TYPE: Final = re.compile(r"application/(.*\+)?json")
_OUTPUT_TYPES: Final = frozenset({"stream", "display_data", "execute_result", "error"})
_CUT: Final = "\n[the output was cut here: it is over the limit of a cell, or of all cells of a notebook together]\n"


def new_output(kind: str, **content: Any) -> NotebookNode:
    """Return an output of a code cell as a notebook holds it."""
    output: NotebookNode = nbformat.v4.new_output(kind, **content)
    return output


def execution_count(content: Mapping[str, Any]) -> int | None:
    """Return the number that a reply or a result gives its cell, None where it gives none that a notebook can hold."""
    count = content.get("execution_count")
    return count if type(count) is int and count >= 0 else None


class OutputRecorder:
    """Collects the outputs of one cell as a notebook holds them, as long as they cost no more than a number of bytes;
    see :func:`~sheetgrader.boundary.untrusted_json.price`.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._clear()

    def _clear(self) -> None:
        self._clear_at_next = False
        self._kept: list[_Kept] = []
        self._left = self._most_bytes
        self._is_cut = False
        self._kept_after_cut: set[str] = set()

    def add(self, message_type: str, content: Mapping[str, Any] | None) -> None:
        """Take one message of the kernel's; messages that are no output, and malformed ones, change nothing.

        Args:
            message_type: the name of its kind.
            content: what it says; None where that is more than can be read.
        """
        if message_type == "clear_output" and content is not None:
            self._clear_at_next = bool(content.get("wait"))
            if not self._clear_at_next:
                self._clear()
        elif message_type == "update_display_data":
            self._update(content)
        elif message_type in _OUTPUT_TYPES:
            fields = _fields(message_type, {} if content is None else content)
            if fields is None and content is not None:
                return
            if self._clear_at_next:
                self._clear()
            if content is not None and fields is not None:
                self._append(message_type, fields)
            else:
                self._note_cut(message_type, fields or {})

    def _append(self, kind: str, fields: dict[str, Any]) -> None:
        last = self._kept[-1] if self._kept else None
        stream = last if last is not None and kind == "stream" and last.is_stream(fields["name"]) else None
        size = price(fields if stream is None else fields["text"], self._left)
        if size <= self._left:
            self._left -= size
            self._keep(kind, fields, size, stream)
            return
        if kind == "stream":
            room = self._left - (price({**fields, "text": ""}) if stream is None else 0)
            if text := beginning(fields["text"], room):
                self._keep(kind, {**fields, "text": text}, self._left, stream)
                self._left = 0
        self._note_cut(kind, fields)

    def _keep(self, kind: str, fields: dict[str, Any], size: int = 0, stream: _Kept | None = None) -> None:
        """Keep an output; of a stream that goes on, its text."""
        if stream is None:
            # The notebook has no place for it.
            display_id = fields.pop("display_id", None)
            self._kept.append(_Kept(new_output(kind, **fields), size, display_id))
        else:
            stream.texts.append(fields["text"])

    def _note_cut(self, kind: str, fields: dict[str, Any]) -> None:
        """Say that not all is kept; what decides about points always is."""
        if not self._is_cut:
            self._is_cut = True
            self._keep("stream", {"name": "stdout", "text": _CUT})
        # nbgrader scores a cell by its first error, text on stderr or result, so each is kept however much was put out
        # before it.
        decides = fields.get("name", kind)
        if decides in _SHORTENED and decides not in self._kept_after_cut:
            self._kept_after_cut.add(decides)
            self._keep(kind, _SHORTENED[decides](fields))

    def _update(self, content: Mapping[str, Any] | None) -> None:
        if content is None:
            self._note_cut("display_data", {})
            return
        identity, fields = _display_id(content), _fields("display_data", content)
        if identity is None or fields is None:
            return
        # Each of the outputs holds all of it.
        size = price(fields, self._most_bytes)
        for kept in self._kept:
            if kept.display_id != identity:
                continue
            if size > self._left + kept.size:
                self._note_cut("display_data", fields)
                return
            self._left += kept.size - size
            kept.size = size
            kept.output.data, kept.output.metadata = fields["data"], fields["metadata"]

    def finished(self) -> list[NotebookNode]:
        """Return the outputs as they go into the notebook."""
        return [kept.finished() for kept in self._kept]


@dataclass
class _Kept:
    """One output, and what it costs."""

    output: NotebookNode
    size: int
    display_id: str | None = None
    #: What followed on the same stream; put together in the end, since each time would take as long as all before it.
    texts: list[str] = field(default_factory=list)

    def is_stream(self, name: str) -> bool:
        return bool(self.output.output_type == "stream" and self.output.name == name)

    def finished(self) -> NotebookNode:
        if self.texts:
            self.output.text = "".join((self.output.text, *self.texts))
            self.texts.clear()
        return self.output


def _short_result(fields: dict[str, Any]) -> dict[str, Any]:
    text = {kind: value[:1000] for kind, value in fields.get("data", {}).items() if kind == "text/plain"}
    return {"data": text, "execution_count": fields.get("execution_count")}


def _short_error(fields: dict[str, Any]) -> dict[str, Any]:
    return {"ename": fields["ename"][:200], "evalue": fields["evalue"][:2000], "traceback": []}


_SHORTENED: Final[dict[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "error": _short_error,
    "stderr": lambda fields: {"name": "stderr", "text": fields["text"][:1000]},
    "execute_result": _short_result,
}


def _fields(message_type: str, content: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what the notebook's form of an output message holds, or None where the message is malformed."""
    if message_type == "stream":
        name, text = content.get("name"), content.get("text")
        if name not in ("stdout", "stderr") or not isinstance(text, str):
            return None
        return {"name": name, "text": text}
    if message_type == "error":
        ename, evalue, lines = content.get("ename"), content.get("evalue"), content.get("traceback")
        if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
            lines = []
        if not isinstance(ename, str) or not isinstance(evalue, str):
            ename, evalue = "Error", "without a text"
        return {"ename": ename, "evalue": evalue, "traceback": lines}
    data, metadata = content.get("data"), content.get("metadata")
    if not isinstance(data, dict) or not all(_is_bundle_entry(kind, value) for kind, value in data.items()):
        return None
    fields: dict[str, Any] = {"data": data, "metadata": metadata if isinstance(metadata, dict) else {}}
    if message_type == "execute_result":
        fields["execution_count"] = execution_count(content)
    identity = _display_id(content)
    return fields if identity is None else {**fields, "display_id": identity}


def _is_bundle_entry(kind: object, value: object) -> bool:
    """Tell whether nbformat takes this entry of a MIME bundle: text, or any JSON under a JSON type."""
    if not isinstance(kind, str):
        return False
    return isinstance(value, str) or _JSON_TYPE.fullmatch(kind) is not None


def _display_id(content: Mapping[str, Any]) -> str | None:
    transient = content.get("transient")
    identity = transient.get("display_id") if isinstance(transient, dict) else None
    return identity if isinstance(identity, str) else None
