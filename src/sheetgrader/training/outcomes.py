"""What training runs came to: typed, frozen, JSON in and out."""

from __future__ import annotations

import msgspec

from sheetgrader.training.plan import Budget, DataSize


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """Where a run took place."""

    device: str
    #: The GPU's name; empty on a CPU.
    gpu: str = ""
    threads: int = 0
    versions: dict[str, str] = {}


class RunResult(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a script."""

    name: str
    script: str
    arguments: tuple[str, ...] = ()
    #: Empty where the run came to its end and its files are well-formed; else one sentence.
    problem: str = ""
    epochs: int = 0
    seed: int = 0
    seconds: float = 0.0
    peak_memory_bytes: int = 0
    peak_gpu_memory_bytes: int = 0
    surroundings: Surroundings
    #: The numbers in ``metrics.json``; accuracies are those that the trusted side computed, where it did.
    metrics: dict[str, float] = {}
    #: The numbers in its ``history``, one for each epoch.
    curves: dict[str, tuple[float, ...]] = {}


class CheckResult(msgspec.Struct, frozen=True, kw_only=True):
    """Whether something holds that must."""

    says: str
    #: None where it was left out, as it is meant for other data.
    holds: bool | None
    #: The numbers, and what is wrong.
    message: str
    #: The run that it is about; empty where it compares several.
    run: str = ""


class DataFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the runs were given."""

    name: str
    size: DataSize
    train: int
    test: int


class TrainingReport(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that ``sheetgrader train`` found out."""

    sheet: str
    #: Whose scripts were run; empty for the reference solution.
    group: str = ""
    runner: str
    device: str
    budget: Budget
    data: tuple[DataFacts, ...] = ()
    runs: tuple[RunResult, ...]
    checks: tuple[CheckResult, ...]
    isolation: str = "sandbox"

    @property
    def passed(self) -> bool:
        """Whether everything that must hold does."""
        return all(check.holds is not False for check in self.checks)

    @property
    def left_out(self) -> tuple[CheckResult, ...]:
        """The checks that are meant for other data."""
        return tuple(check for check in self.checks if check.holds is None)
