"""The server of the marking page: who may come in, and what is there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.browser.conftest import marking


def _status(address: str, **options: object) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(address, **options)) as answer:  # type: ignore[arg-type] # noqa: S310
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def _parts(address: str) -> tuple[str, str]:
    split = urlsplit(address)
    return f"{split.scheme}://{split.netloc}", split.query.removeprefix("token=")


@pytest.mark.parametrize(
    "path",
    ["api", "api/kernels", "api/contents", "api/contents/x", "api/sessions", "api/kernelspecs", "api/config/x",
     "api/terminals", "terminals/1", "api/status", "api/shutdown", "files/etc/passwd", "view/etc/passwd",
     "nbconvert/html/x", "metrics", "lab", "tree", "kernelspecs/python3/logo"],
)  # fmt: skip
def test_nothing_else_is_there(server: str, path: str) -> None:
    origin, token = _parts(server)
    assert _status(f"{origin}/{path}", headers={"Authorization": f"token {token}"}) == 404


@pytest.fixture(scope="module")
def server(graded_course: Path) -> Iterator[str]:
    with marking(graded_course, "ada") as address:
        yield address


def test_strangers_stay_outside(server: str) -> None:
    origin, _ = _parts(server)
    page = f"{origin}/sheetgrader/mark/sheet"
    with urllib.request.urlopen(page) as answer:  # noqa: S310
        assert urlsplit(answer.url).path == "/login"
    assert _status(f"{page}/api/sheet", headers={"Authorization": "token wrong"}) == 403
    assert _status(f"{page}/api/sheet") == 403
    assert _status(f"{page}/api/marks", method="POST", data=b"{}") == 403


def test_another_host_is_refused(server: str) -> None:
    assert _status(server, headers={"Host": "evil.example"}) == 403


def test_writes_carry_a_token_against_forged_requests(server: str) -> None:
    origin, _ = _parts(server)
    jar = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    browser.open(server).read()
    cookies = {cookie.name: cookie.value for cookie in jar}
    body = json.dumps({"text": "Kept."}).encode()
    address = f"{origin}/sheetgrader/mark/sheet/api/comments"
    with pytest.raises(urllib.error.HTTPError, match="403"):
        browser.open(urllib.request.Request(address, data=body))  # noqa: S310
    forged = urllib.request.Request(address, data=body, headers={"X-XSRFToken": str(cookies["_xsrf"])})  # noqa: S310
    with browser.open(forged) as answer:
        assert json.load(answer)[0]["text"] == "Kept."


def test_headers_let_nothing_in(server: str) -> None:
    origin, token = _parts(server)
    with urllib.request.urlopen(server) as answer:  # noqa: S310
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    asked = urllib.request.Request(  # noqa: S310
        f"{origin}/sheetgrader/mark/sheet/api/answers?question=sheet/ex2_text",
        headers={"Authorization": f"token {token}"},
    )
    with urllib.request.urlopen(asked) as answer:  # noqa: S310
        first = json.load(answer)[0]["id"]
    asked = urllib.request.Request(  # noqa: S310
        f"{origin}/sheetgrader/mark/sheet/api/content?answer={first}", headers={"Authorization": f"token {token}"}
    )
    with urllib.request.urlopen(asked) as answer:  # noqa: S310
        assert answer.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize(
    ("what", "body", "status"),
    [
        ("marks", b"{", 400),
        ("marks", b'{"question": "sheet/ex2_text", "answers": []}', 400),
        ("second-look", b'{"question": "sheet/ex2_text", "answer": "x", "is_wanted": true}', 409),
        ("marks", b'{"question": "sheet/ex2_text", "answers": [{"id": "x", "version": ""}], "adjustment": 1e99}', 400),
        ("marks", b'{"question": "sheet/ex2_text", "answers": [{"id": "x", "version": ""}], "adjustment": NaN}', 400),
        ("preview", b'{"question": "no/such", "items": []}', 409),
        ("rubric", b'{"question": "sheet/ex2_text", "items": [], "token": "x"}', 409),
        ("nothing", b"{}", 404),
        ("marks", b"[" * 100_000, 400),
    ],
)  # fmt: skip
def test_what_cannot_be_read_gets_a_sentence(server: str, what: str, body: bytes, status: int) -> None:
    origin, token = _parts(server)
    request = urllib.request.Request(  # noqa: S310
        f"{origin}/sheetgrader/mark/sheet/api/{what}", data=body, headers={"Authorization": f"token {token}"}
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)  # noqa: S310
    assert refused.value.code == status
    assert json.load(refused.value)["message"].endswith(".")


def test_a_mark_for_an_answer_that_nobody_knows_is_refused(server: str) -> None:
    origin, token = _parts(server)
    body = b'{"question": "sheet/ex2_text", "answers": [{"id": "x", "version": ""}]}'
    request = urllib.request.Request(  # noqa: S310
        f"{origin}/sheetgrader/mark/sheet/api/marks", data=body, headers={"Authorization": f"token {token}"}
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        (became,) = json.load(answer)
    assert became["became"] == "refused"
    assert became["sentence"]


@pytest.mark.parametrize(
    "path", ["mark/%ff%fe", "mark/sheet/api/answers?question=%ff", "mark/sheet/api/content?answer=%ff"]
)
def test_addresses_that_are_no_text_lead_nowhere(server: str, path: str) -> None:
    origin, token = _parts(server)
    assert _status(f"{origin}/sheetgrader/{path}", headers={"Authorization": f"token {token}"}) in (404, 409)


def test_a_sheet_that_is_not_there_is_told(server: str) -> None:
    assert _status(server.replace("/mark/sheet", "/mark/none")) == 404


def test_other_users_of_the_machine_see_no_token(graded_course: Path, tmp_path: Path) -> None:
    told, copied = tmp_path / "told", tmp_path / "copied"
    browser = tmp_path / "browser"
    browser.write_text(
        f'#!{sys.executable}\nimport shutil, sys\nshutil.copy2(sys.argv[1].removeprefix("file://"), {str(copied)!r})\n'
        f'open({str(told)!r}, "w").write(sys.argv[1])\n'
    )
    browser.chmod(0o700)
    command: list[str | Path] = [
        Path(sys.executable).with_name("sheetgrader"),
        "--course",
        graded_course,
        "mark",
        "sheet",
        "--port",
        "0",
    ]
    environment = {**os.environ, "BROWSER": f"{browser} %s", "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        try:
            assert server.stdout is not None
            address = next(found[1] for line in server.stdout if (found := re.search(r"Open: (\S+)", line)))
            until = time.monotonic() + 60
            while not told.exists() and time.monotonic() < until:
                time.sleep(0.1)
        finally:
            server.terminate()
            server.communicate()
    _, token = _parts(address)
    argument = told.read_text()
    assert argument.startswith("file://")
    assert token not in argument
    assert address in copied.read_text()
    assert copied.stat().st_mode & 0o077 == 0
    assert not Path(argument.removeprefix("file://")).exists()


@pytest.mark.parametrize("address", ["sheet", "answers?question=sheet/ex2_text"])
def test_what_goes_wrong_with_a_group_names_it_only_where_the_server_was_started(
    course: Path, serve: Callable[..., str], address: str
) -> None:
    origin, token = _parts(serve())
    decided = course / "marking" / "sheet" / "hostile-3.jsonl"
    decided.parent.mkdir(parents=True, exist_ok=True)
    decided.write_text("{damaged\n")
    request = urllib.request.Request(  # noqa: S310
        f"{origin}/sheetgrader/mark/sheet/api/{address}", headers={"Authorization": f"token {token}"}
    )
    with pytest.raises(urllib.error.HTTPError) as refused, urllib.request.urlopen(request):  # noqa: S310
        pass
    message = json.loads(refused.value.read())["message"]
    assert "GROUP.jsonl, line 1 is no decision" in message
    assert "hostile-3" not in message
