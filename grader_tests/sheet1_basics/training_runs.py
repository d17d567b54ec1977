"""Question 6: one judgement of the group's script, the one that ``sheetgrader train`` makes, too.

The script is given generated data that follow from the group and its files, so that no two groups have the same. What
it is given as its seed is the same for all and tells nothing of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sheetgrader.training.evidence.observing import Evidence
from sheetgrader.training.evidence.small_data import make_small_data
from sheetgrader.training.evidence.verdicts import Rule
from sheetgrader.training.plan import Budget, RunPlan

SCRIPT: Final = "train_fashion_mnist.py"
EPOCHS: Final = 10
_SEED: Final = 2023
_CPU_SECONDS: Final = 20
_SECONDS: Final = 60.0


@dataclass(frozen=True)
class _Sandbox:
    """Where the group's code runs: what the fixture ``script`` offers."""

    script: Any

    def run(self, command: Sequence[str], files: Mapping[str, bytes], *, output: str, is_watched: bool) -> Any:
        return self.script(
            *command, data=files, seconds=_SECONDS, cpu_seconds=_CPU_SECONDS, output=output, is_watched=is_watched
        )

    def weights(self, checkpoint: bytes) -> Any:
        return self.script.checkpoint(checkpoint)


def evidence_of(script: Any) -> Evidence:
    """Return what is seen of the group's script, each worked out once for a submission."""
    if "evidence" not in script.kept:
        plan = RunPlan(
            name="question 6",
            script=SCRIPT,
            epochs=dict.fromkeys(Budget, EPOCHS),
            seed=_SEED,
            data="FashionMNIST",
            optimizer="SGD",
            weight_matrices=3,
            recompute_accuracies=True,
        )
        script.kept["evidence"] = Evidence(
            plan=plan,
            epochs=EPOCHS,
            device="cpu",
            sandbox=_Sandbox(script),
            true=make_small_data(script.seed),
            key=script.key,
            is_handed_in=SCRIPT in script.files,
        )
    found: Evidence = script.kept["evidence"]
    return found


def check(script: Any, *rules: Rule) -> None:
    """Raise what is wrong by the first of the rules that the script does not keep to."""
    for rule in rules:
        rule.judge(evidence_of(script)).check()
