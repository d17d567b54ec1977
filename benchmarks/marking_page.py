"""How long a tutor waits at the marking page, for it to open and from a key to the next answer; and for each of the
same answers in nbgrader's formgrader.

``python -m benchmarks.marking_page [GROUPS]`` makes a class, marks 60 of its answers in Chromium, and opens the same 60
in the formgrader one after another.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from nbgrader.api import Gradebook

from sheetgrader.course.directory import Course
from sheetgrader.execution.class_grading import ClassGrading, GradeOptions
from sheetgrader.kernels.launcher import Zygote

if TYPE_CHECKING:
    from playwright.sync_api import Page

_MARKED = 60
_SCHEME = "Because.\n\n### BEGIN MARK SCHEME\n- 0.5: the idea\n- 0.5: the calculation\n### END MARK SCHEME"


def _notebook(answer: str) -> str:
    metadata = {
        "nbgrader": {
            "grade": True, "solution": True, "locked": False, "task": False, "schema_version": 3,
            "grade_id": "ex1_text", "points": 1.0,
        }
    }  # fmt: skip
    cell = nbformat.v4.new_markdown_cell(answer, metadata=metadata, id="cell-0")
    return str(nbformat.writes(nbformat.v4.new_notebook(cells=[cell])))


def _graded_class(root: Path, groups: int) -> None:
    names = [f"group-{number:04d}" for number in range(groups)]
    files = {root / "source/sheet/sheet.ipynb": _notebook(_SCHEME)}
    for number, name in enumerate(names):
        formula = rf"$$\frac{{\partial L}}{{\partial w_{{{number}}}}} = (y - t)(1 - \tanh^2 z)\,x_{{{number}}}$$"
        text = f"## Our proof\n\nFor group {number}:\n\n" + "\n\n".join([formula, "and so on."] * 5)
        files[root / f"submitted/{name}/sheet/sheet.ipynb"] = _notebook(text)
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    with Zygote.start() as zygote:
        zygote.wait_ready()
        ClassGrading(Course.load(root).sheet("sheet"), names, zygote, GradeOptions(2)).report()


def _seconds_to_next(page: Page) -> float:
    """Mark the answer that is shown; return the seconds from the key to the next answer being painted."""
    return float(
        page.evaluate(
            """async () => {
              const heading = document.querySelector("#position");
              const before = heading.textContent;
              const begun = performance.now();
              const press = (key, code) =>
                heading.dispatchEvent(new KeyboardEvent("keydown", { key, code, bubbles: true }));
              press("1", "Digit1");
              press("Enter", "Enter");
              const isThere = () => {
                const title = heading.textContent.replace(/ of .*/, "");
                return heading.textContent !== before && document.querySelector(".frames .shown")?.title === title;
              };
              while (!isThere()) await new Promise((resolve) => setTimeout(resolve));
              await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
              return (performance.now() - begun) / 1000;
            }"""
        )
    )


def measure(root: Path) -> tuple[float, list[float]]:
    """Return the seconds until the page shows an answer, and those from each key to the next answer."""
    from playwright.sync_api import sync_playwright

    command: list[str | Path] = [
        Path(sys.executable).with_name("sheetgrader"),
        "--course",
        root,
        "mark",
        "sheet",
        "--as",
        "ada",
    ]
    with subprocess.Popen([*command, "--port", "0", "--no-browser"], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        address = next(found[1] for line in server.stdout if (found := re.search(r"Open: (\S+)", line)))
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
                page = browser.new_page(viewport={"width": 1280, "height": 800})
                page.goto(address)
                page.wait_for_selector(".frames .shown")
                # As the next tutor of the same course finds it.
                begun = time.perf_counter()
                page.goto("about:blank")
                page.goto(address)
                page.wait_for_selector(".frames .shown")
                opened = time.perf_counter() - begun
                waits = []
                for _ in range(_MARKED):
                    waits.append(_seconds_to_next(page))
                    # A tutor reads meanwhile.
                    page.wait_for_timeout(300)
                browser.close()
        finally:
            server.terminate()
    return opened, waits


def measure_formgrader(root: Path) -> list[float]:
    """Return the seconds until each of the same answers can be marked in nbgrader's formgrader."""
    from playwright.sync_api import sync_playwright

    course = Course.load(root)
    with Gradebook(course.db_url) as gradebook:
        answers = [notebook.id for notebook in gradebook.notebook_submissions("sheet", "sheet")][:_MARKED]
    settings = {"ServerApp": {"jpserver_extensions": {"nbgrader.server_extensions.formgrader": True}}}
    (root / "jupyter_server_config.json").write_text(json.dumps(settings))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folders = {f"JUPYTER_{kind}_DIR": str(root) for kind in ("CONFIG", "RUNTIME", "DATA")}
    command = [sys.executable, "-m", "jupyter", "server", "--no-browser", "--allow-root", f"--port={port}"]
    with subprocess.Popen(
        [*command, "--IdentityProvider.token="],
        cwd=root,
        env={**os.environ, **folders},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for_server(f"{address}/api")
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
                page = browser.new_page(viewport={"width": 1280, "height": 800})
                waits = []
                for answer in answers:
                    begun = time.perf_counter()
                    page.goto(f"{address}/formgrader/submissions/{answer}/", wait_until="commit")
                    # It knows the points.
                    page.wait_for_selector("input.extra-credit[placeholder]", state="attached", timeout=60_000)
                    waits.append(time.perf_counter() - begun)
                browser.close()
        finally:
            server.terminate()
    return waits


def _wait_for_server(address: str) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(address, timeout=5).close()  # noqa: S310 # our own server
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise TimeoutError(address)


def main() -> None:
    """Measure, and say it."""
    groups = int(sys.argv[1]) if len(sys.argv) > 1 else 120
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "course"
        _graded_class(root, groups)
        opened, waits = measure(root)
        formgrader = measure_formgrader(root)
    slowest = sorted(waits)[int(len(waits) * 0.95)]
    print(
        f"{groups} groups: the page opens in {opened:.2f} s; from a key to the next answer"
        f" {1000 * statistics.median(waits):.0f} ms, 95 of 100 within {1000 * slowest:.0f} ms"
    )
    median = statistics.median(formgrader)
    print(
        f"the same {len(formgrader)} answers in the formgrader: {median:.2f} s each,"
        f" {median / statistics.median(waits):.0f} times as long"
    )


if __name__ == "__main__":
    main()
