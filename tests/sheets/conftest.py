"""Sheets of the course, graded in real sandboxes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

from sheetgrader.audit.variant_grading import VariantGrading
from sheetgrader.kernels.launcher import ZygoteConnection

from .sheets import AgreedSheet, course


@pytest.fixture(scope="session")
def graded_sheet(
    connection: ZygoteConnection, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[AgreedSheet], VariantGrading]]:
    """Give a sheet ready to be graded; each is prepared once."""
    sheets: dict[str, VariantGrading] = {}
    with ExitStack() as stack:

        def give(agreed: AgreedSheet) -> VariantGrading:
            name = agreed.name
            if name not in sheets:
                grading = VariantGrading(course().sheet(name), tmp_path_factory.mktemp(name), connection)
                sheets[name] = stack.enter_context(closing(grading))
            return sheets[name]

        yield give
