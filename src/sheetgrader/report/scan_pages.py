"""Pages of a PDF as images; run where strangers' content is shown, see :mod:`sheetgrader.report.page_process`."""

from __future__ import annotations

import base64
import io
import math
import time
from typing import Any, Final

import msgspec
import numpy as np
import pypdfium2
from PIL import Image

_WEBP_QUALITY: Final = 70
#: Lightest and darkest differ by less than this, of 255: nothing is to be seen.
_LEAST_CONTRAST: Final = 12.0
#: How steep the steepest edges are, as a part of the contrast from one pixel to the next: in focus they take one or two
#: pixels, and of what takes more than a dozen nothing small can be read.
_LEAST_SHARPNESS: Final = 0.14
#: An image that fills its page and is no longer than this holds no handwriting that can be read: A4 at 80 dots an inch.
_LEAST_PIXELS: Final = 900
#: What is measured: at this size edges mean the same on every page.
_MEASURED_SIDE: Final = 1200


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
    lightness = np.asarray(grey, dtype=np.float64)
    if min(lightness.shape) < 2:
        return "blank"
    dark, light = np.percentile(lightness, (0.05, 99.95))
    contrast = float(light - dark)
    if contrast < _LEAST_CONTRAST:
        return "blank"
    across, down = np.abs(np.diff(lightness, axis=1)), np.abs(np.diff(lightness, axis=0))
    steepest = max(float(np.percentile(across, 99.95)), float(np.percentile(down, 99.95)))
    return "blurred" if steepest < _LEAST_SHARPNESS * contrast else ""


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
