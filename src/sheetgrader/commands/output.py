"""What commands show: sentences and tables for people, one JSON document for programs, progress while they wait."""

from __future__ import annotations

import sys
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

import msgspec
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from sheetgrader.boundary.plain_text import plain
from sheetgrader.results import encode_json

#: What a shell expects of a command that Ctrl-C ended.
INTERRUPTED: Final = 130

#: Said in every output where it holds.
UNPROTECTED: Final = (
    "--isolation process: student code ran as plain processes, with everything this user may read, write and reach."
)

#: More rows than a person looks through one by one.
_LONG: Final = 100
#: Where there is no terminal that has a width.
_WIDTH: Final = 120
#: A log wants a line now and then, not one for every submission.
_SECONDS_BETWEEN_LINES: Final = 5.0


class Output:
    """Where a command shows what it does.

    Everything passes through here as plain text: names and messages may come from students, and terminals obey what is
    written to them.
    """

    def __init__(self, *, json: bool = False) -> None:
        self.json = json
        self._people = _console(sys.stdout, quiet=json)
        self._side = _console(sys.stderr)

    def say(self, sentence: str = "", style: str = "") -> None:
        """Write a line for people."""
        self._people.print(plain(sentence), style=style or None, soft_wrap=True)

    def warn(self, sentence: str) -> None:
        """Write a line that matters in any case, beside the command's proper output."""
        self._side.print(plain(sentence), style="yellow", soft_wrap=True)

    def fail(self, sentence: str, exit_code: int) -> None:
        """Write why the command ends; for programs as a document."""
        self._side.print(plain(f"error: {sentence}"), style="red", soft_wrap=True)
        if self.json:
            self.document({"error": sentence, "exit_code": exit_code})

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[int] = ()) -> None:
        """Write a table for people; the columns in ``numbers`` are aligned at their right."""
        rows = [[plain(cell) for cell in row] for row in rows]
        if len(rows) > _LONG and not self.json:
            for line in _long_table([list(columns), *rows], numbers, self._people.width):
                self._people.out(line, highlight=False)
            return
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for position, column in enumerate(columns):
            table.add_column(column, justify="right" if position in numbers else "left", overflow="fold")
        for row in rows:
            table.add_row(*row)
        self._people.print(table)

    def document(self, content: msgspec.Struct | dict[str, object]) -> None:
        """Write the one document for programs."""
        if self.json:
            encoded = (
                encode_json(content) if isinstance(content, msgspec.Struct) else msgspec.json.encode(content) + b"\n"
            )
            sys.stdout.write(encoded.decode("utf-8"))

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """Show that something is under way whose end cannot be told."""
        if self._side.is_terminal:
            with self._side.status(f"{what} …"):
                yield
        else:
            yield

    @contextmanager
    def progress(
        self, what: str, total: int, left: Callable[[], float | None] | None = None
    ) -> Iterator[Callable[[], None]]:
        """Show how far a command is and how long it will still take; the block calls what it is given after
        each step.

        Args:
            what: in a word or two.
            total: how many steps there are.
            left: tells the seconds that are left; where it is None, all steps take the same time.
        """
        if not self._side.is_terminal:
            yield _Lines(lambda line: self._side.print(line, soft_wrap=True), what, total, left).step
            return
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left:"),
            TimeRemainingColumn() if left is None else _Left(left),
        )
        with Progress(*columns, console=self._side, transient=True) as bar:
            task = bar.add_task(what, total=total)
            yield lambda: bar.advance(task)


class Line(msgspec.Struct, frozen=True, tag=True):
    """What :meth:`Output.say` or :meth:`Output.warn` wrote."""

    text: str
    style: str = ""
    is_warning: bool = False


