"""All attackers of the quick or the slow part, graded together with honest groups, and what came of it."""

from __future__ import annotations

import dataclasses
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from sheetgrader.errors import SubmissionError
from sheetgrader.grading.stability import held_against
from sheetgrader.items import WorkItem
from sheetgrader.kernels.launcher import Zygote
from sheetgrader.results import SubmissionResult
from sheetgrader.sandbox import process_tree
from sheetgrader.store.material import build_item, sheet_material

from .attempt import Attempt
from .observing import Observation, observe, told
from .sheet import HONEST_GROUPS, PRELOAD, AttackedCourse, write_course

#: How often an answer is judged that depends on luck.
_MOST_TRIES = 12


@dataclass
class Aftermath:
    """What grading came to, and what was there before and after."""

    canary: str
    #: Honest groups, alone on the machine, and among attackers.
    alone: dict[str, Observation]
    among: list[Observation]
    attackers: dict[str, Observation]
    #: Attackers whose files were refused before anything ran, and the sentence why.
    refused: dict[str, str]
    #: Whether a connection arrived or a file appeared that only an escape could have made.
    tripped: bool
    #: What there was before the first attack, and after the last one, while the zygote waited for more.
    before: dict[str, object]
    while_it_waits: dict[str, object]
    #: What there was once the zygote was closed.
    in_the_end: dict[str, object] = field(default_factory=dict)


def grade_all(attempts: list[Attempt], folder: Path) -> Aftermath:
    """Grade ``attempts`` and honest groups among them, in a sandbox of their own."""
    zygote = Zygote.start(preload=PRELOAD)
    runtime = Path(zygote.address).parent
    with zygote, _host(folder) as host:
        zygote.wait_ready()
        targets = {**host.targets, "runtime": str(runtime)}
        course = write_course(folder / "course", attempts, targets)
        host.arm(course.canary)
        before = _remains()
        items, refused = _items(course, [*HONEST_GROUPS, *_mixed(attempts)])
        environment = {"GRADER_SECRET": course.canary, "OMP_NUM_THREADS": "1"}
        honest, mixed = items[: len(HONEST_GROUPS)], items[len(HONEST_GROUPS) :]
        alone = {seen.group: seen for seen in observe(honest, zygote.address, environment, workers=1)}
        others = list(observe([honest[0], *mixed], zygote.address, environment))[1:]
        attackers = {seen.group: seen for seen in others if seen.group not in HONEST_GROUPS}
        for attempt in attempts:
            seen = attackers.get(attempt.group)
            if seen is not None and (attempt.hand_in_again or attempt.remarked):
                attackers[attempt.group] = _graded_again(attempt, seen, course, honest[0], zygote, environment)
        aftermath = Aftermath(
            canary=course.canary,
            alone=alone,
            among=[seen for seen in others if seen.group in HONEST_GROUPS],
            attackers=attackers,
            refused=refused,
            tripped=host.was_reached(),
            before=before,
            while_it_waits=_remains_in_the_end(before),
        )
    aftermath.in_the_end = {
        "runtime folder": runtime.exists(),
        "control groups": list(Path("/sys/fs/cgroup").rglob(f"{runtime.name}*")),
        "sockets": [line for line in Path("/proc/net/unix").read_text().splitlines() if str(runtime) in line],
        "processes in sandboxes": _in_sandboxes(),
        "mounts": Path("/proc/self/mountinfo").read_text() != before["mounts of the host"],
    }
    return aftermath


def _graded_again(
    attempt: Attempt,
    first: Observation,
    course: AttackedCourse,
    honest: WorkItem,
    zygote: Zygote,
    environment: dict[str, str],
) -> Observation:
    """Return what is seen in the end of a group that hands in again, or that trusts in luck."""
    if attempt.hand_in_again:
        course.hand_in_again(attempt, told(first))
    items, _ = _items(course, [attempt.group] * (1 if attempt.hand_in_again else _MOST_TRIES))
    _, *again = observe([honest, *items], zygote.address, environment, workers=1)
    kept = [first.graded.result]
    for seen in again:
        kept.append(held_against(seen.graded.result, kept))
    graded = msgspec.structs.replace(again[-1].graded, result=kept[-1])
    return dataclasses.replace(again[-1], graded=graded)


