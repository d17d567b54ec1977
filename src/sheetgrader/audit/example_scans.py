"""Scans as groups hand them in: pages of handwriting in a PDF, one of them legible and one hardly so."""

from __future__ import annotations

import io
import time
from collections.abc import Sequence
from typing import Final

from PIL import Image, ImageDraw, ImageFilter, ImageFont

#: A page of A4 at 100 dots to the inch.
_PAGE: Final = (827, 1169)
_DOTS_PER_INCH: Final = 100
_PAPER: Final = 243
_INK: Final = 45
_MARGIN: Final = 80
_LINE: Final = 46
#: No clock has a say in what is handed in.
_WHEN: Final = time.gmtime(0)


def scan(pages: Sequence[Sequence[str]], *, legible: bool) -> bytes:
    """Return a PDF of scanned pages.

    Args:
        pages: the lines of each, as they were written by hand.
        legible: else as from a phone that was not held still.
    """
    images = [_page(lines, number, legible=legible) for number, lines in enumerate(pages, start=1)]
    written = io.BytesIO()
    images[0].save(
        written,
        "PDF",
        save_all=True,
        append_images=images[1:],
        resolution=_DOTS_PER_INCH if legible else _DOTS_PER_INCH / 3,
        quality=60,
        creationDate=_WHEN,
        modDate=_WHEN,
    )
    return written.getvalue()


def _page(lines: Sequence[str], number: int, *, legible: bool) -> Image.Image:
    page = Image.new("L", _PAGE, _PAPER)
    pen = ImageDraw.Draw(page)
    font = ImageFont.load_default(size=26)
    pen.text((_PAGE[0] - _MARGIN, _MARGIN // 2), str(number), fill=_INK, font=font)
    for place, line in enumerate(lines):
        # Nobody writes on a straight line.
        pen.text((_MARGIN + 5 * (place % 3), 2 * _MARGIN + _LINE * place + 3 * (place % 2)), line, fill=_INK, font=font)
    page = page.rotate(0.8, resample=Image.Resampling.BICUBIC, fillcolor=_PAPER - 8)
    if legible:
        return page
    small = page.filter(ImageFilter.GaussianBlur(3)).resize((_PAGE[0] // 3, _PAGE[1] // 3))
    return small.rotate(-2, fillcolor=_PAPER - 30)