class Rows(msgspec.Struct, frozen=True, tag=True):
    """What :meth:`Output.table` wrote."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...]


class KeptOutput(Output):
    """An output that keeps what it writes, to be written again."""

    def __init__(self, *, json: bool = False) -> None:
        super().__init__(json=json)
        #: In its order.
        self.kept: list[Line | Rows] = []

    def say(self, sentence: str = "", style: str = "") -> None:
        """Write a line for people."""
        self.kept.append(Line(sentence, style))
        super().say(sentence, style)

    def warn(self, sentence: str) -> None:
        """Write a line that matters in any case, beside the command's proper output."""
        self.kept.append(Line(sentence, is_warning=True))
        super().warn(sentence)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[int] = ()) -> None:
        """Write a table for people; the columns in ``numbers`` are aligned at their right."""
        table = Rows(tuple(columns), tuple(map(tuple, rows)), tuple(numbers))
        self.kept.append(table)
        super().table(table.columns, table.rows, numbers=table.numbers)

    def write_again(self, kept: Iterable[Line | Rows]) -> None:
        """Write what was kept."""
        for each in kept:
            if isinstance(each, Rows):
                self.table(each.columns, each.rows, numbers=each.numbers)
            elif each.is_warning:
                self.warn(each.text)
            else:
                self.say(each.text, each.style)


def _long_table(rows: Sequence[Sequence[str]], numbers: Sequence[int], width: int) -> Iterator[str]:
    """Yield the lines of a table with thousands of rows, which Rich takes seconds for; the last column is wrapped."""
    *widths, _ = (
        max(cell_len(line) for row in rows for line in row[column].split("\n")) for column in range(len(rows[0]))
    )
    left = sum(widths) + 3 * len(widths)
    for number, row in enumerate(rows):
        wrapped = [part for line in row[-1].split("\n") for part in textwrap.wrap(line, max(20, width - left)) or [""]]
        cells = [*(cell.split("\n") for cell in row[:-1]), wrapped]
        for height in range(max(map(len, cells))):
            lines = [cell[height] if height < len(cell) else "" for cell in cells]
            padded = [
                " " * (size - cell_len(text)) + text if column in numbers else text + " " * (size - cell_len(text))
                for column, (text, size) in enumerate(zip(lines, widths, strict=False))
            ]
            yield " " + "   ".join([*padded, lines[-1]]).rstrip()
        if number == 0:
            yield " " + "─" * min(width - 2, left)


class _Lines:
    """Progress as a line now and then."""

    def __init__(
        self, write: Callable[[str], None], what: str, total: int, left: Callable[[], float | None] | None = None
    ) -> None:
        self._write = write
        self._what = what
        self._total = total
        self._left = left or self._evenly
        self._done = 0
        self._written = time.monotonic()
        self._first = 0.0

    def step(self) -> None:
        """Count one more, and write a line where the last one is a while ago."""
        self._done += 1
        now = time.monotonic()
        if self._done == 1:
            # What came before it, starting up above all, tells nothing of those to come.
            self._first = now
        if now - self._written >= _SECONDS_BETWEEN_LINES and self._done < self._total:
            self._written = now
            left = self._left()
            self._write(
                f"{self._what}: {self._done} of {self._total}" + ("" if left is None else f", about {left:.0f} s left")
            )

    def _evenly(self) -> float | None:
        if self._done < 2:
            return None
        return (time.monotonic() - self._first) / (self._done - 1) * (self._total - self._done)


class _Left(ProgressColumn):
    """The time that is left, as somebody else knows it."""

    def __init__(self, left: Callable[[], float | None]) -> None:
        super().__init__()
        self._left = left

    def render(self, task: Task) -> Text:
        """Return what is shown."""
        seconds = self._left()
        return Text(
            "-:--:--" if seconds is None else str(timedelta(seconds=round(seconds))), style="progress.remaining"
        )


def _console(file: object, *, quiet: bool = False) -> Console:
    # No markup: square brackets in a message are square brackets.
    # Rich's type for files is its own.
    console = Console(file=file, quiet=quiet, markup=False, highlight=False, emoji=False)  # type: ignore[arg-type]
    if not console.is_terminal:
        console.width = _WIDTH
    return console
