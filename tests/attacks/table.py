"""``python -m tests.attacks.table``: run every attack and write what each tried, what stopped it and what it earned
into docs/attacks.md.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from .attempt import CATEGORIES, Attempt, attempts
from .outcome import Aftermath, grade_all
from .sheet import POINTS
from .test_attacks import (
    assert_all_is_shown,
    assert_harmless_when_shown,
    assert_no_gain,
    assert_nothing_reached,
    assert_nothing_seen,
    assert_remarked,
)

_DOCUMENT = Path(__file__).parents[2] / "docs" / "attacks.md"
_BEGINNING = """# Attacks

Every attack below is a notebook in `tests/attacks/attempts/`, or a script handed in beside one, that really tries.
`make attacks` grades them all, together with honest groups, with hidden graders and canaries planted in hidden tests,
the reference solution, other submissions, the course folder and the environment of whoever grades; this table is what
came of it. For every attack the tests check that

- it earns no more than the same notebook and script would earn honestly, and where it is to cost no other question,
  those earn all they are worth;
- no canary is in its outputs, its messages, its feedback or the files it leaves behind;
- nothing that it looks for outside its sandbox is there: it would print so;
- no sentence, page or terminal gets anything active or a control sequence of it;
- where it hides what it runs, all of that is shown to tutors and remarked;
- where it trusts in luck, it is judged until it was lucky once, and then a person decides;
- its neighbours' results are the same to the last bit as without it;
- no process, mount, file, socket or control group is left when grading ends;
- time and memory stay bounded, those of the grading process as well.

What is not claimed stands in [security.md](security.md).
"""


def main() -> int:
    """Write the table, and return 1 where an attack succeeded."""
    everything = attempts()
    with tempfile.TemporaryDirectory(prefix="attacks-") as folder:
        aftermath = grade_all(everything, Path(folder))
    lines, succeeded = [_BEGINNING], []
    for category, title in CATEGORIES.items():
        lines.append(f"\n## {title}\n\n| attack | tries | must not | stopped by | came of it |\n|---|---|---|---|---|")
        for attempt in everything:
            if attempt.category == category:
                came_of_it = _came_of_it(attempt, aftermath)
                succeeded += [attempt.group] if came_of_it.startswith("**") else []
                name = attempt.behaviour.replace("_", " ")
                lines.append(f"| {name} | {attempt.tries} | {attempt.must_not} | {attempt.stopped_by} | {came_of_it} |")
    _DOCUMENT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    sys.stdout.write(
        f"{len(everything) - len(succeeded)} of {len(everything)} attacks were stopped; the table is in {_DOCUMENT}\n"
    )
    for group in succeeded:
        sys.stdout.write(f"SUCCEEDED: {group}\n")
    return 1 if succeeded else 0


def _came_of_it(attempt: Attempt, aftermath: Aftermath) -> str:
    """Return what an attack came to, in bold where it achieved what it must not."""
    if attempt.group in aftermath.refused:
        return "refused before anything ran"
    seen = aftermath.attackers[attempt.group]
    for check in (
        lambda: assert_no_gain(attempt, seen),
        lambda: assert_nothing_seen(seen, aftermath.canary),
        lambda: assert_nothing_reached(seen),
        lambda: assert_harmless_when_shown(seen),
        lambda: assert_all_is_shown(attempt, seen),
        lambda: assert_remarked(attempt, seen),
    ):
        try:
            check()
        except AssertionError:
            return "**it succeeded**"
    cells = [cell for cell in seen.graded.result.cells if cell.grade_id.removesuffix("_test") in attempt.attacks]
    outcomes = dict.fromkeys(cell.outcome.value for cell in cells if cell.outcome is not None)
    most = sum(POINTS[question] for question in attempt.attacks)
    return f"{sum(cell.points or 0.0 for cell in cells):g} of {most:g} points: {', '.join(outcomes)}"


if __name__ == "__main__":
    sys.exit(main())
