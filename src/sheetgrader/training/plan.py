"""What training must reach: ``solutions/<sheet>/training.toml``.

.. code-block:: toml

    [seconds]                       # the longest that one run may take, by budget
    quick = 120
    full = 3600

    [[run]]
    name = "sgd"
    script = "train_fashion_mnist.py"
    data = "FashionMNIST"
    epochs = { quick = 10, full = 10 }
    optimizer = "SGD"

    [[check]]
    kind = "band"
    says = "the network classifies at least 80 % of the test images"
    value = "sgd.test_accuracy"
    least = 0.8
    budgets = ["full"]

A value is ``RUN.NAME``: a number in the run's ``metrics.json``, or the last one of a curve in its ``history``;
``RUN.NAME[0]`` is the first.
"""

from __future__ import annotations

import enum
import math
import re
import tomllib
from pathlib import Path, PurePosixPath
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from sheetgrader.errors import CourseError

#: torchvision's data sets of images that are laid out as MNIST is.
IMAGE_DATA: Final = ("MNIST", "FashionMNIST", "KMNIST")
#: Data of a run that are the sheet's own.
SOURCE_DATA: Final = "source"

_NAME = re.compile(r"[A-Za-z0-9_-]+")
#: What every script is called with; a run's own arguments are others.
_OPTIONS: Final = ("--data", "--epochs", "--seed", "--device", "--output")
_REFERENCE = re.compile(r"(?P<run>[A-Za-z0-9_-]+)\.(?P<metric>\w+)(?P<first>\[0\])?")


class Budget(enum.Enum):
    """How much training is done."""

    #: Minutes, on a small data set: for every change of the course.
    QUICK = "quick"
    #: What the sheet asks for.
    FULL = "full"


class Device(enum.Enum):
    """Where a network is trained."""

    CPU = "cpu"
    CUDA = "cuda"


class DataSize(enum.Enum):
    """What the data are, for checks that hold on one kind only."""

    #: Fewer images than the official set has.
    SMALL = "small"
    OFFICIAL = "official"


class RunPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One run of a script by its command line."""

    name: str
    #: A file in ``solutions/<sheet>/``, or what a group hands in under this name.
    script: str
    #: Options beside ``--data --epochs --seed --device --output``.
    arguments: tuple[str, ...] = ()
    #: By budget.
    epochs: dict[Budget, int]
    seed: Annotated[int, Meta(ge=0)] = 0
    #: One of :data:`IMAGE_DATA`; ``source`` for the sheet's own ``data/`` folder; empty for a script that makes its
    #: data.
    data: str = ""
    #: Kind of optimizer that must take the steps; any where empty.
    optimizer: str = ""
    #: Least number of weight matrices in ``model.pt``: one more than hidden layers.
    weight_matrices: Annotated[int, Meta(ge=0)] = 0
    #: Compute the accuracies of the script's ``load_splits`` and ``build_model`` anew and compare them with what it
    #: reports.
    recompute_accuracies: bool = False


class _Check(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    #: What must hold, as a sentence without its full stop.
    says: Annotated[str, Meta(min_length=1)]
    budgets: Annotated[tuple[Budget, ...], Meta(min_length=1)] = tuple(Budget)
    data: Annotated[tuple[DataSize, ...], Meta(min_length=1)] = tuple(DataSize)
    #: Training images from which on it can be expected.
    least_images: Annotated[int, Meta(ge=0)] = 0


class Band(_Check, frozen=True, kw_only=True, tag="band"):
    """``least`` ≤ value ≤ ``most``."""

    value: str
    least: float | None = None
    most: float | None = None

    @property
    def values(self) -> tuple[str, ...]:
        """The values that it is about."""
        return (self.value,)


class Order(_Check, frozen=True, kw_only=True, tag="order"):
    """Each value is below the next one, by more than ``by``."""

    values: tuple[str, ...]
    by: float = 0.0


class Margin(_Check, frozen=True, kw_only=True, tag="margin"):
    """``least`` ≤ value − baseline ≤ ``most``."""

    value: str
    baseline: str
    least: float | None = None
    most: float | None = None

    @property
    def values(self) -> tuple[str, ...]:
        """The values that it is about."""
        return (self.value, self.baseline)


class Ratio(_Check, frozen=True, kw_only=True, tag="ratio"):
    """``least`` ≤ value / baseline ≤ ``most``, of positive values."""

    value: str
    baseline: str
    least: float | None = None
    most: float | None = None

    @property
    def values(self) -> tuple[str, ...]:
        """The values that it is about."""
        return (self.value, self.baseline)


Check = Band | Order | Margin | Ratio


class TrainingPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that is run and checked for one sheet."""

    #: The longest that one run may take, by budget.
    seconds: dict[Budget, float]
    run: tuple[RunPlan, ...]
    check: tuple[Check, ...] = ()


