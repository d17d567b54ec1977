from __future__ import annotations

import datetime

from sheetgrader.store.decisions import Answered, AnyDecision, Objected
from sheetgrader.store.objections import Exchange, exchanges

THEN = datetime.datetime(2024, 1, 10, tzinfo=datetime.UTC)


def test_an_answer_answers_whatever_was_said_about_the_line_until_then() -> None:
    decisions: list[AnyDecision] = [
        Objected(by="kurt", when=THEN, why="It is right.", line="ex1-1"),
        Objected(by="kurt", when=THEN, why="It really is.", line="ex1-1"),
        Answered(by="ada", when=THEN, why="It is not.", line="ex1-1"),
        Objected(by="kurt", when=THEN, why="Look again.", line="ex1-1"),
        Answered(by="ada", when=THEN, why="Nobody asked.", line="ex1-2"),
    ]
    assert exchanges(decisions) == {
        "ex1-1": (
            Exchange(words="It is right.", answer="It is not."),
            Exchange(words="It really is.", answer="It is not."),
            Exchange(words="Look again."),
        )
    }
