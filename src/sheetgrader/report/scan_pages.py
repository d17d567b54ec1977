"""Pages of a PDF as images; run where strangers' content is shown, see :mod:`sheetgrader.report.page_process`."""

from __future__ import annotations

import base64
import io
import math
import time
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt
import pypdfium2
from PIL import Image

_Plane = npt.NDArray[np.float64]

_WEBP_QUALITY: Final = 70
# The limits below were set on pages drawn as people hand them in: ink, pencil and thin pens, many lines and few, in
# even light, in a third of it at one side, under shadows with soft and hard edges, turned on a dark desk, with noise,
# packed hard, and as photographs of 12 megapixels. Letters of 2.5 mm can be read there where the measure below is
# 0.16 or more, and cannot where it is 0.13 or less; tests/report/test_scan_pages.py draws such pages. Noise hides
# that faint strokes are out of focus, and a hand that shook in one direction is not found: rather too few pages are
# remarked on than one that can be read.
#: What is measured: at this size edges mean the same on every page.
_MEASURED_SIDE: Final = 1200
#: Each part of a page is measured by itself: light and shadow change little within it, and a dark desk is elsewhere.
_TILE: Final = 48
#: Lightest and darkest of a part differ by less than this, of 255: nothing is to be seen.
_LEAST_CONTRAST: Final = 12.0
#: How steep the steepest edges of a part are, as a share of its contrast from one pixel to the next.
_LEAST_SHARPNESS: Final = 0.14
#: So much of what is written is no sharper, of a hundred; a quarter that can be read is enough.
_SHARPER_THAN: Final = 75
#: An image that fills its page and is no longer than this has less than three pixels for an index of 1.3 mm: A4 at 60
#: dots an inch.
_LEAST_PIXELS: Final = 700


class ScanLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a PDF is shown."""

    file_bytes: int = 50 << 20
    pages: int = 20
    #: Of a page, in pixels.
    longest_side: int = 1400
    #: All pages together, as they are written.
    page_bytes: int = 2_000_000
    #: Of the processor; what is not drawn then is left out.
    seconds: float = 12.0


class ScanContent(msgspec.Struct, frozen=True, kw_only=True):
    """A PDF, and how much of it is wanted."""

    content: bytes
    limits: ScanLimits = ScanLimits()


class DrawnScan(msgspec.Struct, frozen=True, kw_only=True):
    """What could be drawn of a PDF."""

    #: Addresses of images: ``data:image/webp;base64,…``.
    pages: tuple[str, ...] = ()
    #: How many it has.
    count: int = 0
    #: Why not all of it is there, or not even one page, as the end of a sentence; empty where all is.
    why: str = ""
    #: Pages, from 1 on, on which nothing is to be seen, that are out of focus, that have too few pixels.
    blank: tuple[int, ...] = ()
    blurred: tuple[int, ...] = ()
    coarse: tuple[int, ...] = ()


def make(content: bytes) -> bytes:
    """Return an encoded :class:`DrawnScan` of an encoded :class:`ScanContent`."""
    return msgspec.msgpack.encode(drawn_scan(msgspec.msgpack.decode(content, type=ScanContent)))


def drawn_scan(scan: ScanContent) -> DrawnScan:
    """Return a PDF's pages, as many as its limits allow."""
    try:
        pdf = pypdfium2.PdfDocument(scan.content)
        count = len(pdf)
    except pypdfium2.PdfiumError as error:
        return DrawnScan(why="it is locked with a password" if "assword" in str(error) else "it is damaged, or no PDF")
    if not count:
        return DrawnScan(why="it has no pages")
    until = time.process_time() + scan.limits.seconds
    pages: list[str] = []
    marks: dict[str, list[int]] = {"blank": [], "blurred": [], "coarse": []}
    written, why = 0, ""
    for number in range(1, min(count, scan.limits.pages) + 1):
        if pages and time.process_time() > until:
            why = f"drawing it takes more than {scan.limits.seconds:g} seconds"
            break
        try:
            page = pdf[number - 1]
            image = _image(page, scan.limits.longest_side)
            kind = "coarse" if _is_coarse(page) else quality(image)
        except (pypdfium2.PdfiumError, ValueError, OSError):
            why = f"page {number} is damaged"
            continue
        encoded = _encoded(image)
        written += len(encoded)
        if written > scan.limits.page_bytes:
            why = f"its pages may have {scan.limits.page_bytes / 1e6:g} MB together"
            break
        pages.append(encoded)
        if kind:
            marks[kind].append(number)
    if not why and count > scan.limits.pages:
        why = f"{scan.limits.pages} pages are shown at most"
    return DrawnScan(
        pages=tuple(pages), count=count, why=why, **{kind: tuple(numbers) for kind, numbers in marks.items()}
    )


