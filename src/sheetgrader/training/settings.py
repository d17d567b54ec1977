"""What a course may set for training in its ``nbgrader_config.py``, as ``c.Training.runners = {...}``."""

from __future__ import annotations

import difflib
from typing import Any

import msgspec
from traitlets import Dict, Int, TraitError, Unicode
from traitlets.config import Config, Configurable

from sheetgrader.errors import CourseError, UsageError


class LocalRunner(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="local"):
    """Sandboxed processes on this machine."""

    #: Runs at a time; 0 is one for each processor core that ``threads`` leaves, and one on a GPU.
    workers: int = 0


class SlurmRunner(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="slurm"):
    """Jobs of a Slurm cluster, through Dask; its nodes have this project installed in the same place."""

    partition: str
    walltime: str = "01:00:00"
    memory: str = "8GiB"
    cores: int = 1
    #: Jobs at a time.
    jobs: int = 1
    #: Lines of the job script; the default asks for one GPU a job.
    directives: tuple[str, ...] = ("--gres=gpu:1",)
    #: Network interface that nodes reach this machine by; Dask's choice where empty.
    interface: str = ""


class DaskRunner(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="dask"):
    """Workers of a Dask scheduler that runs already, however it was started."""

    address: str
    #: What a worker must offer for a run on a GPU; it is started with ``--resources "GPU=1"``.
    gpu_resource: str = "GPU"


Runner = LocalRunner | SlurmRunner | DaskRunner


class Training(Configurable):
    """Runners, data and limits of training."""

    runners = Dict(help="Runners by name, each with its kind: local, slurm or dask.").tag(config=True)
    runner = Unicode("local", help="The runner that is used where the command line names none.").tag(config=True)
    data = Unicode(
        "data", help="Folder with data sets as torchvision downloads them, below the course directory or absolute."
    ).tag(config=True)
    threads = Int(
        1, min=1, max=1024, help="Threads that one run uses on a CPU; numbers can differ in their last digits with it."
    ).tag(config=True)
    memory_bytes = Int(
        4 << 30, min=1 << 28, max=1 << 44, help="Bytes of memory that one run may use on top of the libraries."
    ).tag(config=True)

    @classmethod
    def read(cls, config: Config) -> Training:
        """Return the settings that ``config`` holds.

        Raises:
            CourseError: a setting is unknown, of the wrong type or out of range.
        """
        known = sorted(cls.class_trait_names(config=True))
        for name in config.get("Training", {}):
            if name not in known:
                near = difflib.get_close_matches(name, known, n=3) or known
                raise CourseError(f"nbgrader_config.py: c.Training.{name} is no setting; there is {', '.join(near)}")
        try:
            settings = cls(config=config)
        except TraitError as error:
            raise CourseError(
                f"nbgrader_config.py: a setting of c.Training cannot be used: {' '.join(str(error).split())}"
            ) from None
        for name in settings.runners:
            settings.find(name)
        return settings

    def find(self, name: str = "") -> tuple[str, Runner]:
        """Return a runner and its name; without ``name`` the one that the course uses.

        Raises:
            UsageError: there is no such runner.
            CourseError: what the configuration says of it cannot be used.
        """
        described: dict[str, Any] = {"local": {"kind": "local"}, **self.runners}
        name = name or self.runner
        if name not in described:
            raise UsageError(
                f"there is no runner {name!r} in nbgrader_config.py; c.Training.runners has"
                f" {', '.join(sorted(described))}"
            )
        try:
            return name, msgspec.convert(described[name], Runner)
        except msgspec.ValidationError as error:
            raise CourseError(
                f"nbgrader_config.py: the runner {name!r} in c.Training.runners cannot be used: {error}"
            ) from None
