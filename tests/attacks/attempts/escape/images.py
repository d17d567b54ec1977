"""Displays images that are none: decompression bombs, other formats under a false name, damaged ones.

Must not: stop the making of a page, fill memory, or pass a byte of its own to a page.
Stopped by: images are opened by few decoders, measured before they are unpacked, and encoded again.
"""

# %% ex1_code
import base64, struct, zlib
from IPython.display import display


def png(width, height, data=b""):
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(data))
        + chunk(b"IEND", b"")
    )


for content in (
    png(60_000, 60_000),
    png(10, 10),
    b"GIF89a" + b"\xff" * 50,
    b"<svg onload=alert(1)>",
    b"%!PS-Adobe\n(%pipe%id) (r) file",
    png(2_000, 2_000, bytes(3_000 * 2_000 * 2)),
):
    display({"image/png": base64.b64encode(content).decode(), "text/plain": "image"}, raw=True)
