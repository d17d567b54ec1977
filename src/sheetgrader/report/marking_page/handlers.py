"""What the marking page's server answers: the page, its scripts and style, and the marks of a sheet."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import msgspec
from jupyter_server.auth.identity import IdentityProvider, PasswordIdentityProvider
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from tornado import web

from sheetgrader.errors import SheetgraderError
from sheetgrader.report.marking_page.assembling import STATIC, served_page, served_policy, static_version
from sheetgrader.report.marking_page.desk import Desk
from sheetgrader.report.marking_page.desks import Desks
from sheetgrader.report.marking_page.payload import (
    NewComment,
    NewMark,
    NewMarker,
    NewRubric,
    UndoneMarks,
    WantedLook,
)

_SETTING: Final = "sheetgrader_desks"
_ROOT: Final = "sheetgrader"
#: More than the largest rubric with all its marks.
_MOST_BYTES: Final = 4 << 20
_KINDS: Final = {".js": "text/javascript", ".css": "text/css"}
_YEAR: Final = 365 * 86400

#: Marks are written by one thread after the other, and read meanwhile.
_THREADS: Final = ThreadPoolExecutor(4, thread_name_prefix="marking")

_log: Final = logging.getLogger(__name__)

_READS: Final[dict[str, tuple[str, Callable[[Desk, str], Any]]]] = {
    "sheet": ("", lambda desk, _: desk.sheet()),
    "answers": ("question", lambda desk, of: desk.answers(of)),
    "content": ("answer", lambda desk, of: desk.content(of)),
    "scans": ("answer", lambda desk, of: desk.scans(of)),
    "asked": ("question", lambda desk, of: desk.asked(of)),
}
_WRITES: Final[dict[str, tuple[type[msgspec.Struct], Callable[[Desk, Any], Any]]]] = {
    "marks": (NewMark, Desk.give),
    "undo": (UndoneMarks, Desk.undo),
    "second-look": (WantedLook, Desk.second_look),
    "hand-over": (NewMarker, Desk.hand_over),
    "comments": (NewComment, Desk.comment),
    "preview": (NewRubric, Desk.preview),
    "rubric": (NewRubric, Desk.change),
}


class _Handler(JupyterHandler):
    """Knows who asks, and for which sheet."""

    @property
    def content_security_policy(self) -> str:
        """Nothing but the page's own scripts and style; nothing from elsewhere."""
        return served_policy()

    def set_default_headers(self) -> None:
        """Tell the browser to guess nothing and to tell nobody."""
        super().set_default_headers()
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Cross-Origin-Opener-Policy", "same-origin")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")
        self.set_header("Cache-Control", "no-store")

    def decode_argument(self, value: bytes, name: str | None = None) -> str:
        """Read an address as well as it can be: what is wrong in it names nothing that is there."""
        return value.decode("utf-8", "replace")

    @property
    def _desks(self) -> Desks:
        found: Desks = self.settings[_SETTING]
        return found

    def _marker(self) -> str:
        if self._desks.marker:
            return self._desks.marker
        if type(self.identity_provider) in (IdentityProvider, PasswordIdentityProvider):
            # Whoever has the token is the one whose server it is, and is called as this machine calls them.
            return self._desks.owner
        return str(self.current_user.username)

    def _answer(self, status: int, message: str) -> None:
        self.set_status(status)
        self._write_json({"message": message[:1].upper() + message[1:] + ("" if message.endswith(".") else ".")})

    def _write_json(self, content: object) -> None:
        self.set_header("Content-Type", "application/json")
        self.finish(msgspec.json.encode(content))

    async def _in_thread(self, sheet: str, what: Callable[[Desk], Any]) -> Any:
        marker = self._marker()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(_THREADS, _blindly, self._desks, sheet, marker, what)


