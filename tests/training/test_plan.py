from __future__ import annotations

from pathlib import Path

import pytest

from sheetgrader.errors import CourseError
from sheetgrader.training.plan import Band, Budget, read_plan

ROOT = Path(__file__).parents[2]
PLANS = sorted(ROOT.glob("solutions/*/training.toml"))

RIGHT = """
seconds = { quick = 10, full = 20 }

[[run]]
name = "a"
script = "train.py"
epochs = { quick = 1, full = 2 }

[[check]]
kind = "band"
says = "it learns"
value = "a.loss"
most = 1.0
"""


@pytest.mark.parametrize("path", PLANS, ids=[path.parent.name for path in PLANS])
def test_the_course_s_own_plans_can_be_read(path: Path) -> None:
    plan = read_plan(path)
    assert plan.check
    assert all((path.parent / run.script).is_file() for run in plan.run)


def test_a_plan_is_read_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "training.toml"
    path.write_text(RIGHT)
    plan = read_plan(path)
    assert plan.run[0].epochs == {Budget.QUICK: 1, Budget.FULL: 2}
    assert plan.check == (Band(says="it learns", value="a.loss", most=1.0),)


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ('name = "a"', "name = ", "is no TOML"),
        ('name = "a"', 'name = "a b"', "'a b' is no name for a run"),
        ('script = "train.py"', 'script = "../train.py"', "is no Python file beside training.toml"),
        ("{ quick = 1, full = 2 }", "{ quick = 1 }", "needs epochs for both budgets"),
        ("{ quick = 10, full = 20 }", "{ quick = 0, full = 20 }", "[seconds] has a positive number for both budgets"),
        ('value = "a.loss"', 'value = "b.loss"', "a run 'b' that is not there; the runs are a"),
        ('value = "a.loss"', 'value = "loss"', "names no value"),
        ("most = 1.0", "", "needs `least` or `most`"),
        ("most = 1.0", "mots = 1.0", "mots"),
        ('kind = "band"', 'kind = "bond"', "bond"),
        ('name = "a"', 'name = "a"\ncolour = "red"', "colour"),
        ('name = "a"', 'name = "a"\ndata = "CIFAR10"', "the data 'CIFAR10'; there is MNIST, FashionMNIST"),
        ('name = "a"', 'name = "a"\nrecompute_accuracies = true', "accuracies anew"),
        ('name = "a"', 'name = "a"\narguments = ["--epochs=3"]', "which every script gets anyway"),
        ('name = "a"', 'name = "a"\nseed = -1', "seed"),
        ("{ quick = 10, full = 20 }", "{ quick = nan, full = 20 }", "[seconds] has a positive number for both budgets"),
        ("most = 1.0", "most = nan", "no number is within the limits of the check 'it learns'"),
        ("most = 1.0", "least = 2.0\nmost = 1.0", "no number is within the limits of the check 'it learns': 2 to 1"),
        ("most = 1.0", "most = 1.0\nbudgets = []", "budgets"),
        ('kind = "band"', 'kind = "order"', "`value`"),
    ],
)
def test_a_mistake_in_a_plan_is_told_in_a_sentence(right: str, wrong: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "training.toml"
    path.write_text(RIGHT.replace(right, wrong, 1))
    with pytest.raises(CourseError) as caught:
        read_plan(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
