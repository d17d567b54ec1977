"""A graded notebook that Jupyter's own exporter made a page of, in a real browser: nothing of a group's runs there."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from nbformat.v4 import new_notebook

from sheetgrader.grading.inert import make_inert

from .test_inert import MARKDOWN, _notebook

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.skipif(
        CHROMIUM is None, reason="no Chromium here; on Debian install it with: apt-get install chromium"
    ),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning"),
]


def _hostile() -> NotebookNode:
    texts = [text.replace("attack()", "document.documentElement.id=/it_ran/.source") for text in MARKDOWN]
    cells = [cell for text in texts for cell in _notebook(text).cells]
    return new_notebook(cells=cells, metadata=_notebook(texts[0]).metadata)


def _opened(notebook: NotebookNode, folder: Path) -> str:
    """Return what the page became once its scripts had run."""
    assert CHROMIUM is not None
    exporter = HTMLExporter(template_name="classic")
    # The exporter's own libraries would come from the network, which is not there.
    exporter.require_js_url = exporter.jquery_url = exporter.mathjax_url = exporter.widget_renderer_url = ""
    (folder / "page.html").write_text(exporter.from_notebook_node(notebook)[0], encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    done = subprocess.run(
        [CHROMIUM, *options, f"--user-data-dir={folder}", "--dump-dom", (folder / "page.html").as_uri()],
        capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip
    return done.stdout[: done.stdout.index("<head")]


def test_browser_runs_nothing_of_a_group(tmp_path: Path) -> None:
    notebook = _hostile()
    assert "it_ran" in _opened(notebook, tmp_path)
    make_inert(notebook, ())
    assert "it_ran" not in _opened(notebook, tmp_path)
