"""Graders at work under their author's eyes: what they print, tracebacks in the author's own lines, and a debugger.

Only graders run here, as always in the trusted process; the answer runs in its sandbox, whoever it is from.
"""

from __future__ import annotations

import pdb
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, cast

import pytest

from sheetgrader.boundary.plain_text import plain
from sheetgrader.grading.collection import RunOfPytest, run_pytest_in_place


@dataclass
class Look:
    """What is to be seen of one criterion."""

    #: What it printed, to standard output and error.
    prints: str = ""
    #: Where it failed, in the author's lines; empty where it did not.
    traceback: str = ""


@dataclass
class Trial:
    """How an author looks at graders."""

    #: Of the graders, ``grader_tests/<sheet>/``.
    folder: Path
    #: The names of the criteria to judge, and the test cells that they judge; None for all.
    criteria: frozenset[str] | None = None
    cells: frozenset[str] | None = None
    #: Called with a criterion's name before each; with a debugger its prints follow at once.
    announce: Callable[[str], None] | None = None
    #: Whether a debugger opens where a criterion fails.
    debugger: bool = False
    #: What was seen, by the criteria's names.
    looks: dict[str, Look] = field(default_factory=dict)

    def run_pytest(self) -> AbstractContextManager[RunOfPytest]:
        """Give what runs pytest over the author's own files."""
        folder = self.folder.resolve()
        return _with_debugger(folder, self) if self.debugger else run_pytest_in_place(folder, plugins=[_Looking(self)])


@contextmanager
def _with_debugger(folder: Path, trial: Trial) -> Iterator[RunOfPytest]:
    shown = cast("IO[str]", _PlainOutput(sys.stdout))
    with (
        redirect_stdout(shown),
        run_pytest_in_place(folder, "--capture=no", plugins=[_Looking(trial)]) as run,
    ):
        yield run


class _PlainOutput:
    """Standard output on which nothing that a student wrote commands the terminal.

    To Python it is the same file, so that the line of input under it can be edited.
    """

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write ``text`` without what is no text."""
        self._stream.write(plain(text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Looking:
    """The pytest plugin that sees what criteria print and where they fail."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self._folder = trial.folder.resolve()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Say which criterion begins."""
        if self._trial.announce is not None:
            self._trial.announce(item.nodeid)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Keep what there is to see, and open the debugger where it is asked for."""
        report = yield
        look = self._trial.looks.setdefault(item.nodeid, Look())
        # What was printed until now; reports of grading do not repeat it.
        look.prints = plain("".join(text for _, _, text in item._report_sections))
        if call.excinfo is not None:
            look.traceback = look.traceback or plain(self._in_own_lines(call.excinfo))
            if self._trial.debugger:
                self._debug(call.excinfo, look.traceback)
        return report

    def _is_own(self, file: str | Path) -> bool:
        return Path(file).is_relative_to(self._folder)

    def _in_own_lines(self, failure: pytest.ExceptionInfo[BaseException]) -> str:
        """Return the traceback of a failure as far as it lies in the author's files; all of it where none does."""

        def shown(info: pytest.ExceptionInfo[BaseException]) -> Any:
            own = info.traceback.filter(lambda entry: self._is_own(entry.path))
            return own or info.traceback

        return str(failure.getrepr(style="long", tbfilter=shown))

    def _debug(self, failure: pytest.ExceptionInfo[BaseException], traceback: str) -> None:
        sys.stdout.write(f"{traceback}\n")
        debugger = pdb.Pdb()
        debugger.reset()
        debugger.interaction(None, self._own_part(failure.tb))

    def _own_part(self, traceback: TracebackType) -> TracebackType:
        """Return a traceback from the first of the author's lines to the last."""
        entries: list[TracebackType] = []
        entry: TracebackType | None = traceback
        while entry is not None:
            entries.append(entry)
            entry = entry.tb_next
        own = [place for place, each in enumerate(entries) if self._is_own(each.tb_frame.f_code.co_filename)]
        if not own:
            return traceback
        end: TracebackType | None = None
        for each in reversed(entries[own[0] : own[-1] + 1]):
            end = TracebackType(end, each.tb_frame, each.tb_lasti, each.tb_lineno)
        return cast("TracebackType", end)
