"""Runs a sheet's training on a runner and holds it against what it must reach."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from sheetgrader.course.directory import Course, Sheet
from sheetgrader.errors import UsageError
from sheetgrader.execution.choosing import groups_that_handed_in
from sheetgrader.runners import local
from sheetgrader.sandbox.private_root import gpu_devices
from sheetgrader.training.download import available_data
from sheetgrader.training.job import JobResult, Tell, TrainingJob, require_libraries
from sheetgrader.training.judging import judge
from sheetgrader.training.outcomes import CheckResult, TrainingReport
from sheetgrader.training.plan import Budget
from sheetgrader.training.settings import LocalRunner, Runner, Training
from sheetgrader.training.work import make_jobs, plan_of


class SheetTraining:
    """The runs of one sheet's training, and what they come to."""

    def __init__(
        self, course: Course, name: str, *, runner: str, device: str, data: Path | None, budget: Budget, group: str
    ) -> None:
        """Prepare it; nothing runs yet.

        Args:
            course: whose sheet it is.
            name: the sheet's.
            runner: where it runs, by its name in the course's configuration; empty for the course's own choice.
            device: ``cpu`` or ``cuda``.
            data: the folder with data sets; None for the course's own.
            budget: how long it may train.
            group: whose scripts run; empty for the reference solution's.

        Raises:
            SheetgraderError: the course, the data, the runner or the machine is not fit for it.
        """
        settings = Training.read(course.config)
        self.sheet: Sheet = course.sheet(name)
        self._runner_name, self._runner = settings.find(runner)
        _check_device(device, self._runner)
        self._plan = plan_of(self.sheet)
        require_libraries()
        if group:
            groups_that_handed_in(self.sheet, [group])
        images = available_data(self._plan, data or course.root / settings.data, is_named=data is not None)
        self._device, self._budget, self._group = device, budget, group
        self._isolation = course.settings.isolation
        self._facts = tuple(each.facts for each in images.values())
        self._results: dict[str, JobResult] = {}
        self.jobs: Sequence[TrainingJob] = make_jobs(
            self.sheet, self._plan, settings, images, budget=budget, device=device, group=group
        )

    @property
    def epochs(self) -> int:
        """How many epochs all runs have together."""
        return sum(job.epochs for job in self.jobs)

    @property
    def runs_done(self) -> int:
        """How many runs have ended so far."""
        return len(self._results)

    def run(self, tell_epoch: Callable[[], None]) -> None:
        """Run everything; ``tell_epoch`` is called once for each epoch, from any thread.

        Raises:
            SheetgraderError: no sandbox can be had, or the runner fails; :meth:`report` still has what ended before.
        """
        epochs = {job.plan.name: job.epochs for job in self.jobs}
        seen: dict[str, int] = {}
        lock = threading.Lock()

        def tell(name: str, epoch: int, _: str) -> None:
            with lock:
                # A script may print an epoch twice, or none at all.
                for _epoch in range(seen.get(name, 0), min(epoch, epochs[name])):
                    tell_epoch()
                seen[name] = max(seen.get(name, 0), epoch)

        for result in _run_all(self.jobs, self._runner, tell):
            self._results[result.run.name] = result
            tell(result.run.name, epochs[result.run.name], "")

    def report(self) -> TrainingReport:
        """Return what the runs came to that have ended; comparisons between runs are made where all have."""
        results = [self._results[job.plan.name] for job in self.jobs if job.plan.name in self._results]
        runs = [result.run for result in results]
        comparisons: Sequence[CheckResult] = ()
        if len(runs) == len(self.jobs):
            comparisons = judge(self._plan, self._budget, self._facts, runs)
        return TrainingReport(
            sheet=self.sheet.name,
            group=self._group,
            runner=self._runner_name,
            device=self._device,
            budget=self._budget,
            data=self._facts,
            runs=tuple(runs),
            checks=(*(check for result in results for check in result.checks), *comparisons),
            isolation=self._isolation,
        )


def _check_device(device: str, runner: Runner) -> None:
    if device == "cuda" and isinstance(runner, LocalRunner) and not gpu_devices():
        raise UsageError(
            "--device cuda: this machine has no NVIDIA GPU (no /dev/nvidia…); train with --device cpu, or name a runner"
            " that has one"
        )


def _run_all(jobs: Sequence[TrainingJob], runner: Runner, tell: Tell) -> Iterator[JobResult]:
    if isinstance(runner, LocalRunner):
        return local.run_all(jobs, tell, workers=runner.workers)
    # Dask is there only where the extra `cluster` is installed.
    from sheetgrader.runners import cluster

    return cluster.run_all(jobs, runner, tell)
