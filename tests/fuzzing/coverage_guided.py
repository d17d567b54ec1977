"""``python -m tests.fuzzing.coverage_guided TARGET [SECONDS]``: let atheris look for bytes that take new ways through
it.
"""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["sheetgrader"]):
    from . import targets

#: No input is worth more memory, and none may take longer, in seconds.
_MOST_MEBIBYTES = 2048
_MOST_SECONDS = 20


def main(name: str, seconds: str = "600") -> None:
    """Fuzz one target; whatever it raises ends the run with the input that did it, which is left in a folder that is
    named then.
    """
    target = next(target for target in targets.TARGETS if target.__name__ == name)
    folder = tempfile.mkdtemp(prefix=f"fuzz-{name}-")
    for number, example in enumerate(targets.SEEDS[name]):
        Path(folder, str(number)).write_bytes(example)
    limits = [
        f"-max_total_time={seconds}",
        f"-rss_limit_mb={_MOST_MEBIBYTES}",
        f"-timeout={_MOST_SECONDS}",
        "-max_len=4096",
    ]
    atheris.Setup([sys.argv[0], *limits, f"-artifact_prefix={folder}/found-", folder], target, custom_mutator=_mutated)
    atheris.Fuzz()


def _mutated(data: bytes, most: int, seed: int) -> bytes:
    """Return other bytes: every second time by pieces of the formats that are read, which bits and bytes alone hardly
    ever make.
    """
    if seed % 2:
        return bytes(atheris.Mutate(data, most))
    return targets.damaged(data, random.Random(seed))[:most]  # noqa: S311 # repeatable, not secret


if __name__ == "__main__":
    main(*sys.argv[1:])
