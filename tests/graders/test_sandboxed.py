from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetgrader.graders.failures import OutOfDisk, OutOfMemory, Raised, raised
from sheetgrader.graders.sandboxed import WITHOUT_NETWORK, WantedNetwork, is_told_of


def told(source: str, error: tuple[str, str] | None = None, printed: str = "", cell: str = "cell 1") -> str:
    return WantedNetwork().by_cell(cell, source, error, [printed])


@pytest.mark.parametrize(
    ("source", "error", "printed"),
    [
        ("urlretrieve(url)", ("URLError", "<urlopen error [Errno -3] Temporary failure in name resolution>"), ""),
        ("connect()", ("OSError", "[Errno 101] Network is unreachable"), ""),
        ("from google.colab import drive", ("ModuleNotFoundError", "No module named 'google'"), ""),
        ("open(p)", ("FileNotFoundError", "[Errno 2] No such file or directory: '/content/drive/MyDrive/a.csv'"), ""),
        ("%pip install a", None, "ERROR: No matching distribution found for a"),
        ("x = 1\n  !wget -q https://example.org/a", None, ""),
        ("!git clone -q https://example.org/a", None, ""),
    ],
)
def test_whatever_wants_a_network_is_told_the_same(source: str, error: tuple[str, str] | None, printed: str) -> None:
    assert told(source, error, printed) == WITHOUT_NETWORK


@pytest.mark.parametrize(
    ("source", "error", "printed"),
    [
        ("x = 1", None, "wget is not called here"),
        ("!pip install numpy", None, "Requirement already satisfied: numpy"),
        ("# !wget a", None, ""),
        ("!git log", None, ""),
        ("1 / 0", ("ZeroDivisionError", "division by zero"), ""),
        ("import google_it", ("ModuleNotFoundError", "No module named 'google_it'"), ""),
        ("connect()", ("ConnectionRefusedError", "[Errno 111] Connection refused"), ""),
    ],
)
def test_what_wants_none_is_not_told_of_it(source: str, error: tuple[str, str] | None, printed: str) -> None:
    assert told(source, error, printed) == ""


def test_what_follows_from_a_missing_network_names_the_cell_that_asked_for_it() -> None:
    wanted = WantedNetwork()
    wanted.by_cell("cell 3", "table = read_csv(url)\nmean = table.mean()", ("URLError", "no"), [])
    follows = f"{WITHOUT_NETWORK}, which cell 3 asked for"
    assert wanted.behind("NameError", "name 'mean' is not defined") == follows
    assert wanted.behind("NameError", "`table` is not defined.") == follows
    assert wanted.behind("FileNotFoundError", "[Errno 2] No such file or directory: 'a.csv'") == follows
    assert wanted.behind("NameError", "name 'mea' is not defined") == ""
    assert wanted.behind("ValueError", "name 'mean' is not defined") == ""


def test_what_follows_leads_on() -> None:
    wanted = WantedNetwork()
    wanted.by_cell("cell 1", "data = download()", ("URLError", "no"), [])
    wanted.by_cell("cell 2", "half = data / 2", ("NameError", "name 'data' is not defined"), [])
    assert wanted.behind("NameError", "name 'half' is not defined") == f"{WITHOUT_NETWORK}, which cell 2 asked for"


@pytest.mark.parametrize(
    ("ename", "evalue", "said"),
    [
        ("OSError", "[Errno 30] Read-only file system: '/content'", "can be written to"),
        ("PermissionError", "[Errno 13] Permission denied: '../..'", "can be looked into"),
        ("OSError", "[Errno 95] Operation not supported", "network interfaces"),
    ],
)
def test_what_a_sandbox_refuses_is_told(ename: str, evalue: str, said: str) -> None:
    assert said in WantedNetwork().behind(ename, evalue)


@given(st.text())
def test_any_text_can_be_looked_at(text: str) -> None:
    clause = WITHOUT_NETWORK if is_told_of(f"NameError: {text}") else ""
    assert WantedNetwork().behind("NameError", text) == clause


@pytest.mark.parametrize(
    ("ename", "evalue", "is_disk_full", "failure"),
    [
        ("RuntimeError", "[enforce fail at inline_container.cc:664] . unexpected pos 64 vs 0", True, OutOfDisk),
        ("RuntimeError", "[enforce fail at inline_container.cc:664] . unexpected pos 64 vs 0", False, Raised),
        ("OSError", "1048576 requested and 507872 written", True, OutOfDisk),
        ("EOFError", "Ran out of input", True, OutOfDisk),
        ("EOFError", "Ran out of input", False, Raised),
        ("OperationalError", "database or disk is full", False, OutOfDisk),
        ("ZeroDivisionError", "division by zero", True, Raised),
        ("RuntimeError", "DataLoader worker (pid 7) is killed by signal: Bus error.", False, OutOfMemory),
    ],
)
def test_a_limit_is_known_by_what_libraries_say_of_it(
    ename: str, evalue: str, is_disk_full: bool, failure: type
) -> None:
    assert raised(ename, evalue, is_disk_full=is_disk_full) is failure
