"""What random inputs and false labels are drawn from: the course's secret, and what they are for.

Whoever knows one of these keys, or all that was drawn from it, knows neither the secret nor any other key.
"""

from __future__ import annotations

import hashlib
import hmac


def key_for(secret: bytes, *names: str | bytes) -> bytes:
    """Return the key of 32 bytes that follows from ``secret`` and ``names``; other names give another one."""
    mixed = hmac.new(secret, digestmod=hashlib.sha256)
    for name in names:
        content = name.encode("utf-8", "surrogatepass") if isinstance(name, str) else name
        mixed.update(len(content).to_bytes(8, "big") + content)
    return mixed.digest()


def number_for(secret: bytes, *names: str | bytes, bits: int = 128) -> int:
    """Return a number of up to ``bits`` bits that follows from ``secret`` and ``names``, to seed a generator with."""
    return int.from_bytes(key_for(secret, *names)[: bits // 8], "big")
