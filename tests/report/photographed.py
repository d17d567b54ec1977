"""Pages as people hand them in: written with a pen or a pencil, in any light, scanned or photographed."""

from __future__ import annotations

import io
import random

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

#: A4 at 150 dots an inch.
_SIZE = (1240, 1754)


def written(ink: int = 40, paper: int = 245, width: int = 3, lines: int = 24) -> Image.Image:
    """Return lines of strokes as large as letters of 2.5 mm."""
    page = Image.new("L", _SIZE, paper)
    draw = ImageDraw.Draw(page)
    chance = random.Random(3)  # noqa: S311 # the same page each time
    for line in range(lines):
        x, y = 110.0, 120 + 62 * line
        while x < _SIZE[0] - 130:
            begin = chance.uniform(0, 360)
            box = (x, y + chance.uniform(-3, 3), x + 17, y + 20)
            draw.arc(box, begin, begin + chance.uniform(150, 330), fill=ink, width=width)
            if chance.random() < 0.3:
                draw.line((x, y - 14, x + 4, y + 20), fill=ink, width=width)
            x += chance.uniform(15, 24) + (22 if chance.random() < 0.15 else 0)
    return page


def pencilled() -> Image.Image:
    """Return lines written with a hard pencil."""
    return written(ink=190, paper=240, width=2)


def blurred(page: Image.Image, radius: float) -> Image.Image:
    """Return a page out of focus."""
    return page.filter(ImageFilter.GaussianBlur(radius))


def noisy(page: Image.Image, deviation: float) -> Image.Image:
    """Return a page as a cheap camera sees it."""
    grey = _grey(page)
    return _image(grey + np.random.default_rng(1).normal(0, deviation, grey.shape))


def lit_from_one_side(page: Image.Image, least: float = 0.3) -> Image.Image:
    """Return a page whose far corner gets little light."""
    grey = _grey(page)
    across, down = np.linspace(1, least, grey.shape[1]), np.linspace(1, (1 + least) / 2, grey.shape[0])
    return _image(grey * across * down[:, np.newaxis])


def shadowed(page: Image.Image, softness: float, depth: float = 0.4) -> Image.Image:
    """Return a page with the shadow of a hand on it."""
    width, height = page.size
    light = Image.new("L", page.size, 255)
    corners = [(0, height * 0.3), (width * 0.6, height * 0.5), (width, height), (0, height)]
    ImageDraw.Draw(light).polygon(corners, fill=int(255 * depth))
    return _image(_grey(page) * _grey(blurred(light, softness)) / 255)


def on_a_desk(page: Image.Image, angle: float = 7) -> Image.Image:
    """Return a page that lies turned on a dark desk."""
    width, height = page.size
    desk = Image.new("L", (int(width * 1.25), int(height * 1.2)), 70)
    desk.paste(page.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=70))
    return desk


def packed(page: Image.Image, quality: int = 30) -> Image.Image:
    """Return a page as a messenger passes it on."""
    file = io.BytesIO()
    page.save(file, "JPEG", quality=quality)
    return Image.open(io.BytesIO(file.getvalue()))


def scaled(page: Image.Image, height: int) -> Image.Image:
    """Return a page with more or fewer pixels."""
    return page.resize((round(page.width * height / page.height), height), Image.Resampling.BICUBIC)


def _grey(page: Image.Image) -> npt.NDArray[np.float64]:
    return np.asarray(page.convert("L"), dtype=np.float64)


def _image(grey: npt.NDArray[np.float64]) -> Image.Image:
    return Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8))
