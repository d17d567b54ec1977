"""A link that reaches no kernel: it answers from a table, and keeps what it was asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sheetgrader.graders.criteria import Probe
from sheetgrader.graders.student import Address, Call


class FakeLink:
    """Answers a name with its value, or by raising what is there instead."""

    def __init__(self, answers: Mapping[str, object]) -> None:
        self.answers = answers
        self.calls: list[Call] = []
        self.call_seconds = 0.0
        self.seconds_left = 0.0
        #: Names of what was asked, with the positional and the named arguments.
        self.asked: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    def begin_question(self, seconds: float) -> None:
        """Give all calls that follow so much time."""
        self.seconds_left = seconds

    def call(self, address: Address, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """Answer a call."""
        call = Call(f"{address!r}({', '.join(map(repr, arguments))})", arguments=(*arguments, *keywords.values()))
        return self._answer(call, repr(address), arguments, keywords)

    def fetch(self, address: Address) -> Any:
        """Answer with the value itself."""
        return self._answer(Call(repr(address), verb="is"), repr(address), (), {})

    def run_probe(self, probe: Probe, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """Answer a probe by its name."""
        return self._answer(None, probe.name, arguments, keywords)

    def figures(self, cell: str) -> Any:
        """Answer with the figures of a cell."""
        return self._answer(None, cell, (), {})

    def put_stand_in(self, name: str, probe: Probe) -> None:
        """Keep that a stand-in was put in place."""
        self.asked.append((f"{probe.name} for {name}", (), {}))

    def take_stand_in_away(self, name: str) -> None:
        """Keep that a name got its own object back."""
        self.asked.append((f"{name} itself", (), {}))

    def _answer(self, call: Call | None, name: str, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        self.asked.append((name, arguments, keywords))
        if call is not None:
            self.calls.append(call)
        answer = self.answers[name]
        if isinstance(answer, BaseException):
            raise answer
        if call is not None:
            call.answered, call.value = True, answer
        return answer
