"""A Jupyter server that has the marking page and nothing else: no kernels, no files, no terminals."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

from jupyter_server.auth.login import LoginFormHandler
from jupyter_server.auth.logout import LogoutHandler
from jupyter_server.base.handlers import FileFindHandler, Template404
from jupyter_server.serverapp import ServerApp
from jupyter_server.utils import url_path_join
from tornado.routing import Rule
from traitlets.config import Config

from sheetgrader.errors import SheetgraderError
from sheetgrader.report.marking_page.desks import Desks
from sheetgrader.report.marking_page.handlers import add_to

#: All that this server answers beside the marking page itself: its door, and what the door looks like.
_KEPT: Final = (LoginFormHandler, LogoutHandler, FileFindHandler, Template404)


class MarkingServer(ServerApp):
    """Jupyter's server with its login and its checks, and with no service of its own."""

    name = "sheetgrader-mark"
    # Jupyter's own type has as many as there are.
    default_services = ()  # type: ignore[assignment]
    #: Who marks what; set before it is initialized.
    desks: Desks

    def load_config_file(self, *_: object, **__: object) -> None:
        """Read nobody's configuration: a password or an open door of another server is not meant for this one."""

    def init_webapp(self) -> None:
        """Answer what is kept, and the marking page."""
        super().init_webapp()
        router = self.web_app.wildcard_router
        router.rules = [rule for rule in router.rules if _is_kept(rule)]
        add_to(self.web_app, self.desks)

    def write_server_info_file(self) -> None:
        """Stay out of Jupyter's list of servers: nothing there could use it."""

    def write_browser_open_files(self) -> None:
        """Write the file that leads the browser here, which only the user may read; it goes when the server ends."""
        if self.open_browser:
            file = Path(self.browser_open_file)
            file.unlink(missing_ok=True)
            file.touch(mode=0o600)
            self.write_browser_open_file()


def serve(
    desks: Desks,
    sheet: str,
    *,
    port: int,
    open_browser: bool,
    tell: Callable[[str], None],
) -> None:
    """Show the marking page of a sheet until somebody presses Ctrl-C.

    Args:
        desks: who marks what.
        sheet: the sheet whose page is opened.
        port: where to listen; 0 for any that is free.
        open_browser: open the page in the browser of this machine.
        tell: is called with the page's address.

    Raises:
        SheetgraderError: no server can be started.
    """
    token = secrets.token_urlsafe(24)
    settings = Config()
    # By a file of the user's own: the arguments of a command, a token among them, are there for all users of a machine.
    settings.ServerApp.open_browser = open_browser
    settings.ServerApp.default_url = page = url_path_join("/sheetgrader", "mark", sheet)
    settings.ServerApp.port = port
    settings.ServerApp.port_retries = 20 if port else 0
    settings.ServerApp.log_level = logging.ERROR
    settings.ServerApp.root_dir = "/"
    settings.ServerApp.answer_yes = True
    # It runs nothing for anybody, whoever started it.
    settings.ServerApp.allow_root = True
    settings.IdentityProvider.token = token
    # One instance a process, as Jupyter has it.
    MarkingServer.clear_instance()
    server = MarkingServer.instance(config=settings)
    server.desks = desks
    try:
        server.initialize(argv=[], find_extensions=False)
    except SystemExit:
        raise SheetgraderError(f"nothing can listen on port {port}; name another: --port NUMBER") from None
    # That it stops is what whoever stops it knows.
    server.log.addFilter(lambda record: record.levelno < logging.CRITICAL)
    address = url_path_join(server.connection_url, page) + f"?token={token}"
    desks.start()
    try:
        server.io_loop.add_callback(tell, address)
        server.start()
    finally:
        desks.close()


def _is_kept(rule: Rule) -> bool:
    return isinstance(rule.target, type) and issubclass(rule.target, _KEPT)
