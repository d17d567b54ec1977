from __future__ import annotations

import json

import pytest

from sheetgrader.commands.output import Output
from sheetgrader.report.words import counted, listed


def test_terminals_are_not_at_the_mercy_of_names(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output()
    output.say("group \x1b]0;owned\x07\x1b[2J[bold]x[/bold] :smile:")
    output.table(("group",), [("\x1b[31mred[/]",)])
    output.warn("\x1b[2Jw")
    told = capsys.readouterr()
    assert "\x1b" not in told.out + told.err
    assert "group [bold]x[/bold] :smile:" in told.out
    assert "red[/]" in told.out


def test_programs_get_one_document_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output(json=True)
    output.say("for people")
    output.table(("a",), [("b",)])
    output.document({"a": 1})
    assert json.loads(capsys.readouterr().out) == {"a": 1}


def test_people_get_no_document(capsys: pytest.CaptureFixture[str]) -> None:
    Output().document({"a": 1})
    assert capsys.readouterr().out == ""


def test_progress_without_a_terminal_is_quiet_while_it_is_fast(capsys: pytest.CaptureFixture[str]) -> None:
    with Output().progress("Grading", 3) as step:
        for _ in range(3):
            step()
    told = capsys.readouterr()
    assert told.out + told.err == ""


def test_progress_without_a_terminal_is_a_line_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr("sheetgrader.commands.output.time.monotonic", lambda: now[0])
    with Output().progress("Grading", 10) as step:
        for _ in range(10):
            now[0] += 3
            step()
    assert capsys.readouterr().err.splitlines() == [
        "Grading: 2 of 10, about 24 s left",
        "Grading: 4 of 10, about 18 s left",
        "Grading: 6 of 10, about 12 s left",
        "Grading: 8 of 10, about 6 s left",
    ]


def test_a_slow_start_is_no_estimate(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("sheetgrader.commands.output.time.monotonic", lambda: now[0])
    with Output().progress("Training", 12) as step:
        for seconds in (100, *[1] * 11):
            now[0] += seconds
            step()
    assert capsys.readouterr().err.splitlines() == [
        "Training: 1 of 12",
        "Training: 6 of 12, about 6 s left",
        "Training: 11 of 12, about 1 s left",
    ]


def test_words_for_counts_and_lists() -> None:
    assert counted(1, "group") == "1 group"
    assert counted(1200, "group") == "1,200 groups"
    assert listed(["a", "b"]) == "a, b"
    assert listed([str(number) for number in range(12)], most=3) == "0, 1, 2 and 9 more"
