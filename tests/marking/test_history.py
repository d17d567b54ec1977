"""What was given one after another, and taken back: without a course."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sheetgrader.marking.history import History, histories
from sheetgrader.store.decisions import AnyDecision, HandedOver, Marked, SecondLook, Unmarked

BEGUN = datetime(2024, 1, 10, 12, tzinfo=UTC)
STEPS = st.lists(st.sampled_from(["give", "undo", "comment", "look", "clear"]), max_size=20)


def play(steps: list[str]) -> tuple[list[AnyDecision], list[Marked | Unmarked | None]]:
    """Return the lines that steps write, and what counts after each by a stack of what was there before."""
    lines: list[AnyDecision] = []
    expected: list[Marked | Unmarked | None] = []
    stack: list[Marked | Unmarked | None] = [None]
    for number, step in enumerate(steps):
        about: dict[str, Any] = {"by": "a", "when": BEGUN + timedelta(seconds=number), "notebook": "n", "grade_id": "g"}
        history = histories(lines).get(("n", "g"), History())
        if step == "give":
            given = Marked(**about, answer="d", points=float(number))
            lines.append(given)
            stack.append(given)
        elif step == "comment":
            said = Unmarked(**about, comment=f"words {number}")
            lines.append(said)
            stack.append(said)
        elif step == "clear":
            lines.append(Unmarked(**about))
            stack.append(None)
        elif step == "look":
            lines.append(SecondLook(**about))
        elif history.counts is not None:
            before = history.before
            lines.append(Unmarked(**about, back_to=before.when if before is not None else None))
            stack.pop()
        expected.append(stack[-1])
    return lines, expected


@given(steps=STEPS)
def test_taking_back_goes_to_what_was_before(steps: list[str]) -> None:
    lines, expected = play(steps)
    assert [
        histories(play(steps[: end + 1])[0]).get(("n", "g"), History()).counts for end in range(len(steps))
    ] == expected
    # Of another answer nothing was said.
    assert histories(lines).keys() <= {("n", "g")}


def test_flags_are_those_that_were_decided_last() -> None:
    about: dict[str, Any] = {"by": "a", "notebook": "n", "grade_id": "g"}
    history = histories(
        [
            SecondLook(**about, when=BEGUN, why="odd"),
            HandedOver(**about, when=BEGUN, to="curie"),
            HandedOver(**about, when=BEGUN + timedelta(seconds=1), to="euler"),
        ]
    )["n", "g"]
    assert (history.is_second_look_wanted, history.handed_to, history.counts, history.last) == (
        True,
        "euler",
        None,
        None,
    )


def test_a_line_that_is_gone_is_gone_back_to_as_nothing() -> None:
    about: dict[str, Any] = {"by": "a", "notebook": "n", "grade_id": "g"}
    lines: list[AnyDecision] = [
        Marked(**about, when=BEGUN, answer="d", points=1.0),
        Unmarked(**about, when=BEGUN, back_to=BEGUN.replace(year=2000)),
    ]
    assert histories(lines)["n", "g"].counts is None
