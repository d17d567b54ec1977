"""What a training must keep to, by name, and whether it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from sheetgrader.graders.failures import StudentError, Wrong
from sheetgrader.results import Outcome
from sheetgrader.scripts.run import failure_of
from sheetgrader.training.evidence.observing import Evidence


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a training keeps to one rule."""

    #: The rule's name.
    name: str
    #: What it asks, as a sentence without its full stop.
    says: str
    outcome: Outcome
    #: What is wrong, or what was seen.
    sentence: str

    @property
    def holds(self) -> bool:
        """Whether the training keeps to it."""
        return self.outcome is Outcome.RIGHT

    def check(self) -> None:
        """Raise what a student should read where the training does not keep to it.

        Raises:
            Wrong: it does something else.
            StudentError: it failed, was stopped, or took more than it may.
        """
        if self.outcome is Outcome.WRONG:
            raise Wrong(self.sentence)
        if not self.holds:
            raise failure_of(self.outcome)(self.sentence)


@dataclass(frozen=True)
class Rule:
    """Something that a training must keep to."""

    name: str
    #: A sentence without its full stop, with places for what a plan asks.
    says: str
    #: Returns what was seen, if that is worth a sentence, and raises what is wrong.
    find: Callable[[Evidence], str | None]
    #: Whether the evidence is about what it asks.
    applies: Callable[[Evidence], bool]

    def judge(self, evidence: Evidence) -> Verdict:
        """Return the verdict; what it rests on is looked at only now."""
        plan = evidence.plan
        says = self.says.format(
            script=plan.script,
            epochs=evidence.epochs,
            device=evidence.device,
            optimizer=plan.optimizer,
            layers=plan.weight_matrices - 1,
        )
        try:
            outcome, sentence = Outcome.RIGHT, self.find(evidence) or "It holds."
        except Wrong as wrong:
            outcome, sentence = Outcome.WRONG, str(wrong)
        except StudentError as failure:
            outcome, sentence = failure.outcome, str(failure)
        return Verdict(name=self.name, says=says, outcome=outcome, sentence=sentence)
