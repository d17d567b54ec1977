"""What all tests share: one warm zygote for the whole run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sheetgrader.kernel.launcher import Zygote, ZygoteConnection


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """A zygote that has imported what the sheets use."""
    with Zygote.start() as running:
        running.wait_ready()
        yield running


@pytest.fixture(scope="session")
def connection(zygote: Zygote) -> Iterator[ZygoteConnection]:
    """A worker's connection to the zygote."""
    connected = ZygoteConnection(zygote.address)
    yield connected
    connected.close()
