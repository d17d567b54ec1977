"""Which answers stand together."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sheetgrader.marking.grouping import EMPTY, Wording, text_groups, wording

WORDS = [f"word{number}" for number in range(300)]


def text(source: str, **more: Any) -> Wording:
    return wording([{"cell_type": "markdown", "source": source, **more}], "", is_text=True)


def code(source: str) -> Wording:
    return wording([{"cell_type": "code", "source": source}], "", is_text=False)


def are_together(*found: Wording) -> bool:
    return len(set(text_groups(found).values())) == 1


def test_two_other_words_in_a_hundred_are_near_and_ten_are_not() -> None:
    words = random.Random(1).choices(WORDS, k=100)  # noqa: S311 # always the same
    near = [*words[:40], "other", *words[41:]]
    far = [word if position % 10 else "other" for position, word in enumerate(words)]
    assert are_together(text(" ".join(words)), text(" ".join(near)))
    assert not are_together(text(" ".join(words)), text(" ".join(far)))


def test_in_a_short_text_a_sign_makes_another_answer() -> None:
    assert not are_together(text("It is $x = 1$ since f is odd."), text("It is $x = -1$ since f is odd."))
    assert are_together(text("It  is\n so."), text("It is so."))


def test_attachments_are_part_of_an_answer() -> None:
    one, other = ({"a.png": {"image/png": content}} for content in ("AAAA", "BBBB"))
    assert not are_together(text("See:", attachments=one), text("See:", attachments=other))
    assert not text("", attachments=one).is_empty


def test_in_code_the_indentation_counts() -> None:
    assert code("if x:\n    y = 1  \n\n").digest == code("if x:\n    y = 1").digest
    assert code("if x:\n    y = 1\nz").digest != code("if x:\n    y = 1\n    z").digest


def test_blank_answers_and_the_skeleton_are_empty() -> None:
    skeleton = text("YOUR ANSWER HERE").digest
    for source in ("", " \n", "YOUR  ANSWER HERE\n"):
        found = wording([{"cell_type": "markdown", "source": source}], skeleton, is_text=True)
        assert found.is_empty
        assert text_groups([found]) == {found.digest: EMPTY}
    assert wording([], skeleton, is_text=True).is_empty


@given(sources=st.lists(st.text(alphabet="ab \n", max_size=12), max_size=12), seed=st.randoms(use_true_random=False))
def test_groups_do_not_depend_on_the_order_and_hold_equal_texts(sources: list[str], seed: random.Random) -> None:
    found = [text(source) for source in sources]
    groups = text_groups(found)
    shuffled = list(found)
    seed.shuffle(shuffled)
    assert text_groups(shuffled) == groups
    for source, one in zip(sources, found, strict=True):
        for other, another in zip(sources, found, strict=True):
            if source.split() == other.split():
                assert groups[one.digest] == groups[another.digest]
