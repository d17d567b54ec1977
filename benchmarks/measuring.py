"""What the benchmarks share: taking turns, medians, tables, a file for programs."""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table


def parser(description: str) -> argparse.ArgumentParser:
    """Return a parser with the options that every benchmark has."""
    options = argparse.ArgumentParser(description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    options.add_argument("--json", type=Path, metavar="FILE", help="write what was measured to FILE as well")
    return options


def take_turns(counts: Mapping[str, int]) -> list[str]:
    """Return names as often as ``counts`` says, spread evenly among each other, so that a slow spell of the machine
    meets all of them.
    """
    turns = [((turn + 0.5) / count, name) for name, count in counts.items() for turn in range(count)]
    return [name for _, name in sorted(turns)]


def summary(values: Sequence[float]) -> str:
    """Return a median in its range, as people read it."""
    return f"{statistics.median(values):.3f}   ({min(values):.3f} to {max(values):.3f}, {len(values)} times)"


def show(title: str, rows: Iterable[tuple[str, str]]) -> None:
    """Print a table of two columns."""
    table = Table(title=title, title_justify="left", show_header=False, box=None)
    for name, value in rows:
        table.add_row(name, value)
    console = Console()
    console.print()
    console.print(table)


def write(path: Path | None, measured: Mapping[str, object]) -> None:
    """Write what was measured as JSON, where a file was asked for."""
    if path is not None:
        path.write_text(json.dumps(measured, indent=1) + "\n")
