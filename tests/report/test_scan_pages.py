"""What can be read of a page is not remarked on, and what cannot is: the limits, on pages as people hand them in."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
from PIL import Image

from sheetgrader.report.scan_pages import quality

from .photographed import (
    blurred,
    lit_from_one_side,
    noisy,
    on_a_desk,
    packed,
    pencilled,
    scaled,
    shadowed,
    written,
)

_PENS: dict[str, Callable[[], Image.Image]] = {
    "ink": cache(written),
    "pencil": cache(pencilled),
    "few": cache(lambda: written(lines=3)),
}
_READABLE: dict[str, Callable[[Image.Image], Image.Image]] = {
    "as it is": lambda page: page,
    "a little out of focus": lambda page: blurred(page, 3),
    "noise": lambda page: noisy(blurred(page, 2), 8),
    "light": lambda page: noisy(lit_from_one_side(blurred(page, 1)), 4),
    "soft shadow": lambda page: shadowed(blurred(page, 1.5), 40),
    "hard shadow": lambda page: shadowed(page, 1),
    "desk": lambda page: noisy(blurred(on_a_desk(page), 1.5), 5),
    "messenger": packed,
    "few pixels": lambda page: scaled(scaled(page, 700), 1400),
    "photograph": lambda page: blurred(scaled(page, 4100), 6),
}
_UNREADABLE: dict[str, Callable[[Image.Image], Image.Image]] = {
    "out of focus": lambda page: blurred(page, 8),
    "light": lambda page: lit_from_one_side(blurred(page, 8)),
    "desk": lambda page: blurred(on_a_desk(page), 9),
    "messenger": lambda page: packed(blurred(page, 9)),
    "photograph": lambda page: blurred(scaled(page, 4100), 20),
}


@pytest.mark.parametrize("pen", _PENS)
@pytest.mark.parametrize("how", _READABLE)
def test_what_can_be_read_is_not_remarked_on(pen: str, how: str) -> None:
    assert quality(_READABLE[how](_PENS[pen]())) == ""


@pytest.mark.parametrize("pen", ["ink", "few"])
@pytest.mark.parametrize("how", _UNREADABLE)
def test_what_cannot_be_read_is(pen: str, how: str) -> None:
    assert quality(_UNREADABLE[how](_PENS[pen]())) == "blurred"


@pytest.mark.parametrize("how", ["out of focus", "light"])
def test_so_is_a_faint_pencil(how: str) -> None:
    assert quality(_UNREADABLE[how](_PENS["pencil"]())) in ("blurred", "blank")


def test_noise_does_not_hide_that_ink_is_out_of_focus() -> None:
    assert quality(noisy(blurred(written(), 6), 8)) == "blurred"


def test_nothing_on_a_page_is_nothing_in_any_light() -> None:
    empty = Image.new("L", (1240, 1754), 240)
    assert [quality(page) for page in (empty, lit_from_one_side(empty), noisy(empty, 4))] == ["blank"] * 3


@pytest.mark.parametrize("size", [(1, 1), (3000, 2), (1, 900), (40, 40)])
def test_a_page_of_any_size_is_looked_at(size: tuple[int, int]) -> None:
    assert quality(Image.new("L", size, 200)) == "blank"
