"""How pages are put together: templates in which everything is escaped and what is missing is a mistake, and digests by
which a page names what may style it or run on it.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

import jinja2


def environment(templates: Path) -> jinja2.Environment:
    """Return what fills the templates of a folder."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates),
        autoescape=True,
        auto_reload=False,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def fingerprint(text: str) -> str:
    """Return the digest by which a Content-Security-Policy names a style or a script."""
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
