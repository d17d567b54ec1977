"""The floor: the same cells in a bare fork of a warm process, one after the other, without sandbox, limits, records or
scores. Nothing that runs a notebook's cells in Python can be faster.

``python -m benchmarks.floor COURSE SHEET``; it says how many cells ran.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat


def main() -> None:
    """Run the cells of all that was handed in, as many submissions at a time as there are cores."""
    course, sheet = Path(sys.argv[1]), sys.argv[2]
    os.environ["MPLBACKEND"] = "agg"
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    for name in _imported_by(course / "source" / sheet / f"{sheet}.ipynb"):
        with contextlib.suppress(Exception):
            __import__(name)
    cells, running = 0, 0
    for path in sorted((course / "submitted").glob(f"*/{sheet}/{sheet}.ipynb")):
        sources = _cells(path)
        cells += len(sources)
        if running == len(os.sched_getaffinity(0)):
            os.wait()
            running -= 1
        _fork(sources)
        running += 1
    for _ in range(running):
        os.wait()
    print(cells)


def _cells(path: Path) -> list[str]:
    return [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def _run(sources: list[str]) -> None:
    names: dict[str, object] = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        for source in sources:
            with contextlib.suppress(Exception):
                exec(source, names)  # noqa: S102  # cells of this benchmark's own


def _fork(sources: list[str]) -> None:
    if os.fork() == 0:
        _run(sources)
        os._exit(0)


def _imported_by(path: Path) -> Iterator[str]:
    """Yield what a notebook imports when it runs, in order."""
    read, write = os.pipe()
    if os.fork() == 0:
        before = set(sys.modules)
        _run(_cells(path))
        with os.fdopen(write, "w") as pipe:
            pipe.write("\n".join(name for name in sys.modules if name not in before))
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        names = pipe.read().split()
    os.wait()
    yield from names


if __name__ == "__main__":
    main()
