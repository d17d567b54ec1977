from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sheetgrader.sandbox import landlock

needs_landlock = pytest.mark.skipif(landlock.version() == 0, reason="this kernel has no Landlock")

_RESTRICTED = """
import os, socket, signal, sys
from pathlib import Path
from sheetgrader.sandbox import landlock, syscalls
readable, writable = Path(sys.argv[1]), Path(sys.argv[2])
def refusal(attempt):
    try: attempt()
    except OSError as error: return type(error).__name__
syscalls.process_control(syscalls.PR_SET_NO_NEW_PRIVS, 1)
landlock.restrict([str(readable), "/not/there", str(readable / "file")], [str(writable)], ["/dev/null"])
"""

RunPython = Callable[..., str]


@pytest.mark.parametrize(
    ("version", "rights"),
    [
        (1, (1 << 13) - 1),
        (2, (1 << 14) - 1),
        (3, (1 << 15) - 1),
        (4, (1 << 15) - 1),
        (5, (1 << 16) - 1),
        (9, (1 << 16) - 1),
    ],
)
def test_each_version_knows_its_rights(version: int, rights: int) -> None:
    assert landlock.known_rights(version) == rights


@needs_landlock
def test_what_is_allowed_works_and_the_rest_is_refused(run_python: RunPython, tmp_path: Path) -> None:
    readable, writable, other = (tmp_path / name for name in ("readable", "writable", "other"))
    for folder in (readable, writable, other):
        folder.mkdir()
        (folder / "file").write_text("text")
    printed = run_python(
        _RESTRICTED
        + "other = Path(sys.argv[3])\nprint([refusal(attempt) for attempt in (\n    (readable / 'file').read_text,"
        " lambda: os.listdir(readable), (writable / 'file').read_text,\n    lambda: (writable /"
        " 'new').write_text('x'), (writable / 'folder').mkdir, lambda: open('/dev/null',"
        " 'w').close())])\nprint([refusal(attempt) for attempt in (\n    lambda: (readable / 'file').write_text('x'),"
        " (readable / 'folder').mkdir, (other / 'file').read_text, lambda: os.listdir(other),\n    lambda:"
        " os.listdir('/'), lambda: open('/dev/zero').close(), lambda: os.truncate(readable / 'file', 0))])",
        str(readable),
        str(writable),
        str(other),
    )
    allowed, refused = printed.splitlines()
    assert allowed == repr([None] * 6)
    assert refused == repr(["PermissionError"] * 7)


@needs_landlock
@pytest.mark.skipif(landlock.version() < 6, reason="this kernel's Landlock knows no scopes")
def test_signals_and_abstract_sockets_stay_inside(run_python: RunPython, tmp_path: Path) -> None:
    printed = run_python(
        "import socket, subprocess, sys\nserver ="
        f" socket.socket(socket.AF_UNIX)\nserver.bind('\\0outside')\nserver.listen()\ninside = {_RESTRICTED!r} +"
        " '''\nwith socket.socket(socket.AF_UNIX) as client: print(refusal(lambda:"
        " client.connect('\\\\0outside')))\nprint(refusal(lambda: os.kill(os.getppid(), 0)), refusal(lambda:"
        " os.kill(os.getpid(), 0)))'''\nprint(subprocess.run([sys.executable, '-c', inside, *sys.argv[1:]],"
        " capture_output=True, text=True, check=True).stdout)",
        sys.prefix,
        str(tmp_path),
    )
    assert printed.split() == ["PermissionError", "PermissionError", "None"]
