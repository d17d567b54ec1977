"""What a hostile group hands in: one small file for each, which states what it tries and holds the cells of its
notebook.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "attempts"

#: The kinds of attacks, in the order of the table.
CATEGORIES = {
    "forge": "Forge results",
    "subvert": "Subvert the checks",
    "abort": "Abort the grading",
    "steal": "Steal tests and answers",
    "exhaust": "Exhaust the machine",
    "escape": "Escape",
    "boundary": "Lie at the boundary",
    "script": "Cheat with a submitted script",
    "game": "Game the task",
}
_CELL = re.compile(r"^# %% (.+)$", re.MULTILINE)
_FIELD = re.compile(r"^(Must not|Stopped by|Attacks|Remarked|Slow|Refused): ", re.MULTILINE)


@dataclass(frozen=True)
class Attempt:
    """One attack."""

    category: str
    behaviour: str
    tries: str
    must_not: str
    stopped_by: str
    #: The questions whose honest answer would earn nothing.
    attacks: tuple[str, ...]
    is_slow: bool
    #: It is refused before anything of it runs, so that there is nothing to observe but the sentence that says so.
    is_refused: bool
    #: Cells by their names; those named as a question's cell stand in its place, the others before the first question.
    cells: tuple[tuple[str, str], ...]
    #: Code that the group ran on its own machine, on what it was going to hand in: ``notebook`` and ``folder``.
    hand_in: str
    #: Code that it ran when it had read all that it was ``told`` of its grading, to hand in ``notebook`` again.
    hand_in_again: str
    #: What it comes to by luck is judged several times, and this stands in the remarks then.
    remarked: str

    @property
    def group(self) -> str:
        """The name of the group that hands it in."""
        return f"{self.category}-{self.behaviour}"


def attempts() -> list[Attempt]:
    """Return all attempts, by category."""
    return [read(path) for category in CATEGORIES for path in sorted((FOLDER / category).glob("*.py"))]


def read(path: Path) -> Attempt:
    """Read one attempt."""
    text = path.read_text(encoding="utf-8")
    parts = _CELL.split(text)
    header = ast.get_docstring(ast.parse(parts[0]))
    assert header is not None, f"{path} does not say what it tries"
    summary, *fields = _FIELD.split(header)
    stated = {name: " ".join(value.split()) for name, value in zip(fields[::2], fields[1::2], strict=True)}
    cells = [(name.strip(), source.strip()) for name, source in zip(parts[1::2], parts[2::2], strict=True)]
    return Attempt(
        category=path.parent.name,
        behaviour=path.stem,
        tries=" ".join(summary.split()),
        must_not=stated["Must not"],
        stopped_by=stated["Stopped by"],
        attacks=tuple(stated.get("Attacks", "ex1").replace(",", " ").split()),
        is_slow="Slow" in stated,
        is_refused="Refused" in stated,
        cells=tuple(cell for cell in cells if not cell[0].startswith("hand in")),
        hand_in="\n".join(source for name, source in cells if name == "hand in"),
        hand_in_again="\n".join(source for name, source in cells if name == "hand in again"),
        remarked=stated.get("Remarked", ""),
    )
