"""The page as one HTML document: with its scripts beside it on a server, or with all of it inside, to be taken away."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import jinja2
from markupsafe import Markup, escape

from sheetgrader.report.marking_page.documents import frame_style
from sheetgrader.report.templating import environment as template_environment
from sheetgrader.report.templating import fingerprint

_HERE: Final = Path(__file__).parent
STATIC: Final = _HERE / "static"
_BEGINS_SERVED: Final = "served.js"
_BEGINS_PACKED: Final = "packed.js"

_IMPORT: Final = re.compile(r'^import \{[^{}]{0,4000}\} from "\./([\w-]+\.js)";\n', re.MULTILINE)
_EXPORT: Final = re.compile(r"^export (?=(?:async )?(?:function|class|const|let)\b)", re.MULTILINE)

#: Keys and what they do, as they are listed under ``?``.
KEYS: Final = (
    (("1", "…", "9"), "an item applies, or does not any more; Shift reaches the tenth and those after it"),
    (("0",), "nothing applies"),
    (("Enter",), "save and go to the next answer; Ctrl+Enter from inside a comment"),
    (("Shift", "Enter"), "back to the answer before"),
    (("n",), "skip this answer"),
    (("a",), "adjust: points on top, or taken off, as 0,1 or −0.05"),
    (("c",), "write a comment; Esc leaves it"),
    (("b",), "find a kept comment; Enter takes the first"),
    (("k",), "keep what I wrote, to use it again"),
    (("g",), "answers like this one together: marked at once"),
    (("f",), "ask for a second look, or not any more"),
    (("h",), "hand this answer to another marker"),
    (("u",), "undo what was given last"),
    (("r",), "change the rubric, after a look at what that changes"),
    (("q",), "show the question"),
    (("p",), "show what was scanned"),
    (("e",), "into the answer, to scroll it with the arrows; Tab leads out"),
    (("?",), "this list"),
)


def served_page(title: str, api: str, static: str) -> str:
    """Return the page that a server shows.

    Args:
        title: of the sheet.
        api: the address of the sheet's marks.
        static: the address of the folder with scripts and style.
    """
    style = Markup('<link rel="stylesheet" href="{}/marking.css">').format(static)
    # All at once, and not one after the other as they name each other.
    ahead = Markup("\n").join(
        Markup('<link rel="modulepreload" href="{}/{}">').format(static, name) for name in modules(_BEGINS_SERVED)
    )
    script = Markup('<script type="module" src="{}/{}"></script>').format(static, _BEGINS_SERVED)
    return _template().render(
        title=title, api=api, style=style + ahead, scripts=script, policy="", keys=KEYS, is_packet=False
    )


def served_policy() -> str:
    """Return the Content-Security-Policy of the page that a server shows; its frames are held to it as well."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            f"style-src 'self' 'sha256-{fingerprint(frame_style())}'",
            "img-src data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


def packed_page(title: str, packet: object, documents: Mapping[str, object]) -> str:
    """Return the page that is opened from a file, with all that it shows inside.

    Args:
        title: of the sheet.
        packet: what it begins with, as JSON.
        documents: what is shown of each question, as JSON, by question.
    """
    style = (STATIC / "marking.css").read_text(encoding="utf-8")
    script = bundle(_BEGINS_PACKED)
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src 'sha256-{fingerprint(script)}'",
            f"style-src 'sha256-{fingerprint(style)}' 'sha256-{fingerprint(frame_style())}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    # Our own files, and JSON in which nothing ends a script.
    parts = [f'<script type="application/json" id="packet">{json_in_script(packet)}</script>']
    parts += [
        f'<script type="application/json" data-question="{escape(question)}">{json_in_script(content)}</script>'
        for question, content in documents.items()
    ]
    parts.append(f"<script>{script}</script>")
    return _template().render(
        title=title,
        api="",
        style=Markup(f"<style>{style}</style>"),  # noqa: S704
        scripts=Markup("\n".join(parts)),  # noqa: S704
        policy=policy,
        keys=(*(row for row in KEYS if row[0] not in {("r",), ("k",)}), (("s",), "save the marks as a file")),
        is_packet=True,
    )


def json_in_script(content: object) -> str:
    """Return JSON that may stand in a script that is not executed: nothing in it ends the script, or begins another."""
    return (
        json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        .replace("&", "\\u0026")
        .replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029")
    )


@cache
def modules(first: str) -> tuple[str, ...]:
    """Return the scripts that ``first`` needs, each after those that it needs itself; ``first`` is the last."""
    found: dict[str, None] = {}

    def add(name: str) -> None:
        if name in found:
            return
        for needed in _IMPORT.findall((STATIC / name).read_text(encoding="utf-8")):
            add(needed)
        found[name] = None

    add(first)
    return tuple(found)


@cache
def bundle(first: str) -> str:
    """Return a script and all that it needs as one script: browsers load no modules from files."""
    parts = []
    for name in modules(first):
        text = (STATIC / name).read_text(encoding="utf-8")
        parts.append(_EXPORT.sub("", _IMPORT.sub("", text)).replace("// @ts-check\n", f"// {name}\n"))
    return '"use strict";\n(() => {\n' + "\n".join(parts) + "})();\n"


@cache
def static_version() -> str:
    """Return what tells this version's scripts and style from another's, which a browser may still have."""
    digest = hashlib.sha256()
    for path in sorted(STATIC.iterdir()):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


@cache
def _template() -> jinja2.Template:
    environment = template_environment(_HERE / "templates")
    return environment.get_template("marking.html")
