"""A whole class through the commands: sixty and more attackers, three honest groups."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .attempt import attempts
from .sheet import HONEST_GROUPS, POINTS, SHEET, write_course

#: What two workers may take for all of them: each submission has thirty seconds, and most need one.
_SECONDS = 1500


def _run(course: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from sheetgrader.cli import main; main()", *arguments]
    return subprocess.run(command, cwd=course, capture_output=True, text=True, timeout=_SECONDS, check=False)


@pytest.mark.slow
def test_honest_groups_among_attackers_get_what_they_get_alone(tmp_path: Path) -> None:
    everyone = attempts()
    assert len(everyone) >= 60
    targets = {
        "canary file": str(tmp_path / "canary"),
        "tripwire": str(tmp_path / "tripwire"),
        "port": 9,
        "socket": "",
        "abstract": "",
        "runtime": "/",
    }
    course = write_course(tmp_path / "course", everyone, targets)
    (tmp_path / "canary").write_text(course.canary)
    alone = _points(
        _run(course.root, "grade", SHEET, "--json", *(part for group in HONEST_GROUPS for part in ("--group", group)))
    )
    began = time.monotonic()
    graded = _run(course.root, "grade", SHEET, "--json", "--force")
    assert time.monotonic() - began < _SECONDS
    points = _points(graded)
    assert len(points) == len(everyone) + len(HONEST_GROUPS)
    assert (
        {group: points[group] for group in HONEST_GROUPS} == alone == dict.fromkeys(HONEST_GROUPS, sum(POINTS.values()))
    )
    for attempt in everyone:
        if attempt.remarked:
            continue  # it has luck, or not; what becomes of that shows when it is graded again
        assert points[attempt.group] <= sum(
            value for question, value in POINTS.items() if question not in attempt.attacks
        ), attempt.group
    assert not (tmp_path / "tripwire").exists()

    assert _run(course.root, "feedback", SHEET).returncode in (0, 1)
    pages = list((course.root / "feedback").rglob("*.html"))
    assert len(pages) == len(points)
    secret = course.canary.partition("-")[2]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        # A group's own notebook may hold what the group wrote itself.
        assert page.parts[-3] in HONEST_GROUPS or secret not in text, page
        body = text[text.index("<body") :]
        own_scripts = {
            match for other in pages[:1] for match in re.findall(r"<script[^>]*>", other.read_text(encoding="utf-8"))
        }
        assert not [
            tag
            for tag in re.findall(r"<(?:script|iframe|form|object|embed|base)\b[^>]*>", body)
            if tag not in own_scripts
        ], page
        assert not re.search(r"<[^>]*\son(?:error|load|click)\s*=|<[^>]*javascript:", body), page


def _points(told: subprocess.CompletedProcess[str]) -> dict[str, float]:
    assert told.returncode in (0, 1), told.stderr
    return {group["group"]: group["points"] for group in json.loads(told.stdout)["groups"]}
