from __future__ import annotations

from collections.abc import Callable

import msgspec

from sheetgrader.runners.local import run_all
from sheetgrader.training.job import JobResult, TrainingJob

MakeJob = Callable[..., TrainingJob]


def test_jobs_run_side_by_side_and_tell_their_epochs(make_job: MakeJob, reference_script: str) -> None:
    job = make_job(reference_script, epochs=2)
    jobs = [
        msgspec.structs.replace(job, plan=msgspec.structs.replace(job.plan, name=name)) for name in ("one", "other")
    ]
    told: list[tuple[str, int]] = []
    results = list(run_all(jobs, lambda name, epoch, _: told.append((name, epoch)), workers=2))
    assert sorted(told) == [("one", 1), ("one", 2), ("other", 1), ("other", 2)]
    assert {result.run.name for result in results} == {"one", "other"}
    assert results[0].run.curves == results[1].run.curves


def test_a_job_and_its_result_travel_as_bytes(make_job: MakeJob, reference_script: str) -> None:
    job = make_job(reference_script, epochs=1)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(job), type=TrainingJob) == job
    (result,) = run_all([job], lambda *_: None, workers=1)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(result), type=JobResult) == result