class PageHandler(_Handler):
    """Shows the page of a sheet."""

    @web.authenticated
    async def get(self, sheet: str) -> None:
        """Show it."""
        # The cookie that writes have to carry along.
        _ = self.xsrf_token
        try:
            title = await asyncio.get_running_loop().run_in_executor(_THREADS, self._desks.title, sheet)
        except SheetgraderError as error:
            self._answer(404, str(error))
            return
        self.set_header("Content-Type", "text/html; charset=utf-8")
        base = url_path_join(self.base_url, _ROOT)
        self.finish(
            served_page(
                title, url_path_join(base, "mark", sheet, "api"), url_path_join(base, "static", static_version())
            )
        )


class _PartHandler(_Handler):
    """Gives the page what it is made of, and strangers nothing."""

    def get_login_url(self) -> str:
        """Turn away who is not known, or not any more: the page would take the login for an answer."""
        raise web.HTTPError(403)


class MarksHandler(_PartHandler):
    """Says what answers and marks a sheet has, and takes others."""

    @web.authenticated
    async def get(self, sheet: str, what: str) -> None:
        """Say what there is."""
        if what not in _READS:
            self._answer(404, f"nothing is called {what} here")
            return
        argument, read = _READS[what]
        of = self.get_query_argument(argument, "") if argument else ""
        found = await self._trying(sheet, lambda desk: read(desk, of))
        if isinstance(found, str):
            # Students' content is shown in frames only: opened by itself it is text.
            self.set_header("Content-Type", "text/plain; charset=utf-8")
            self.finish(found)
        elif found is not None:
            self._write_json(found)

    @web.authenticated
    async def post(self, sheet: str, what: str) -> None:
        """Take what a marker says."""
        if what not in _WRITES:
            self._answer(404, f"nothing is called {what} here")
            return
        kind, write = _WRITES[what]
        try:
            if len(self.request.body) > _MOST_BYTES:
                raise msgspec.ValidationError("it is too much at once")
            said = msgspec.json.decode(self.request.body, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            self._answer(400, f"that cannot be read: {error}")
            return
        found = await self._trying(sheet, functools.partial(_call, write, said))
        if found is not None:
            self._write_json(found)

    async def _trying(self, sheet: str, what: Callable[[Desk], Any]) -> Any:
        """Return what comes of it; None where it was refused, and the page is told."""
        try:
            return await self._in_thread(sheet, what)
        except SheetgraderError as error:
            self._answer(409, str(error))
        # A mistake of the program's own: the tutor gets a sentence, whoever mends it the log.
        except Exception:  # noqa: BLE001 # whatever it is
            _log.exception("The marking page asked for something that failed.")
            self._answer(500, "something went wrong inside sheetgrader; where it was started the details are shown")
        return None


class StaticHandler(_PartHandler):
    """Gives scripts and style; their address changes with them."""

    @web.authenticated
    def get(self, _version: str, name: str) -> None:
        """Give one."""
        path = STATIC / name
        if path.suffix not in _KINDS or not path.is_file():
            raise web.HTTPError(404)
        self.set_header("Content-Type", f"{_KINDS[path.suffix]}; charset=utf-8")
        self.set_header("Cache-Control", f"private, max-age={_YEAR}, immutable")
        self.finish(path.read_bytes())


def handlers(base_url: str) -> list[tuple[str, type[_Handler]]]:
    """Return which address is answered by what."""
    sheet = r"([^/]+)"
    return [
        (url_path_join(base_url, _ROOT, "mark", sheet), PageHandler),
        (url_path_join(base_url, _ROOT, "mark", sheet, "api", r"([a-z-]+)"), MarksHandler),
        (url_path_join(base_url, _ROOT, "static", r"([0-9a-f]+)", r"([\w-]+\.(?:js|css))"), StaticHandler),
    ]


def add_to(application: web.Application, desks: Desks) -> None:
    """Let a Jupyter server show the page."""
    application.settings[_SETTING] = desks
    application.add_handlers(".*$", handlers(application.settings["base_url"]))


def _blindly(desks: Desks, sheet: str, marker: str, what: Callable[[Desk], Any]) -> Any:
    desk = desks.desk(sheet, marker)
    try:
        return what(desk)
    except SheetgraderError as error:
        raise SheetgraderError(desk.blind(str(error))) from error


def _call(write: Callable[[Desk, Any], Any], said: msgspec.Struct, desk: Desk) -> Any:
    return write(desk, said)