def _mixed(attempts: list[Attempt]) -> list[str]:
    """Return the attackers' groups with an honest one after every tenth and at the end."""
    groups = [attempt.group for attempt in attempts]
    found = []
    for start in range(0, len(groups), 10):
        found += [*groups[start : start + 10], HONEST_GROUPS[(start // 10) % len(HONEST_GROUPS)]]
    return found


def _items(course: AttackedCourse, groups: list[str]) -> tuple[list[WorkItem], dict[str, str]]:
    sheet = course.load()
    material = sheet_material(sheet)
    items, refused = [], {}
    for group in groups:
        try:
            items.append(build_item(sheet, group, material))
        except SubmissionError as error:
            refused[group] = str(error)
    return items, refused


def verdicts(result: SubmissionResult) -> bytes:
    """Return all that a result says but how long things took."""
    cells = tuple(
        msgspec.structs.replace(
            cell, criteria=tuple(msgspec.structs.replace(criterion, seconds=0.0) for criterion in cell.criteria)
        )
        for cell in result.cells
    )
    runs = tuple(msgspec.structs.replace(run, seconds=0.0) for run in result.runs)
    return msgspec.json.encode(msgspec.structs.replace(result, cells=cells, runs=runs, stages=type(result.stages)()))


class _Host:
    """What attackers are after on the machine itself: a file, two sockets and a port that tell the canary to whoever
    reaches them.
    """

    def __init__(self, folder: Path, servers: list[socket.socket]) -> None:
        self._folder = folder
        self._servers = servers
        self._reached = threading.Event()
        self._canary = b""
        self.targets = {
            "canary file": str(folder / "canary.txt"),
            "tripwire": str(folder / "tripwire"),
            "port": servers[0].getsockname()[1],
            "socket": str(folder / "socket"),
            "abstract": servers[2].getsockname()[1:].decode(),
        }
        for server in servers:
            threading.Thread(target=self._serve, args=(server,), daemon=True).start()

    def arm(self, canary: str) -> None:
        self._canary = canary.encode()
        file = self._folder / "canary.txt"
        # As JSON, which whoever is led to it instead of to a group's own file would take for that.
        file.write_text(json.dumps(canary))
        file.chmod(0o644)

    def _serve(self, server: socket.socket) -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            with client:
                self._reached.set()
                client.sendall(self._canary)

    def was_reached(self) -> bool:
        return self._reached.is_set() or (self._folder / "tripwire").exists()


@contextmanager
def _host(folder: Path) -> Iterator[_Host]:
    folder.mkdir(parents=True, exist_ok=True)
    port, path, abstract = (
        socket.create_server(("127.0.0.1", 0)),
        socket.socket(socket.AF_UNIX),
        socket.socket(socket.AF_UNIX),
    )
    path.bind(str(folder / "socket"))
    abstract.bind(f"\0sheetgrader-attacked-{os.getpid()}")
    with port, path, abstract:
        for server in (path, abstract):
            server.listen()
        host = _Host(folder, [port, path, abstract])
        yield host
        for server in (port, path, abstract):
            server.shutdown(socket.SHUT_RDWR)


def _remains_in_the_end(before: dict[str, object]) -> dict[str, object]:
    """Return what is left once the last kernels, which end with their workers, had time to be cleared away."""
    deadline = time.monotonic() + 20
    while (remains := _remains()) != before and time.monotonic() < deadline:
        time.sleep(0.1)
    return remains


def _remains() -> dict[str, object]:
    """Return what an attack could leave behind in the zygote: processes, mounts, open files."""
    inside = _in_sandboxes()
    return {
        "processes in sandboxes": len(inside),
        "mounts of the host": Path("/proc/self/mountinfo").read_text(),
        "mounts of the zygote": [_mounts(process) for process in inside],
        "descriptors of the zygote": [_descriptors(process) for process in inside],
    }


def _mounts(process: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{process}/mountinfo").read_text()
    return "it is ending"


def _descriptors(process: int) -> list[str]:
    with suppress(OSError):
        return sorted(path.name for path in Path(f"/proc/{process}/fd").iterdir())
    return ["it is ending"]


def _in_sandboxes() -> list[int]:
    return [process for process in process_tree.descendants(os.getpid()) if _is_in_sandbox(process)]


def _is_in_sandbox(process: int) -> bool:
    """Tell whether a process is in another process namespace than this one."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False
    return any(line.startswith("NSpid:") and len(line.split()) > 2 for line in status.splitlines())
