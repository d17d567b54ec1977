from __future__ import annotations

import sys

import pytest

from sheetgrader import extras
from sheetgrader.errors import UsageError


def test_installed_libraries_are_not_even_imported() -> None:
    assert "this" not in sys.modules
    extras.require("ml", "this", "numpy", needed_by="this test")
    assert "this" not in sys.modules


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        (["no_b"], "no_b, which is not installed"),
        (["no_b", "no_c"], "no_b and no_c, which are not installed"),
        (["no_b", "no_c", "no_d"], "no_b, no_c and no_d, which are not installed"),
    ],
)
def test_missing_libraries_are_told_with_the_way_out(missing: list[str], told: str) -> None:
    with pytest.raises(UsageError) as caught:
        extras.require("ml", "numpy", *missing, needed_by="this test")
    assert str(caught.value) == f"this test needs {told}; install with: pip install 'sheetgrader[ml]'"
