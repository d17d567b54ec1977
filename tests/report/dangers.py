"""What no page of ours may hold."""

from __future__ import annotations

import html.parser
import re

_ACTING_TAGS = {
    "script",
    "iframe",
    "object",
    "embed",
    "form",
    "input",
    "button",
    "style",
    "link",
    "meta",
    "base",
    "svg",
    "video",
    "audio",
}


class _Page(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.dangers: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag in _ACTING_TAGS:
            self.dangers.append(tag)
        for name, value in attributes:
            if name.startswith("on") or name in (
                "style",
                "id",
                "srcdoc",
                "srcset",
                "action",
                "formaction",
                "background",
                "poster",
            ):
                self.dangers.append(f"{tag} {name}")
            if name in ("href", "src"):
                self.addresses.append(value or "")


def dangers(markup: str) -> list[str]:
    """Return what in ``markup`` could act, load or imitate the page that it stands on."""
    page = _Page()
    page.feed(markup)
    bad = [
        address
        for address in page.addresses
        if re.match(r"\s*(javascript|vbscript|data:(?!image/(png|jpeg);base64,))", address, re.IGNORECASE)
    ]
    return page.dangers + bad
