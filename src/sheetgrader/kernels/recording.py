"""Outputs of a cell, from the messages a kernel publishes, kept small."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import nbformat.v4
from nbformat import NotebookNode

#: The MIME types whose content nbformat takes as JSON.
_JSON_TYPE: Final = re.compile(r"application/(.*\+)?json")
_OUTPUT_TYPES: Final = frozenset({"stream", "display_data", "execute_result", "error"})


def new_output(kind: str, **content: Any) -> NotebookNode:
    """Return an output of a code cell as a notebook holds it."""
    output: NotebookNode = nbformat.v4.new_output(kind, **content)
    return output


def execution_count(content: Mapping[str, Any]) -> int | None:
    """Return the number that a reply or a result gives its cell, None where it gives none that a notebook can hold."""
    count = content.get("execution_count")
    return count if type(count) is int and count >= 0 else None


class OutputRecorder:
    """Collects the outputs of one cell as a notebook holds them, up to a number of bytes."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._clear_at_next = False
        self.outputs: list[NotebookNode] = []
        self._clear()

    def _clear(self) -> None:
        self._clear_at_next = False
        self.outputs.clear()
        self._left = self._most_bytes
        self.truncated = False
        self._kept_after_cut: set[str] = set()

    def add(self, message_type: str, content: Mapping[str, Any]) -> None:
        """Take one message of the kernel's; messages that are no output, and malformed ones, change nothing."""
        if message_type == "clear_output":
            self._clear_at_next = bool(content.get("wait"))
            if not self._clear_at_next:
                self._clear()
            return
        if message_type == "update_display_data":
            self._update(content)
            return
        if message_type not in _OUTPUT_TYPES:
            return
        output = _output(message_type, content)
        if output is None:
            return
        if self._clear_at_next:
            self._clear()
        self._append(output)

    def _append(self, output: NotebookNode) -> None:
        size = _size(output)
        if size > self._left:
            self._append_cut(output, size)
            return
        self._left -= size
        last = self.outputs[-1] if self.outputs else None
        if (
            last is not None
            and output.output_type == "stream"
            and last.output_type == "stream"
            and last.name == output.name
        ):
            last.text += output.text
            return
        self.outputs.append(output)

    def _append_cut(self, output: NotebookNode, size: int) -> None:
        """Take what there is room for of an output that is too long, and always that which decides about points."""
        if output.output_type == "stream" and (room := self._left - size + len(output.text)) > 0:
            self._append(new_output("stream", name=output.name, text=output.text[:room]))
            self._left = 0
        if not self.truncated:
            self.truncated = True
            self.outputs.append(
                new_output("stream", name="stdout", text="\n[the output was cut here: it is over the limit]\n")
            )
        # nbgrader scores a cell by its first error, text on stderr or result, so each is kept however much was put out
        # before it.
        kind = output.get("name", output.output_type)
        if kind in _SHORTENED and kind not in self._kept_after_cut:
            self._kept_after_cut.add(kind)
            self.outputs.append(_SHORTENED[kind](output))

    def _update(self, content: Mapping[str, Any]) -> None:
        identity = _display_id(content)
        replacement = _output("display_data", content)
        if identity is None or replacement is None or _size(replacement) > self._left:
            return
        for output in self.outputs:
            if output.get("display_id") == identity:
                self._left -= _size(replacement)
                output.data, output.metadata = replacement.data, replacement.metadata

    def finished(self) -> list[NotebookNode]:
        """Return the outputs as they go into the notebook."""
        for output in self.outputs:
            output.pop("display_id", None)
        return self.outputs


def _short_result(output: NotebookNode) -> NotebookNode:
    text = {kind: value[:1000] for kind, value in output.data.items() if kind == "text/plain"}
    return new_output("execute_result", data=text, execution_count=output.execution_count)


_SHORTENED: Final[dict[str, Callable[[NotebookNode], NotebookNode]]] = {
    "error": lambda output: new_output("error", ename=output.ename[:200], evalue=output.evalue[:2000], traceback=[]),
    "stderr": lambda output: new_output("stream", name="stderr", text=output.text[:1000]),
    "execute_result": _short_result,
}


def _output(message_type: str, content: Mapping[str, Any]) -> NotebookNode | None:
    """Return the notebook's form of an output message, or None where the message is malformed."""
    if message_type == "stream":
        name, text = content.get("name"), content.get("text")
        if name not in ("stdout", "stderr") or not isinstance(text, str):
            return None
        return new_output("stream", name=name, text=text)
    if message_type == "error":
        ename, evalue, lines = content.get("ename"), content.get("evalue"), content.get("traceback")
        if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
            lines = []
        if not isinstance(ename, str) or not isinstance(evalue, str):
            ename, evalue = "Error", "without a text"
        return new_output("error", ename=ename, evalue=evalue, traceback=lines)
    data, metadata = content.get("data"), content.get("metadata")
    if not isinstance(data, dict) or not all(_is_bundle_entry(kind, value) for kind, value in data.items()):
        return None
    keywords: dict[str, Any] = {"data": data, "metadata": metadata if isinstance(metadata, dict) else {}}
    if message_type == "execute_result":
        keywords["execution_count"] = execution_count(content)
    output = new_output(message_type, **keywords)
    identity = _display_id(content)
    if identity is not None:
        output["display_id"] = identity
    return output


def _is_bundle_entry(kind: object, value: object) -> bool:
    """Tell whether nbformat takes this entry of a MIME bundle: text, or any JSON under a JSON type."""
    if not isinstance(kind, str):
        return False
    return isinstance(value, str) or _JSON_TYPE.fullmatch(kind) is not None


def _display_id(content: Mapping[str, Any]) -> str | None:
    transient = content.get("transient")
    identity = transient.get("display_id") if isinstance(transient, dict) else None
    return identity if isinstance(identity, str) else None


def _size(output: NotebookNode) -> int:
    return sum(_text_sizes(output.values()))


def _text_sizes(values: Iterable[object]) -> Iterable[int]:
    for value in values:
        if isinstance(value, str):
            yield len(value)
        elif isinstance(value, dict):
            yield from _text_sizes(value.keys())
            yield from _text_sizes(value.values())
        elif isinstance(value, list):
            yield from _text_sizes(value)
        else:
            yield 16
