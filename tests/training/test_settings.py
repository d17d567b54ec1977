from __future__ import annotations

from typing import Any

import pytest
from traitlets.config import Config

from sheetgrader.errors import CourseError, SheetgraderError, UsageError
from sheetgrader.training.settings import DaskRunner, LocalRunner, SlurmRunner, Training


def _settings(**values: Any) -> Training:
    return Training.read(Config({"Training": values}))


def test_runners_are_what_the_configuration_says() -> None:
    settings = _settings(
        runners={
            "gpus": {"kind": "slurm", "partition": "gpu"},
            "pool": {"kind": "dask", "address": "tcp://127.0.0.1:8786"},
        },
        runner="gpus",
    )
    assert settings.find() == ("gpus", SlurmRunner(partition="gpu"))
    assert settings.find("pool") == ("pool", DaskRunner(address="tcp://127.0.0.1:8786"))
    assert settings.find("local") == ("local", LocalRunner())


def test_a_slurm_job_asks_for_a_gpu() -> None:
    assert SlurmRunner(partition="gpu").directives == ("--gres=gpu:1",)


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ({"runner": "gone"}, UsageError, "no runner 'gone' in nbgrader_config.py; c.Training.runners has local"),
        ({"runners": {"a": {"kind": "ssh"}}}, CourseError, "the runner 'a' in c.Training.runners cannot be used"),
        ({"runners": {"a": {"kind": "dask"}}}, CourseError, "address"),
        ({"runners": {"a": {"kind": "slurm", "partition": "gpu", "queue": "gpu"}}}, CourseError, "queue"),
        ({"threads": 0}, CourseError, "a setting of c.Training cannot be used"),
        ({"thread": 2}, CourseError, "c.Training.thread is no setting; there is threads"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(values: dict[str, Any], error: type[SheetgraderError], message: str) -> None:
    with pytest.raises(error) as caught:
        _settings(**values).find()
    assert message in str(caught.value)
