"""Output widgets of ipywidgets, which take what is put out while they are entered, as ``interact`` does.

What a widget takes is no output of the cell, and so decides about no points: nbclient, and nbgrader with it, has it so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sheetgrader.kernels.recording import OutputRecorder

#: That are followed in one kernel, and what is kept of each; what further ones take is lost.
_MOST_WIDGETS: Final = 256
_MOST_BYTES: Final = 64 << 10
_MODEL: Final = ("@jupyter-widgets/output", "OutputModel")
_OUTPUTS: Final = frozenset({"stream", "display_data", "execute_result", "error", "clear_output"})


@dataclass(eq=False)
class _Widget:
    recorder: OutputRecorder = field(default_factory=lambda: OutputRecorder(_MOST_BYTES))
    #: The request whose outputs it takes; empty where it takes none.
    request: str = ""
    has_changed: bool = False


class OutputWidgets:
    """Follows the output widgets of one kernel."""

    def __init__(self) -> None:
        self._widgets: dict[str, _Widget] = {}
        #: Entered ones, the last of which takes what its request puts out.
        self._entered: list[_Widget] = []

    def takes(self, kind: str, content: Mapping[str, Any] | None, request: str) -> bool:
        """Tell whether a message of ``request`` goes to a widget, or tells what becomes of one; else it is the cell's.

        Args:
            kind: the name of the message's kind.
            content: what it says; None where that is more than can be read.
            request: the identity of the request that the message belongs to.
        """
        if kind in ("comm_open", "comm_msg", "comm_close"):
            self._heed(kind, content or {})
            return True
        if kind not in _OUTPUTS:
            return False
        widget = next((widget for widget in reversed(self._entered) if widget.request == request), None)
        if widget is None:
            return False
        widget.recorder.add(kind, content)
        widget.has_changed = True
        return True

    def changes(self) -> Iterator[dict[str, Any]]:
        """Return what tells the kernel's own widgets what they have taken since, as contents of ``comm_msg``."""
        for identity, widget in self._widgets.items():
            if widget.has_changed:
                widget.has_changed = False
                state = {"outputs": widget.recorder.finished()}
                yield {"comm_id": identity, "data": {"method": "update", "state": state, "buffer_paths": []}}

    def _heed(self, kind: str, content: Mapping[str, Any]) -> None:
        identity, data = content.get("comm_id"), content.get("data")
        state = data.get("state") if isinstance(data, dict) else None
        if not isinstance(identity, str) or not isinstance(state, dict):
            return
        if kind == "comm_open":
            model = (state.get("_model_module"), state.get("_model_name"))
            if (
                content.get("target_name") == "jupyter.widget"
                and model == _MODEL
                and len(self._widgets) < _MOST_WIDGETS
            ):
                self._widgets.setdefault(identity, _Widget())
        elif kind == "comm_msg" and identity in self._widgets and isinstance(state.get("msg_id"), str):
            widget = self._widgets[identity]
            if widget in self._entered:
                self._entered.remove(widget)
            widget.request = state["msg_id"]
            if widget.request:
                self._entered.append(widget)
