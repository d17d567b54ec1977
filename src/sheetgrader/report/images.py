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


class ImageError(SheetgraderError):
    """An image that a page cannot show; the text says why, as the end of a sentence."""


@dataclass(frozen=True)
class ImageLimits:
    """What images one page may hold."""

    #: One image as it was handed in.
    file_bytes: int = 20 << 20
    #: One image once it is unpacked.
    pixels: int = 40_000_000
    #: Larger images are made smaller until neither side is longer, in pixels.
    longest_side: int = 2000
    #: All images of a page together, as they are written.
    page_bytes: int = 24 << 20


@dataclass
class Images:
    """The images of one page."""

    limits: ImageLimits = field(default_factory=ImageLimits)
    _bytes: int = field(default=0, init=False)

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
        return f"data:image/{kind};base64,{base64.b64encode(written).decode('ascii')}"

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
            # Cameras write which way is up beside the pixels, and this does not survive.
            upright = ImageOps.exif_transpose(image)
            plain = upright.convert("RGB" if photograph else "RGBA")
        plain.thumbnail((self.limits.longest_side, self.limits.longest_side))
        written = io.BytesIO()
        if photograph:
            plain.save(written, "JPEG", quality=_JPEG_QUALITY)
            return "jpeg", written.getvalue()
        if plain.getchannel("A").getextrema() == (255, 255):
            plain = plain.convert("RGB")
        plain.save(written, "PNG")
        return "png", written.getvalue()
