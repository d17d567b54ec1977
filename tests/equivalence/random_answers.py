"""Random mishaps with the notebook on squares, several at a time, as no list of cases has them."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

from nbformat import NotebookNode

from .notebooks import Change, code, deleting, inserting, relabelling, repeating, text, writing

_CELLS: Final = (
    "helpers",
    "squares",
    "squares_small",
    "squares_hidden",
    "squares_partly",
    "root",
    "root_close",
    "why",
    "plot",
    "report",
    "end",
)
_CODE: Final = (
    "def squares(n): return [i * i for i in range(1, n + 1)]",
    "def squares(n): return [1, 4, 9]",
    "def squares(n): return 'no list'",
    "def root(x): return x ** 0.5",
    "import sys; print('oh', file=sys.stderr)",
    "import warnings; warnings.warn('careful')",
    "print('fine')",
    "0.5",
    "raise ValueError('no')",
    "import math; root = math.sqrt",
    "del close",
    "def broken(:",
    "%%capture\n1 / 0",
    "display(3)",
    "",
)
_LABELS: Final = (
    {"points": 7},
    {"points": None},
    {"locked": True},
    {"locked": False},
    {"solution": True},
    {"solution": False},
    {"grade": True},
    {"grade": False},
    {"task": True},
    {"checksum": "0" * 32},
    {"checksum": None},
    {"grade_id": "elsewhere"},
    {"schema_version": 2},
    {"cell_type": "markdown"},
)

_MISHAPS: Final[tuple[Callable[[random.Random], Change], ...]] = (
    lambda chance: writing(**{chance.choice(_CELLS): chance.choice(_CODE)}),
    lambda chance: writing(squares=chance.choice(_CODE[:3])),
    lambda chance: writing(root=chance.choice(_CODE)),
    lambda chance: deleting(chance.choice(_CELLS)),
    lambda chance: inserting(chance.choice(_CELLS), code(chance.choice(_CODE))),
    lambda chance: inserting(chance.choice(_CELLS), text("A thought.")),
    lambda chance: relabelling(chance.choice(_CELLS), **chance.choice(_LABELS)),
    lambda chance: repeating(chance.choice(_CELLS), chance.choice(_CODE), above=chance.random() < 0.5),
    lambda chance: _moving(chance.choice(_CELLS), chance.random()),
)


def random_answer(seed: int) -> Change:
    """What happens to the notebook under this seed; mishaps with cells that are gone do not happen."""
    chance = random.Random(seed)  # noqa: S311  # no secret
    mishaps = [chance.choice(_MISHAPS)(chance) for _ in range(chance.randint(1, 5))]

    def change(released: NotebookNode) -> NotebookNode:
        for mishap in mishaps:
            try:
                released = mishap(released)
            except StopIteration:
                continue
        return released

    return change


def _moving(grade_id: str, to: float) -> Change:
    def change(released: NotebookNode) -> NotebookNode:
        moved = [cell for cell in released.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id]
        others = [cell for cell in released.cells if cell not in moved]
        place = round(to * len(others))
        released.cells = [*others[:place], *moved, *others[place:]]
        return released

    return change
