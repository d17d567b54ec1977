"""Students' images, decoded and encoded again so that nothing but pixels reaches a page."""

from __future__ import annotations

import base64
import binascii
import io
import re
import warnings
from dataclasses import dataclass, field
from typing import Final

from PIL import Image, ImageOps

from sheetgrader.errors import SheetgraderError

#: Formats whose decoders are worth trusting with hostile bytes; SVG is a program and not among them.
_FORMATS: Final = ("PNG", "JPEG", "GIF", "WEBP")
_DATA_ADDRESS: Final = re.compile(r"data:image/[\w.+-]{1,40}(?:;[\w=.-]{1,40})*;base64,", re.IGNORECASE)
_JPEG_QUALITY: Final = 85
#: What every image counts for: opening one takes its time.
_FEWEST_PIXELS: Final = 100_000


class ImageError(SheetgraderError):
    """An image that a page cannot show; the text says why, as the end of a sentence."""


@dataclass(frozen=True)
class ImageLimits:
    """What images one page may hold."""

    #: One image as it was handed in.
    file_bytes: int = 20 << 20
    #: One image once it is unpacked.
    pixels: int = 40_000_000
    #: All images of a page, as they are unpacked.
    page_pixels: int = 200_000_000
    #: Larger images are made smaller until neither side is longer, in pixels.
    longest_side: int = 2000
    #: Small images are written as WebP of this quality; None for as they were, photographs or not.
    quality: int | None = None
    #: All images of a page together, as they are written.
    page_bytes: int = 24 << 20


def get_ready() -> None:
    """Load what reads and writes images, with one of our own: a process that makes pages does so once, before any."""
    own = io.BytesIO()
    Image.new("RGB", (2, 2)).save(own, "PNG")
    for quality in (None, 50):
        Images(ImageLimits(quality=quality)).embed(base64.b64encode(own.getvalue()).decode("ascii"))


@dataclass
class Images:
    """The images of one page."""

    limits: ImageLimits = field(default_factory=ImageLimits)
    #: What the addresses of all of them take.
    characters: int = field(default=0, init=False)
    _bytes: int = field(default=0, init=False)
    _pixels: int = field(default=0, init=False)

    def embed(self, content: str) -> str:
        """Return the image in ``content``, base64 as notebooks keep it, as the address of an ``<img>``:
        ``data:image/png;base64,…``.

        Raises:
            ImageError: it is no image, of another format, or over a limit.
        """
        if len(content) > self.limits.file_bytes * 4 // 3 + 4:
            raise ImageError(f"it has more than {self.limits.file_bytes >> 20} MiB")
        try:
            encoded = base64.b64decode("".join(content.split()), validate=True)
        except (binascii.Error, ValueError):
            raise ImageError("it is damaged") from None
        kind, written = self._encode_again(encoded)
        self._bytes += len(written)
        if self._bytes > self.limits.page_bytes:
            raise ImageError(f"the images of a page may have {self.limits.page_bytes >> 20} MiB together")
        address = f"data:image/{kind};base64,{base64.b64encode(written).decode('ascii')}"
        self.characters += len(address)
        return address

    def embed_address(self, address: str) -> str:
        """Return the image at a ``data:`` address, encoded again.

        Raises:
            ImageError: as :meth:`embed`; or the address leads elsewhere, which a page that is complete in itself cannot
                follow.
        """
        match = _DATA_ADDRESS.match(address)
        if match is None:
            raise ImageError("it is not part of the notebook")
        return self.embed(address[match.end() :])

    def _encode_again(self, encoded: bytes) -> tuple[str, bytes]:
        try:
            with warnings.catch_warnings():
                # Pillow warns of images that unpack to very much; the limit here is lower, and checked before anything
                # is unpacked.
                warnings.simplefilter("ignore")
                return self._decoded(encoded)
        except ImageError:
            raise
        except Image.DecompressionBombError:
            raise ImageError("it has too many pixels") from None
        except Exception:  # noqa: BLE001 # decoders answer hostile bytes with every kind of exception
            raise ImageError("it is damaged or of an unknown format") from None

    def _decoded(self, encoded: bytes) -> tuple[str, bytes]:
        with Image.open(io.BytesIO(encoded), formats=_FORMATS) as image:
            if image.width * image.height > self.limits.pixels:
                raise ImageError("it has too many pixels")
            photograph = image.format == "JPEG"
            # The decoder of photographs unpacks no more than is wanted.
            smaller = max(1.0, max(image.size) / self.limits.longest_side)
            image.draft(None, (max(1, int(image.width / smaller)), max(1, int(image.height / smaller))))
            self._pixels += max(image.width * image.height, _FEWEST_PIXELS)
            if self._pixels > self.limits.page_pixels:
                raise ImageError(f"the images of a page may have {self.limits.page_pixels:,} pixels together")
            # Cameras write which way is up beside the pixels, and this does not survive.
            ImageOps.exif_transpose(image, in_place=True)
            plain = image.convert("RGBA" if image.has_transparency_data and not photograph else "RGB")
        plain.thumbnail((self.limits.longest_side, self.limits.longest_side))
        written = io.BytesIO()
        if self.limits.quality is not None:
            plain.save(written, "WEBP", quality=self.limits.quality, method=1)
            return "webp", written.getvalue()
        if photograph:
            plain.save(written, "JPEG", quality=_JPEG_QUALITY)
            return "jpeg", written.getvalue()
        if plain.mode == "RGBA" and plain.getchannel("A").getextrema() == (255, 255):
            plain = plain.convert("RGB")
        plain.save(written, "PNG")
        return "png", written.getvalue()
