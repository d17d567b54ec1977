import math
import os

from sheetgrader.course.directory import Course
from sheetgrader.results import encode_json
from sheetgrader.training.kept import read_runs, training_folder
from sheetgrader.training.outcomes import RunResult, Surroundings, TrainingReport
from sheetgrader.training.plan import Budget


def _write(sheet, name, group, loss, age=0.0, of=""):
    run = RunResult(name="train", script="train.py", surroundings=Surroundings(device="cpu"), curves={"loss": (loss,)})
    report = TrainingReport(
        sheet=of or sheet.name, group=group, runner="local", device="cpu", budget=Budget.QUICK, runs=(run,), checks=()
    )
    path = training_folder(sheet) / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_json(report))
    os.utime(path, (1_000_000 - age, 1_000_000 - age))
    return path


def test_the_groups_last_runs_are_read_and_nothing_else(builder):
    builder.source(builder.locked("ex1", "# Ex", markdown=True))
    sheet = Course.load(builder.root).sheet("sheet")
    assert read_runs(sheet) == {}
    _write(sheet, "ada-quick-cpu", "ada", 1.0, age=10)
    _write(sheet, "ada-full-cpu", "ada", 2.0)
    _write(sheet, "dora-full-cpu", "dora", math.nan)
    _write(sheet, "ada-full-cuda-unfinished", "ada", 3.0)
    _write(sheet, "reference-full-cpu", "", 4.0)
    _write(sheet, "bob-full-cpu", "bob", 5.0, of="other")
    _write(sheet, "cleo-full-cpu", "cleo", 6.0).write_text("{")
    assert {group: [run.curves["loss"] for run in runs] for group, runs in read_runs(sheet).items()} == {
        "ada": [(2.0,)],
        "dora": [(None,)],
    }
