"""The marking page in a Jupyter server that runs already, on a JupyterHub above all."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING

from sheetgrader.course.directory import Course
from sheetgrader.errors import SheetgraderError
from sheetgrader.report.marking_page.desks import Desks
from sheetgrader.report.marking_page.handlers import add_to

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Return what Jupyter loads: this module."""
    return [{"module": __name__}]


def _load_jupyter_server_extension(server: ServerApp) -> None:
    """Let ``server`` show the page of each sheet, for the course in its root folder or the one that Jupyter's
    configuration names.
    """
    root = Path(server.root_dir)
    try:
        course = Course.load(root if (root / "nbgrader_config.py").exists() else None)
        owner = getpass.getuser()
    except (SheetgraderError, KeyError, OSError) as error:
        server.log.warning("sheetgrader's marking page is not there: %s", error)
        return
    add_to(server.web_app, Desks(course, owner=owner))
