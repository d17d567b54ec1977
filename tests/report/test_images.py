from __future__ import annotations

import base64
import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from sheetgrader.report.images import ImageError, ImageLimits, Images


def _encoded(image: Image.Image, kind: str, **options: Any) -> str:
    written = io.BytesIO()
    image.save(written, kind, **options)
    return base64.b64encode(written.getvalue()).decode()


def _decoded(address: str) -> Image.Image:
    head, _, content = address.partition(",")
    assert head in ("data:image/png;base64", "data:image/jpeg;base64")
    return Image.open(io.BytesIO(base64.b64decode(content)))


def _bomb(width: int, height: int) -> str:
    """A PNG of a few hundred bytes that unpacks to width × height pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return base64.b64encode(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    ).decode()


def test_pixels_survive_and_nothing_else() -> None:
    image = Image.new("RGB", (30, 20), (200, 30, 40))
    note = PngInfo()
    note.add_text("Comment", "<script>alert(1)</script>")
    written = _decoded(Images().embed(_encoded(image, "PNG", pnginfo=note)))
    assert (written.size, written.getpixel((3, 3))) == ((30, 20), (200, 30, 40))
    assert written.info == {}


def test_transparency_survives() -> None:
    written = _decoded(Images().embed(_encoded(Image.new("RGBA", (4, 4), (1, 2, 3, 0)), "PNG")))
    assert written.getpixel((0, 0)) == (1, 2, 3, 0)


def test_photograph_is_turned_upright_made_smaller_and_forgets_where_it_was_taken() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "maker of the camera"
    address = Images().embed(_encoded(Image.new("RGB", (4000, 1000), "white"), "JPEG", exif=exif))
    written = _decoded(address)
    assert written.size == (500, 2000)
    assert not written.getexif()
    assert b"maker" not in base64.b64decode(address.partition(",")[2])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("not base64!", "damaged"),
        (base64.b64encode(b"no image").decode(), "damaged"),
        (
            base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>").decode(),
            "damaged",
        ),
        (_encoded(Image.new("RGB", (5, 5)), "BMP"), "unknown format"),
        (_encoded(Image.new("RGB", (50, 50)), "PNG")[:80], "damaged"),
        (_bomb(100_000, 100_000), "too many pixels"),
        (_bomb(7_000, 7_000), "too many pixels"),
        (_bomb(5000, 5000), "damaged"),
        ("A" * (30 << 20), "more than 20 MiB"),
    ],
    ids=[
        "no-base64",
        "no-image",
        "svg",
        "other-format",
        "cut-off",
        "bomb",
        "smaller-bomb",
        "fewer-pixels-than-promised",
        "too-long",
    ],
)
def test_bad_images_are_refused_with_a_reason(content: str, reason: str) -> None:
    with pytest.raises(ImageError, match=reason):
        Images().embed(content)


def test_a_page_holds_only_so_much() -> None:
    small = _encoded(Image.new("RGB", (10, 10)), "PNG")
    images = Images(ImageLimits(page_bytes=len(base64.b64decode(small)) * 3 // 2))
    images.embed(small)
    with pytest.raises(ImageError, match="together"):
        images.embed(small)


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/pixel.png",
        "file:///etc/passwd",
        "pixel.png",
        "data:text/html;base64,AAAA",
        "javascript:alert(1)",
        "",
    ],
)
def test_only_images_inside_the_notebook_are_embedded(address: str) -> None:
    with pytest.raises(ImageError, match="not part of the notebook"):
        Images().embed_address(address)


def test_data_address_is_embedded() -> None:
    content = _encoded(Image.new("RGB", (10, 10)), "PNG")
    assert _decoded(Images().embed_address(f"data:image/png;base64,{content}")).size == (10, 10)
