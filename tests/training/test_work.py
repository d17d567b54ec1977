from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from sheetgrader.course.secret import course_secret
from sheetgrader.training.data import ImageData
from sheetgrader.training.evidence.small_data import FASHION_MNIST
from sheetgrader.training.job import TrainingJob
from sheetgrader.training.plan import Budget, read_plan
from sheetgrader.training.settings import Training
from sheetgrader.training.work import make_jobs

if TYPE_CHECKING:
    from tests.conftest import CourseBuilder

PLAN = """
seconds = { quick = 10, full = 10 }
[[run]]
name = "first"
script = "train.py"
epochs = { quick = 1, full = 1 }
seed = 3
data = "FashionMNIST"
recompute_accuracies = true
[[run]]
name = "second"
script = "train.py"
epochs = { quick = 1, full = 1 }
"""


def jobs(builder: CourseBuilder, images: ImageData, group: str = "") -> list[TrainingJob]:
    builder.source(builder.plain("1"))
    builder.write("nbgrader_config.py", 'c = get_config()\nc.CourseDirectory.course_id = "course"\n')
    builder.write("submitted/noether/sheet/train.py", "")
    builder.write("solutions/sheet/train.py", "")
    plan = read_plan(builder.write("solutions/sheet/training.toml", PLAN))
    sheet = builder.load().sheet("sheet")
    data = {FASHION_MNIST: images}
    return list(make_jobs(sheet, plan, Training(), data, budget=Budget.QUICK, device="cpu", group=group))


def test_labels_follow_the_courses_secret_the_group_and_the_run(builder: CourseBuilder, images: ImageData) -> None:
    known = [job.key for group in ("", "noether") for job in jobs(builder, images, group)]
    assert [job.key for job in jobs(builder, images)] == known[:2]
    secret = builder.load().private_folder / "secret"
    secret.unlink()
    known += [job.key for job in jobs(builder, images)]
    assert len(set(known)) == 6
    assert all(len(key) * 8 >= 64 for key in known)


def test_what_leaves_the_machine_tells_nothing_of_the_secret(builder: CourseBuilder, images: ImageData) -> None:
    for job in jobs(builder, images):
        assert course_secret(builder.load().private_folder) not in msgspec.msgpack.encode(job)


def test_the_seed_that_a_script_is_given_tells_nothing_of_the_labels(builder: CourseBuilder, images: ImageData) -> None:
    job = jobs(builder, images)[0]
    given = images.with_false_test_labels(job.key).test_labels.astype(int)
    is_false = given != images.test_labels
    for words in (job.plan.seed, [job.plan.seed, 1], [job.plan.seed, 0], job.plan.seed + 1):
        for skipped in (False, True):
            rng = np.random.default_rng(words)
            chosen = rng.permutation(len(given))[: len(given) // 2] if skipped else np.flatnonzero(is_false)
            back = given.copy()
            back[chosen] = (given[chosen] - rng.integers(1, 10, size=len(chosen))) % 10
            assert np.mean(back[is_false] == images.test_labels[is_false]) < 0.35
