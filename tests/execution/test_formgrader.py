"""nbgrader's own formgrader in a real browser: it opens every odd submission, and points can be given for it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import websocket

from sheetgrader.execution.class_grading import ClassGrading, GradeOptions
from sheetgrader.kernels.launcher import Zygote

if TYPE_CHECKING:
    from tests.conftest import CourseBuilder

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; on Debian: apt-get install chromium"),
]

_TEAM = "TEAM = [{'name': 'Ada Lovelace', 'student_id': '1'}, {'name': 'Alan Turing', 'student_id': '2'}]"
_SECONDS = 60


def _submissions(builder: CourseBuilder) -> None:
    """Hand in what is odd, each as a group of its own."""

    def cells(answer: str = "def f():\n    return 1", text: str = "Because.") -> list[Any]:
        return [
            builder.answer("team", _TEAM),
            builder.answer("ex1_code", answer),
            builder.tests("ex1_test"),
            builder.answer("ex2_text", text, points=2.0, markdown=True),
            builder.task("ex3", "Draw.", points=3.0),
        ]

    builder.source(*cells("### BEGIN SOLUTION\ndef f():\n    return 1\n### END SOLUTION"))
    builder.write(
        "grader_tests/sheet/test_ex1.py",
        "from sheetgrader import assert_close, criterion\n\n@criterion('ex1', hint='One.')\ndef test_one(student):\n"
        '    """f() is 1."""\n    assert_close(student.f(), 1)\n',
    )
    builder.submit("good", *cells())
    builder.submit("wrong", *cells("def f():\n    return 2"))
    builder.submit("no_picture", *cells(text="![plot](attachment:gone.png)"))
    builder.submit("no_text", *cells()[:3])
    builder.submit("nothing", builder.plain("1"))
    for group, content in {"damaged": b"{", "empty": b""}.items():
        builder.write(f"submitted/{group}/sheet/sheet.ipynb", content)
    builder.write("submitted/no_notebook/sheet/sheet.pdf", b"%PDF")
    stray = builder.answer("old_code", "y = 1")
    builder.submit("stray", *cells()[:2], stray, *cells()[2:])


GROUPS = ("good", "wrong", "no_picture", "no_text", "nothing", "damaged", "empty", "no_notebook", "stray")


@pytest.fixture
def formgrader(builder: CourseBuilder, zygote: Zygote, tmp_path: Path) -> Iterator[str]:
    """The address of a formgrader on the graded course."""
    _submissions(builder)
    ClassGrading(builder.load().sheet("sheet"), GROUPS, zygote, GradeOptions(2)).report()
    config = tmp_path / "jupyter"
    config.mkdir()
    settings = {"ServerApp": {"jpserver_extensions": {"nbgrader.server_extensions.formgrader": True}}}
    Path(config, "jupyter_server_config.json").write_text(json.dumps(settings))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folders = {f"JUPYTER_{kind}_DIR": str(config) for kind in ("CONFIG", "RUNTIME", "DATA")}
    command = [sys.executable, "-m", "jupyter", "server", "--no-browser", "--allow-root", f"--port={port}"]
    with subprocess.Popen(
        [*command, "--IdentityProvider.token=", "--ServerApp.disable_check_xsrf=True"],
        cwd=builder.root,
        env={**os.environ, **folders},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(lambda: _read(f"{address}/api"))
            yield f"{address}/formgrader"
        finally:
            server.terminate()


class _Browser:
    """One page of a Chromium that is told what to do."""

    def __init__(self, debugger: str) -> None:
        self._socket = websocket.create_connection(debugger, timeout=_SECONDS)
        self._number = 0

    def close(self) -> None:
        self._socket.close()

    def open(self, address: str) -> None:
        self._ask("Page.navigate", url=address)
        _wait_for(lambda: self.value("document.readyState == 'complete'"))

    def value(self, script: str) -> Any:
        return self._ask("Runtime.evaluate", expression=script, returnByValue=True)["result"].get("value")

    def _ask(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get("id") == self._number:
                return answer["result"]


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[_Browser]:
    profile = tmp_path / "profile"
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"]
    with subprocess.Popen(
        [*command, "--remote-allow-origins=*", f"--user-data-dir={profile}", "about:blank"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as chromium:
        try:
            port = _wait_for(lambda: (profile / "DevToolsActivePort").read_text().splitlines()[0])
            pages = json.loads(_wait_for(lambda: _read(f"http://127.0.0.1:{port}/json")))
            page = _Browser(next(page for page in pages if page["type"] == "page")["webSocketDebuggerUrl"])
            yield page
            page.close()
        finally:
            chromium.terminate()


def _read(address: str) -> bytes:
    with urllib.request.urlopen(address) as reply:  # noqa: S310 # the address is this test's own
        content: bytes = reply.read()
        return content


def _wait_for(look: Callable[[], Any]) -> Any:
    end = time.monotonic() + _SECONDS
    while True:
        try:
            if found := look():
                return found
        except (OSError, IndexError):
            pass
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)


def _has(submissions: Callable[[], dict[str, Any]], group: str, score: str, points: float) -> bool:
    return bool(submissions()[group][score] == points)


def test_every_odd_submission_opens_and_can_be_marked(formgrader: str, browser: _Browser) -> None:
    def submissions() -> dict[str, Any]:
        return {
            each["student"]: each for each in json.loads(_read(f"{formgrader}/api/submitted_notebooks/sheet/sheet"))
        }

    # The formgrader says what is left empty once it knows the points.
    boxes = "document.querySelectorAll('input.extra-credit[placeholder]').length"
    assert set(submissions()) == set(GROUPS)
    for group, submission in submissions().items():
        browser.open(f"{formgrader}/submissions/{submission['id']}/")
        _wait_for(lambda: browser.value(boxes) == 3)
        assert "<small>" not in browser.value("document.body.innerText"), group
        # As if each were typed: the box of the text, and that of the task.
        for box, points in ((1, 1.5), (2, 2.5)):
            browser.value(f"$('input.score').eq({box}).val({points}).trigger('change')")
        for score, points in (("written_score", 1.5), ("task_score", 2.5)):
            _wait_for(partial(_has, submissions, group, score, points))
    names = {group: (each["first_name"], each["last_name"]) for group, each in submissions().items()}
    assert names["good"] == names["stray"] == ("Ada / Alan", "Lovelace / Turing")
    assert names["damaged"] == (None, None)
    assert submissions()["good"]["score"] == 5.0


def test_the_reason_of_a_verdict_is_read_without_tags(formgrader: str, browser: _Browser) -> None:
    (wrong,) = [
        each
        for each in json.loads(_read(f"{formgrader}/api/submitted_notebooks/sheet/sheet"))
        if each["student"] == "wrong"
    ]
    browser.open(f"{formgrader}/submissions/{wrong['id']}/")
    text = browser.value("document.body.innerText")
    assert "✗ f() is 1." in text
    assert "Hint: One." in text
    assert "<" not in text.partition("✗ f() is 1.")[2].partition("Hint: One.")[0]
