from __future__ import annotations

import pytest

from sheetgrader.errors import UsageError
from sheetgrader.execution.choosing import chosen_groups, number_of_workers


def test_all_groups_unless_some_are_named() -> None:
    assert chosen_groups((), ["a", "b"], where="here", nobody="nobody") == ["a", "b"]
    assert chosen_groups(("b", "b"), ["a", "b"], where="here", nobody="nobody") == ["b"]


@pytest.mark.parametrize(
    ("wanted", "present", "sentence"),
    [
        ((), [], "nobody has handed in"),
        (("noehter",), ["noether", "gauss"], "the group 'noehter' has nothing in here; did you mean noether?"),
        (("x",), ["noether", "gauss"], "the group 'x' has nothing in here; 2 others have"),
    ],
)
def test_group_that_is_not_there_is_told(wanted: tuple[str, ...], present: list[str], sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        chosen_groups(wanted, present, where="here", nobody="nobody has handed in")
    assert str(caught.value) == sentence


def test_workers_of_the_command_line_come_before_the_courses() -> None:
    assert number_of_workers(3, 5) == 3
    assert number_of_workers(0, 5) == 5
    assert number_of_workers(0, 0) >= 1
