"""From a sheet to the jobs of its training: scripts, data, limits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sheetgrader.course.directory import Sheet
from sheetgrader.course.files import read_own_folder
from sheetgrader.course.secret import course_secret
from sheetgrader.course.submissions import read_submission
from sheetgrader.errors import CourseError, UsageError
from sheetgrader.graders.drawing import key_for
from sheetgrader.training.data import ImageData, read_images
from sheetgrader.training.job import TrainingJob
from sheetgrader.training.plan import IMAGE_DATA, SOURCE_DATA, Budget, RunPlan, TrainingPlan, read_plan
from sheetgrader.training.settings import Training

PLAN: Final = "training.toml"
_DATA_FOLDER: Final = "data/"


def plan_of(sheet: Sheet) -> TrainingPlan:
    """Return what the sheet's training must reach.

    Raises:
        UsageError: the sheet trains nothing.
        CourseError: its ``training.toml`` is broken.
    """
    path = solutions_folder(sheet) / PLAN
    if not path.is_file():
        raise UsageError(f"{sheet.name} has no training to check: there is no {path}")
    return read_plan(path)


def solutions_folder(sheet: Sheet) -> Path:
    """Return where the sheet's reference scripts are."""
    return sheet.course.root / "solutions" / sheet.name


def scripts_of(sheet: Sheet, plan: TrainingPlan, group: str) -> dict[str, bytes]:
    """Return the Python files of the reference solution, or of a group, by relative path.

    Raises:
        CourseError: a reference script is missing.
        UsageError: the group has not handed its script in.
        SubmissionError: what the group handed in cannot be read.
    """
    found = (
        read_submission(sheet, group).files
        if group
        else read_own_folder(solutions_folder(sheet), sheet.course.coursedir.ignore)
    )
    files = {path: content for path, content in found.items() if path.endswith(".py")}
    for run in plan.run:
        if run.script not in files and group:
            raise UsageError(
                f"{sheet.submitted_folder(group)} holds no {run.script}, which the training of {sheet.name} runs"
            )
        if run.script not in files:
            raise CourseError(f"{solutions_folder(sheet) / PLAN} runs {run.script}, which is not there")
    return files


def data_sets(plan: TrainingPlan) -> list[str]:
    """Return the data sets of images that the plan's runs use."""
    return list(dict.fromkeys(run.data for run in plan.run if run.data in IMAGE_DATA))


def read_data(plan: TrainingPlan, root: Path) -> dict[str, ImageData]:
    """Return the data sets of images that the plan's runs use, by name.

    Raises:
        UsageError: one is missing or damaged.
    """
    return {name: read_images(root, name) for name in data_sets(plan)}


def make_jobs(
    sheet: Sheet,
    plan: TrainingPlan,
    settings: Training,
    data: dict[str, ImageData],
    *,
    budget: Budget,
    device: str,
    group: str = "",
) -> Sequence[TrainingJob]:
    """Return a job for each of the plan's runs.

    Raises:
        SheetgraderError: see :func:`scripts_of`.
    """
    scripts = scripts_of(sheet, plan, group)
    own = {
        path.removeprefix(_DATA_FOLDER): content
        for path, content in sheet.source_files().items()
        if path.startswith(_DATA_FOLDER)
    }
    images = {name: each.files() for name, each in data.items()}

    secret = course_secret(sheet.course.private_folder)

    def job(run: RunPlan) -> TrainingJob:
        return TrainingJob(
            plan=run,
            epochs=run.epochs[budget],
            device=device,
            seconds=plan.seconds[budget],
            key=key_for(secret, "training", sheet.name, group, run.name),
            files=scripts,
            data_files=own if run.data == SOURCE_DATA else {},
            images=images.get(run.data, {}),
            threads=settings.threads,
            memory_bytes=settings.memory_bytes,
            isolation=sheet.course.settings.isolation,
        )

    return [job(run) for run in plan.run]
