"""Kept container files ask for what `doctor` names and no more, and what is no Linux is told the way to one.

No container is started here: no program for it is there. What a container or another system refuses is refused by a
filter, as in tests/sandbox/test_capabilities.py, or taken away from Python.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from sheetgrader.linux_only import sentence
from sheetgrader.sandbox.capabilities import CONTAINER_FLAGS, namespace_advice

ROOT = Path(__file__).parents[1]
CONTAINERFILE = (ROOT / "Containerfile").read_text(encoding="utf-8")
DEVELOPMENT = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text(encoding="utf-8"))
PAGE = (ROOT / "docs/containers.md").read_text(encoding="utf-8")
#: What concerns terminals, files and names, not what a container may do.
HARMLESS = {"--rm", "-it", "--volume"}

#: A system without what only Linux has: Python says that it is another, and has no modules and functions for it.
ANOTHER_SYSTEM = """
import ctypes, os, sys
import numpy  # it is there on every system, and would look for the parts of another one
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name in {missing!r}:
            raise ModuleNotFoundError("No module named " + repr(name), name=name)
sys.meta_path.insert(0, Missing())
for name in {missing!r}:
    sys.modules.pop(name, None)
for name in ("sched_getaffinity", "pidfd_open", "memfd_create", "O_PATH", "unshare", "setns"):
    if hasattr(os, name):
        delattr(os, name)
sys.platform = {platform!r}
from sheetgrader.cli import main
main()
"""


def _named_flags() -> list[str]:
    """The options that doctor's own advice names, but for the one that allows everything."""
    advice = namespace_advice("6.1.0-generic")
    return [part for part in re.findall(r"`(--[^`]*)`", advice) if part != "--privileged"]


def test_flags_are_those_that_doctor_names() -> None:
    assert _named_flags() == [" ".join(CONTAINER_FLAGS)]
    assert " ".join(DEVELOPMENT["runArgs"]) == " ".join(CONTAINER_FLAGS)
    assert DEVELOPMENT.keys() <= {"name", "build", "runArgs", "postCreateCommand", "customizations"}
    assert "PRIVILEGED" not in CONTAINERFILE.upper()


def test_documented_commands_start_containers_with_these_flags_alone() -> None:
    started = [line.split("$ ", 1)[1] for line in PAGE.splitlines() if re.match(r"\s*\$ docker run", line)]
    assert len(started) == 2
    for command in started:
        words = shlex.split(command)[2:]
        options = words[: words.index("sheetgrader")]
        flags = " ".join(option for option in options if option not in HARMLESS and not option.endswith(":/course"))
        assert flags == " ".join(CONTAINER_FLAGS)


def test_container_files_name_what_is_there() -> None:
    for source in re.findall(r"^COPY (\S+)(?: (\S+)){0,2} /package", CONTAINERFILE, re.MULTILINE):
        for name in filter(None, source):
            assert (ROOT / name).exists(), name
    stages = re.findall(r"^FROM \S+ AS (\w+)$", CONTAINERFILE, re.MULTILINE)
    assert DEVELOPMENT["build"]["target"] in stages
    assert (ROOT / ".devcontainer" / DEVELOPMENT["build"]["dockerfile"]).resolve() == ROOT / "Containerfile"
    assert set(re.findall(r"--target (\w+)", PAGE)) <= set(stages)
    (python,) = re.findall(r"^ARG PYTHON=(\S+)$", CONTAINERFILE, re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["requires-python"] == f">={python}"
    (extra,) = re.findall(r'"EXTRAS=\[(\w+)\]"', PAGE)
    assert extra in project["optional-dependencies"]


def test_what_is_copied_into_the_image_makes_the_package(tmp_path: Path) -> None:
    for line in re.findall(r"^COPY (.+) /package\S*$", CONTAINERFILE, re.MULTILINE):
        for name in line.split():
            target = tmp_path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(ROOT / name)
    wheel = ("wheel", "--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", tmp_path / "wheels")
    done = subprocess.run([sys.executable, "-m", "pip", *wheel, tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    ignored = (ROOT / ".dockerignore").read_text().split()
    sent = {name[1:] for name in ignored if name.startswith("!")}
    copied = {
        name.split("/")[0]
        for line in re.findall(r"^COPY (.+) /package\S*$", CONTAINERFILE, re.MULTILINE)
        for name in line.split()
    }
    assert copied == sent, "what the build needs is sent to it, and no more"


def test_programs_of_the_development_container_are_those_of_the_tests() -> None:
    (installed,) = re.findall(r"--no-install-recommends \\\n(.*?)&&", CONTAINERFILE, re.DOTALL)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    wanted = set(" ".join(re.findall(r'missing="\$\$missing ([\w -]+)"', makefile)).split())
    assert wanted
    assert set(installed.split()) == wanted | {"git", "make"}
    assert DEVELOPMENT["postCreateCommand"] == "make setup"


def test_wsl_1_is_told_apart() -> None:
    assert "wsl --set-version" in namespace_advice("4.4.0-19041-Microsoft")
    assert namespace_advice("5.15.153.1-microsoft-standard-WSL2") == namespace_advice("6.8.0-40-generic")


@pytest.mark.parametrize(
    ("platform", "missing", "way"),
    [
        ("darwin", ["spwd"], "run it in a container, with Docker Desktop or Podman"),
        ("win32", ["resource", "fcntl", "pwd", "grp", "termios"], "run it in WSL 2, or in a container"),
    ],
)
@pytest.mark.parametrize("command", ["doctor", "grade"])
def test_other_systems_get_one_sentence_with_the_way_out(
    platform: str, missing: list[str], way: str, command: str, tmp_path: Path
) -> None:
    code = ANOTHER_SYSTEM.format(missing=missing, platform=platform)
    done = subprocess.run(
        [sys.executable, "-c", code, command, *["sheet"] * (command == "grade")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("error: student code is locked in by means that Linux has, and this is " + platform)
    assert way in done.stderr
    assert "docs/containers.md" in done.stderr


def test_linux_is_enough() -> None:
    assert sentence("linux") == ""
    assert "container" in sentence("freebsd14")
