"""Ordinary code of students does in the sandbox what it does in a plain kernel, or is told in one sentence why not.

The scenarios stand in ``scenarios/``: each begins with ``=== its_name``, the word ``slow`` where it takes long, and the
modules that it needs; ``# %%`` begins a cell. A cell that cannot do the same has the word ``says:`` and the sentence
that it is told: it does not run in the plain kernel, and is not compared.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sheetgrader.kernels.launcher import ZygoteConnection
from sheetgrader.results import Outcome
from sheetgrader.sandbox.limits import SandboxLimits

from .comparing import in_plain_kernel, in_sandbox

_SCENARIO = re.compile(r"^=== (\w+)(.*)\n", re.MULTILINE)
_CELL = re.compile(r"^# %%(?: says: (.*))?\n", re.MULTILINE)


@dataclass(frozen=True)
class Cell:
    source: str
    #: What is said of it in the sandbox, where it cannot do what it does elsewhere.
    says: str


@dataclass(frozen=True)
class Scenario:
    name: str
    is_slow: bool
    needs: tuple[str, ...]
    cells: tuple[Cell, ...]

    @property
    def missing(self) -> list[str]:
        return [name for name in self.needs if importlib.util.find_spec(name) is None]


def _scenarios() -> Iterator[Scenario]:
    for path in sorted(Path(__file__).with_name("scenarios").glob("*.txt")):
        _, *parts = _SCENARIO.split(path.read_text(encoding="utf-8"))
        for name, words, body in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
            before, _, needs = words.partition("needs:")
            _, *cells = _CELL.split(body)
            yield Scenario(
                name,
                "slow" in before,
                tuple(needs.replace(",", " ").split()),
                tuple(
                    Cell(source.strip("\n"), says or "") for says, source in zip(cells[::2], cells[1::2], strict=True)
                ),
            )


@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param(scenario, id=scenario.name, marks=[pytest.mark.slow] if scenario.is_slow else [])
        for scenario in _scenarios()
    ],
)
def test_students_code_does_what_it_does_in_a_plain_kernel(
    scenario: Scenario, connection: ZygoteConnection, tmp_path: Path
) -> None:
    if scenario.missing:
        pytest.skip(f"needs {', '.join(scenario.missing)}, which is not installed")
    sources = [cell.source for cell in scenario.cells]
    ours, runs = in_sandbox(sources, connection)
    plain = in_plain_kernel(["pass" if cell.says else cell.source for cell in scenario.cells], tmp_path)
    told = {run.cell: run.message for run in runs}
    for number, (cell, here, there) in enumerate(zip(scenario.cells, ours, plain, strict=True), start=1):
        if cell.says:
            assert cell.says in told[f"cell {number}"]
        else:
            assert here == there, f"cell {number}: {told.get(f'cell {number}')}"


_SAVING = """
import torch
layer = torch.nn.Linear(1500, 1500)
torch.save(layer.state_dict(), "layer.pt")
"""


@pytest.mark.parametrize(
    ("save", "load"),
    [
        (_SAVING, "torch.load('layer.pt')"),
        ("import numpy as np; np.save('a.npy', np.ones(1 << 20))", "np.load('a.npy')"),
        (
            "import pickle\nwith open('a.pkl', 'wb') as file: pickle.dump(b'x' * (8 << 20), file)",
            "pickle.load(open('a.pkl', 'rb'))",
        ),
        ("import sqlite3; db = sqlite3.connect('my.db'); db.execute('create table t (a)')", ""),
    ],
    ids=["torch", "numpy", "pickle", "sqlite"],
)
def test_what_is_cut_at_the_limit_of_the_disk_is_named(save: str, load: str, connection: ZygoteConnection) -> None:
    fill = "db.execute('insert into t values (?)', ('x' * (8 << 20),))\ndb.commit()"
    _, runs = in_sandbox([save, load or fill], connection, SandboxLimits(disk_bytes=4 << 20))
    assert runs[-1].outcome is Outcome.OUT_OF_DISK
    assert "(the limit is 4 MiB of files" in runs[-1].message
    if load:
        assert runs[0].outcome is Outcome.OUT_OF_DISK


def test_a_damaged_file_is_no_full_disk(connection: ZygoteConnection) -> None:
    _, runs = in_sandbox(["open('a.npy', 'wb').write(b'x')\nimport numpy as np; np.load('a.npy')"], connection)
    assert runs[0].outcome is Outcome.RAISED


@pytest.mark.slow
def test_what_processes_share_has_a_limit_of_its_own(connection: ZygoteConnection) -> None:
    code = (
        "import torch\nclass Images(torch.utils.data.Dataset):\n    def __len__(self): return 64\n"
        "    def __getitem__(self, index): return torch.zeros(3, 224, 224)\n"
        "for images in torch.utils.data.DataLoader(Images(), 32, num_workers=2): pass"
    )
    _, runs = in_sandbox([code], connection, SandboxLimits(shared_memory_bytes=8 << 20))
    assert runs[0].outcome is Outcome.OUT_OF_MEMORY
    assert runs[0].message.endswith("(the limit is 8 MiB that processes share)")


def test_no_cells_outputs_cost_those_of_others(connection: ZygoteConnection) -> None:
    large = "from IPython.display import HTML\nHTML('x' * 20_000_000)"
    outputs, _ = in_sandbox([large] * 6 + ["print('y' * 100_000)"] * 4, connection)
    assert [put.stdout for put in outputs[-4:]] == ["y" * 100_000 + "\n"] * 4