def quality(image: Image.Image) -> str:
    """Return what is wrong with a page as it can be seen: ``blank``, ``blurred``, or nothing."""
    grey = image.convert("L")
    grey.thumbnail((_MEASURED_SIDE, _MEASURED_SIDE))
    found = sharpness(np.asarray(grey, dtype=np.float64))
    return "blank" if found is None else "blurred" if found < _LEAST_SHARPNESS else ""


def sharpness(lightness: _Plane) -> float | None:
    """Return how sharp what is written on a page is: the steepest edges of its parts, as shares of their contrast.

    Args:
        lightness: of the page's pixels, from 0 to 255.

    Returns:
        None where nothing is to be seen.
    """
    side = min(_TILE, *lightness.shape)
    if side < 2:
        return None
    smooth = _smoothed(lightness)
    dark, light = np.percentile(_tiles(smooth, side), (1, 99), axis=1)
    contrast = light - dark
    is_written = contrast >= _LEAST_CONTRAST
    if not is_written.any():
        return None
    steepest = [
        np.percentile(_tiles(np.abs(np.diff(smooth, axis=axis, prepend=smooth.take([0], axis))), side), 99, axis=1)
        for axis in (0, 1)
    ]
    return float(np.percentile(np.maximum(*steepest)[is_written] / contrast[is_written], _SHARPER_THAN))


def _smoothed(lightness: _Plane) -> _Plane:
    """Return a page with less noise: each pixel as the mean of those around it, itself most."""
    for axis in (0, 1):
        for _ in range(2):
            around = np.concatenate([lightness.take([0], axis), lightness, lightness.take([-1], axis)], axis=axis)
            count = lightness.shape[axis]
            before, after = around.take(range(count), axis), around.take(range(2, count + 2), axis)
            lightness = lightness / 2 + (before + after) / 4
    return lightness


def _tiles(plane: _Plane, side: int) -> _Plane:
    """Return the square parts of a page, the pixels of each in one row."""
    rows, columns = (length // side for length in plane.shape)
    whole = plane[: rows * side, : columns * side]
    return whole.reshape(rows, side, columns, side).swapaxes(1, 2).reshape(rows * columns, side * side)


def _image(page: Any, longest_side: int) -> Image.Image:
    width, height = page.get_size()
    if not (math.isfinite(width) and math.isfinite(height) and width > 0 and height > 0):
        raise ValueError("the page has no size")
    bitmap = page.render(scale=longest_side / max(width, height), may_draw_forms=False)
    image: Image.Image = bitmap.to_pil().convert("RGB")
    return image


def _is_coarse(page: Any) -> bool:
    """Say whether a page is one photograph with few pixels."""
    images = list(page.get_objects(filter=(pypdfium2.raw.FPDF_PAGEOBJ_IMAGE,), max_depth=3))
    if len(images) != 1 or next(page.get_objects(filter=(pypdfium2.raw.FPDF_PAGEOBJ_TEXT,)), None) is not None:
        return False
    left, bottom, right, top = images[0].get_bounds()
    width, height = page.get_size()
    fills = (right - left) * (top - bottom) > width * height / 2
    return bool(fills and max(images[0].get_px_size()) < _LEAST_PIXELS)


def _encoded(image: Image.Image) -> str:
    written = io.BytesIO()
    image.save(written, "WEBP", quality=_WEBP_QUALITY)
    return f"data:image/webp;base64,{base64.b64encode(written.getvalue()).decode('ascii')}"
