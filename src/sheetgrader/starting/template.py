"""The small sheet that shows each kind of cell; its files lie in ``templates/``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import nbformat

from sheetgrader.course.source import nbgrader_metadata
from sheetgrader.starting.new_files import NewSheet

_TEMPLATES: Final = Path(__file__).with_name("templates")
#: Stands where the sheet's name goes.
_PLACEHOLDER: Final = b"SHEET"
#: The question that draws, for which matplotlib has to be there.
_PLOT: Final = "ex4"
_GRADERS_OF_PLOT: Final = ("test_plot.py", f"variants/{_PLOT}/")


def configuration() -> bytes:
    """Return the configuration file of a new course."""
    return (_TEMPLATES / "nbgrader_config.py").read_bytes()


def template_sheet(name: str, *, plots: bool) -> NewSheet:
    """Return the sheet that shows each kind of cell.

    Args:
        name: of the sheet.
        plots: whether matplotlib is there, without which the question that draws is left out.
    """
    notebook = nbformat.reads(_named("sheet.ipynb", name).decode("utf-8"), as_version=4)
    if not plots:
        notebook.cells = [cell for cell in notebook.cells if not _grade_id(cell).startswith(_PLOT)]
    return NewSheet(
        name=name,
        source={
            f"{name}.ipynb": f"{nbformat.writes(notebook)}\n".encode(),
            "sheet.toml": _named("sheet.toml", name),
        },
        graders={path: content for path, content in _graders() if plots or not path.startswith(_GRADERS_OF_PLOT)},
        made=() if plots else ("matplotlib is not installed, so the sheet comes without its question about a plot.",),
    )


def regulations(title: str, name: str) -> bytes:
    """Return a ``sheet.toml`` for a sheet that is called ``title`` among people."""
    plain = "".join(character for character in title if character.isprintable() and character not in '"\\')
    return _named("sheet.toml", name).replace(f'title = "{name}"'.encode(), f'title = "{plain}"'.encode())


def team_cell() -> nbformat.NotebookNode:
    """Return the cell in which a group enters its members."""
    notebook = nbformat.read(_TEMPLATES / "sheet.ipynb", as_version=4)
    (found,) = (cell for cell in notebook.cells if _grade_id(cell) == "team")
    cell: nbformat.NotebookNode = found
    return cell


def _graders() -> Iterator[tuple[str, bytes]]:
    folder = _TEMPLATES / "graders"
    for path in sorted(folder.rglob("*.py")):
        yield path.relative_to(folder).as_posix(), path.read_bytes()


def _named(file: str, name: str) -> bytes:
    return (_TEMPLATES / file).read_bytes().replace(_PLACEHOLDER, name.encode())


def _grade_id(cell: nbformat.NotebookNode) -> str:
    return str(nbgrader_metadata(cell).get("grade_id", ""))
