"""Sheets of the course, graded in real sandboxes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

from sheetgrader.kernels.launcher import ZygoteConnection

from .variants import GradedSheet


@pytest.fixture(scope="session")
def graded_sheet(
    connection: ZygoteConnection, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], GradedSheet]]:
    """Give a sheet by its name, ready to be graded; each is prepared once."""
    sheets: dict[str, GradedSheet] = {}
    with ExitStack() as stack:

        def give(name: str) -> GradedSheet:
            if name not in sheets:
                sheets[name] = stack.enter_context(
                    closing(GradedSheet(name, tmp_path_factory.mktemp(name), connection))
                )
            return sheets[name]

        yield give
