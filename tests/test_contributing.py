"""What CONTRIBUTING.md asks of those who join works as it says."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
ROOMS = {
    path.name
    for path in (ROOT / "src/sheetgrader").iterdir()
    if path.suffix == ".py" or (path / "__init__.py").exists()
} - {"__init__.py"}


def _run(*command: str | Path, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=cwd, env={"PATH": "/usr/bin:/bin", **environment}, capture_output=True, text=True, check=False
    )


def test_every_room_stands_in_the_table_in_the_order_of_imports() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| (`.*`) \| (?:both|trusted|\*\*untrusted\*\*)", text, re.MULTILINE)
    rooms = [name.removesuffix("/") for row in named for name in re.findall(r"`([^`]+)`", row)]
    assert set(rooms) == ROOMS
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = (contract["layers"] for contract in contracts if contract["type"] == "layers")
    order = [room for layer in reversed(layers) for room in layer.split(" | ")]
    assert [room.removesuffix(".py") for room in rooms] == order


def test_every_room_stands_in_the_picture() -> None:
    picture = (ROOT / "docs/images/architecture.svg").read_text(encoding="utf-8")
    # The single modules that all rooms stand on would only fill it.
    everywhere = {
        "errors.py",
        "results.py",
        "items.py",
        "quick_imports.py",
        "one_thread.py",
        "extras.py",
        "linux_only.py",
    }
    assert {room for room in ROOMS if f">{room.removesuffix('.py')}<" not in picture} == everywhere


def test_every_fragment_stands_in_the_next_changelog(tmp_path: Path) -> None:
    drafted = _run(BIN / "towncrier", "build", "--draft", "--version", "1.0")
    assert drafted.returncode == 0, drafted.stderr
    for fragment in (ROOT / "changelog.d").glob("+*"):
        assert fragment.read_text(encoding="utf-8").strip() in drafted.stdout, fragment.name


def test_a_fragment_of_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copy(ROOT / "CHANGELOG.md", tmp_path)
    (tmp_path / "changelog.d").mkdir()
    (tmp_path / "changelog.d/+a.improved.md").write_text("It is better.")
    drafted = _run(BIN / "towncrier", "build", "--draft", "--version", "1.0", cwd=tmp_path)
    assert drafted.returncode != 0
    assert "+a.improved.md" in drafted.stderr


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")
def test_what_lint_refuses_is_not_committed(tmp_path: Path) -> None:
    for name in ("pyproject.toml", ".pre-commit-config.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / ".venv").symlink_to(BIN.parent)
    module = tmp_path / "module.py"
    _run("git", "init", "--quiet", cwd=tmp_path)
    for source, accepted in (('"""Nothing."""\n', True), ('"""Nothing."""\n\nimport os\n', False)):
        module.write_text(source)
        _run("git", "add", "module.py", ".pre-commit-config.yaml", cwd=tmp_path)
        checked = _run(BIN / "pre-commit", "run", "ruff-check", cwd=tmp_path, PRE_COMMIT_HOME=str(tmp_path / "home"))
        assert (checked.returncode == 0) == accepted, checked.stdout + checked.stderr
        assert ("F401" in checked.stdout) != accepted


def test_the_hooks_are_what_lint_runs() -> None:
    recipe = re.search(r"^lint: setup\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe is not None
    lint = {line.strip().split()[0].removeprefix("$(BIN)/") for line in recipe[1].splitlines()}
    hooks = re.findall(r"entry: \.venv/bin/(\S+)", (ROOT / ".pre-commit-config.yaml").read_text())
    assert set(hooks) == lint == {"ruff", "mypy", "lint-imports"}