def split_reference(reference: str) -> tuple[str, str, bool]:
    """Return run, name, and whether the first one of a curve is meant.

    Raises:
        ValueError: it is no reference to a value.
    """
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise ValueError(f"{reference!r} names no value; write RUN.NAME, as sgd.test_accuracy, or RUN.NAME[0]")
    return match["run"], match["metric"], match["first"] is not None


def read_plan(path: Path) -> TrainingPlan:
    """Read and check a ``training.toml``.

    Raises:
        CourseError: it cannot be read, is no TOML, has an unknown key or a value that cannot be.
    """
    try:
        plan = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), TrainingPlan)
        _check(plan)
    except (OSError, UnicodeDecodeError) as error:
        raise CourseError(f"{path} cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise CourseError(f"{path} is no TOML: {error}") from None
    except (msgspec.ValidationError, ValueError) as error:
        raise CourseError(f"{path}: {error}") from None
    return plan


def _check(plan: TrainingPlan) -> None:
    names = [run.name for run in plan.run]
    if not names:
        raise ValueError("there is no [[run]]: nothing would be trained")
    if set(plan.seconds) != set(Budget) or not all(0 < seconds < math.inf for seconds in plan.seconds.values()):
        raise ValueError("[seconds] has a positive number for both budgets, quick and full")
    for run in plan.run:
        _check_run(run)
        if names.count(run.name) > 1:
            raise ValueError(f"two runs are called {run.name!r}")
    for check in plan.check:
        for reference in check.values:
            run_name = split_reference(reference)[0]
            if run_name not in names:
                raise ValueError(
                    f"{reference!r} is about a run {run_name!r} that is not there; the runs are {', '.join(names)}"
                )
        if isinstance(check, Order):
            _check_order(check)
        else:
            _check_limits(check)


def _check_order(order: Order) -> None:
    if len(order.values) < 2:
        raise ValueError(f"the order {order.says!r} needs two values or more")
    if not math.isfinite(order.by):
        raise ValueError(f"the order {order.says!r} has `by` = {order.by}, which is no distance")


def _check_limits(check: Band | Margin | Ratio) -> None:
    limits = [limit for limit in (check.least, check.most) if limit is not None]
    if not limits:
        raise ValueError(f"the check {check.says!r} needs `least` or `most`")
    # Nothing is below or above what is no number, so such a check would always hold.
    if not all(map(math.isfinite, limits)) or limits != sorted(limits):
        raise ValueError(
            f"no number is within the limits of the check {check.says!r}:"
            f" {' to '.join(f'{limit:g}' for limit in limits)}"
        )


def _check_run(run: RunPlan) -> None:
    if not _NAME.fullmatch(run.name):
        raise ValueError(f"{run.name!r} is no name for a run: letters, digits, - and _")
    if (
        PurePosixPath(run.script).is_absolute()
        or ".." in PurePosixPath(run.script).parts
        or not run.script.endswith(".py")
    ):
        raise ValueError(f"the script {run.script!r} of the run {run.name!r} is no Python file beside training.toml")
    if set(run.epochs) != set(Budget) or min(run.epochs.values()) < 1:
        raise ValueError(f"the run {run.name!r} needs epochs for both budgets, as {{ quick = 3, full = 20 }}")
    if run.data not in ("", SOURCE_DATA, *IMAGE_DATA):
        raise ValueError(
            f"the run {run.name!r} has the data {run.data!r}; there is {', '.join((*IMAGE_DATA, SOURCE_DATA))}, or none"
        )
    if run.recompute_accuracies and run.data not in IMAGE_DATA:
        raise ValueError(
            f"the run {run.name!r} asks to compute accuracies anew; they are of one of the data sets"
            f" {', '.join(IMAGE_DATA)}"
        )
    for argument in run.arguments:
        if argument.partition("=")[0] in _OPTIONS:
            raise ValueError(
                f"the run {run.name!r} has the argument {argument}, which every script gets anyway; see its epochs,"
                " seed and data"
            )
