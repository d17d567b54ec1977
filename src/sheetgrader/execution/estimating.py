"""How long grading a class will still take, some of whose submissions hang."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Estimate:
    """Learns from what is done and from what is still running.

    A submission that runs for long counts with the time that it has run so far: otherwise the quick ones, which are
    done first, would promise an end that those that hang do not keep.

    Source: the mean of exponential times from a sample in which some have not ended yet is all time on test over the
    number that ended (Epstein and Sobel, Life Testing, 1953).
    """

    total: int
    workers: int
    #: The longest that one may take, in seconds.
    most_seconds: float
    done: int = 0
    _ended: int = 0
    _seconds: float = 0.0
    _running: dict[str, float] = field(default_factory=dict)

    def begin(self, group: str, now: float) -> None:
        """Take note that a group's submission has begun to run."""
        self._running[group] = now

    def end(self, group: str, now: float) -> None:
        """Take note that nothing more happens to a group, whether it ran or not."""
        self.done += 1
        if group in self._running:
            self._ended += 1
            self._seconds += now - self._running.pop(group)

    def seconds_left(self, now: float) -> float | None:
        """Return the seconds until all are done; None where nothing has run to its end yet."""
        if not self._ended:
            return None
        running = [min(now - begun, self.most_seconds) for begun in self._running.values()]
        mean = (self._seconds + sum(running)) / self._ended
        waiting = max(0, self.total - self.done - len(running))
        left = [min(mean, self.most_seconds - seconds) for seconds in running]
        together = (sum(left) + waiting * min(mean, self.most_seconds)) / self.workers
        return max([together, *left])
