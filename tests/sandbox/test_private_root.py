from __future__ import annotations

import errno
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from sheetgrader.kernels.launcher import SandboxedKernel, Zygote, ZygoteConnection
from sheetgrader.sandbox.limits import SandboxLimits
from sheetgrader.sandbox.private_root import PACKAGE_PARENT, RootPlan, gpu_devices, plan_root

Ask = Callable[..., Any]


@pytest.fixture
def plan() -> RootPlan:
    return plan_root()


@pytest.fixture
def canary() -> Iterator[Path]:
    """A file of this machine that nobody has shut away."""
    # Not under the temporary folder, which the sandbox has its own of in any case.
    with tempfile.NamedTemporaryFile(dir="/var/tmp") as file:
        file.write(b"canary")
        file.flush()
        path = Path(file.name)
        path.chmod(0o644)
        yield path


def test_the_plan_shows_the_environment_under_another_name(plan: RootPlan) -> None:
    if sys.prefix == sys.base_prefix:
        pytest.skip("Python runs in no virtual environment")
    assert (str(Path(sys.prefix).resolve()), "/opt/venv") in plan.binds
    assert plan.interpreter == f"/opt/venv/bin/{Path(sys.executable).name}"
    assert sys.prefix not in [target for _, target in plan.binds]


@pytest.mark.parametrize(
    ("prefix", "is_link"),
    [
        ("/work/course/.venv", True),
        ("/home/lecturer/course/.venv", True),
        ("/tmp/.venv", False),  # noqa: S108  # covered by the sandbox's own
        ("/usr/local/course/.venv", False),
        ("/opt", False),
    ],
)
def test_the_environments_own_name_leads_to_it_where_nothing_else_stands(
    monkeypatch: pytest.MonkeyPatch, prefix: str, is_link: bool
) -> None:
    monkeypatch.setattr(sys, "prefix", prefix)
    assert ((prefix, "/opt/venv") in plan_root().links) == is_link
    assert (prefix, "/opt/venv") not in plan_root(everything=True).links


def test_the_plan_shows_of_this_project_the_kernel_room_alone(plan: RootPlan) -> None:
    package = Path(__file__).parents[2] / "src" / "sheetgrader"
    shown = {
        source
        for source, _ in plan.binds
        if Path(source).is_relative_to(package.parents[1]) and not Path(source).is_relative_to(sys.prefix)
    }
    assert shown == {str(package / name) for name in ("errors.py", "boundary", "sandbox", "inside")}


def test_everything_the_plan_binds_is_there(plan: RootPlan) -> None:
    assert [source for source, _ in plan.binds if not Path(source).exists()] == []
    assert all(Path(source) == Path(source).resolve() for source, _ in plan.binds)


def test_the_plan_survives_its_way_as_json(plan: RootPlan) -> None:
    assert RootPlan.from_json(json.loads(json.dumps(asdict(plan)))) == plan


def test_files_of_the_machine_are_out_of_sight(kernel: SandboxedKernel, ask: Ask, canary: Path) -> None:
    places = [
        str(canary),
        str(Path(__file__)),
        str(Path.home() / ".ssh"),
        "/etc/shadow",
        "/etc/ssh",
        "/boot",
        "/sys",
        "/run/dbus",
        "/var/lib",
    ]
    assert ask(kernel, f"import os\nanswer = [path for path in {places!r} if os.path.lexists(path)]") == []


def test_the_package_has_no_room_but_the_kernels(kernel: SandboxedKernel, ask: Ask) -> None:
    code = f"""
import os
answer = [os.listdir({PACKAGE_PARENT!r}), sorted(set(os.listdir("{PACKAGE_PARENT}/sheetgrader")) - {{"__pycache__"}})]
"""
    assert ask(kernel, code) == [["sheetgrader"], ["__init__.py", "boundary", "errors.py", "inside", "sandbox"]]
    code = (
        "try:\n    import sheetgrader.grading\n    answer = 'imported'\nexcept ImportError:\n    answer = 'not there'"
    )
    assert ask(kernel, code) == "not there"


def test_nothing_but_the_own_folders_can_be_written(kernel: SandboxedKernel, ask: Ask) -> None:
    code = """
import os, sys
answer = []
for folder, _, _ in os.walk("/", onerror=None):
    if folder.startswith("/proc"):
        continue
    try:
        open(os.path.join(folder, "trial"), "w").close()
        answer.append(folder)
    except OSError:
        pass
inside = "/opt/sheetgrader/sheetgrader/inside"
for folder in ("/", "/usr", "/etc", "/opt/venv", sys.base_prefix, inside, "/dev", "/var", "/run"):
    try:
        os.mkdir(os.path.join(folder, "trial"))
        answer.append(folder)
    except OSError:
        pass
for folder in ("/submission", "/tmp", "/dev/shm"):
    os.mkdir(os.path.join(folder, "trial_folder"))
"""
    assert ask(kernel, code) == []


def test_libraries_programs_and_time_zones_are_there(kernel: SandboxedKernel, ask: Ask) -> None:
    code = """
import subprocess, sys, time, numpy, matplotlib
answer = [subprocess.run(["sh", "-c", "ls /usr/bin | head -1"], capture_output=True).returncode,
          subprocess.run([sys.executable, "-c", "import numpy; print(numpy.arange(3).sum())"],
                         capture_output=True, text=True).stdout.strip(),
          open("/etc/passwd").read().count("student"), len(open("/dev/urandom", "rb").read(4)), time.tzname[0]]
"""
    answer = ask(kernel, code)
    assert answer[:4] == [0, "3", 1, 4]
    assert answer[4] == time.tzname[0] or "TZ" in os.environ


def test_the_devices_of_gpus_are_found_by_their_names(tmp_path: Path) -> None:
    for name in ("nvidia0", "nvidia12", "nvidiactl", "nvidia-uvm", "nvidia-modeset", "null", "sda"):
        (tmp_path / name).touch()
    assert [Path(device).name for device in gpu_devices(tmp_path)] == ["nvidia-uvm", "nvidia0", "nvidia12", "nvidiactl"]


def test_devices_that_are_passed_in_can_be_used(ask: Ask) -> None:
    # Any device node of the machine's shows it; a GPU's are passed in the same way.
    code = """
import resource
def opens(path):
    try:
        open(path, "wb", buffering=0).close()
    except OSError as error:
        return error.errno
    return 0
answer = [opens("/dev/full"), opens("/dev/tty"), opens("/dev/kmsg"), resource.getrlimit(resource.RLIMIT_AS)[0]]
"""
    with Zygote.start(preload=(), devices=("/dev/tty",)) as zygote:
        connection = ZygoteConnection(zygote.address)
        with_device = ask(connection.fork(files={}, limits=SandboxLimits()), code)
        connection.close()
    # It is there, and says that the kernel has no terminal; of the other one there is nothing.
    assert with_device[:3] == [0, errno.ENXIO, errno.EROFS]
    assert with_device[3] == resource.RLIM_INFINITY
