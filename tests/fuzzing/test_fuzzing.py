"""What the trusted side reads, fed with what nobody would write: short here, for as long as wanted with ``make
fuzz``."""

from __future__ import annotations

import pytest

from .targets import TARGETS, mutate


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.__name__)
def test_nothing_unexpected_is_raised(target, request):
    for seed in range(300):
        target(mutate(target, seed))


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.__name__)
def test_nothing_unexpected_is_raised_for_longer(target):
    for seed in range(300, 20_000):
        target(mutate(target, seed))
