"""A machine that knows no name of its user."""

from __future__ import annotations

import getpass

import pytest

from sheetgrader.commands.users import user_name
from sheetgrader.errors import UsageError


@pytest.fixture(params=[KeyError, OSError])
def unnamed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container that runs under a number; Python says so in two ways, by its version."""

    def nobody() -> str:
        raise request.param

    monkeypatch.setattr(getpass, "getuser", nobody)


@pytest.mark.usefixtures("unnamed")
def test_whoever_decides_is_asked_for_a_name() -> None:
    with pytest.raises(UsageError, match="say who decides: --by NAME"):
        user_name()
