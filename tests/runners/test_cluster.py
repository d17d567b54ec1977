from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from sheetgrader.errors import UsageError
from sheetgrader.runners import cluster
from sheetgrader.runners.cluster import ClusterError
from sheetgrader.training.job import JobResult, TrainingJob
from sheetgrader.training.settings import DaskRunner, SlurmRunner

distributed = pytest.importorskip(
    "distributed", reason="the extra `cluster` is not installed: pip install 'sheetgrader[cluster]'"
)
pytest.importorskip("dask_jobqueue", reason="the extra `cluster` is not installed: pip install 'sheetgrader[cluster]'")

# What Dask leaves behind when it is closed is not ours.
pytestmark = pytest.mark.filterwarnings("ignore")

MakeJob = Callable[..., TrainingJob]


def _train(runner: SlurmRunner | DaskRunner, job: TrainingJob) -> tuple[list[JobResult], set[int]]:
    told: set[int] = set()
    results = list(cluster.run_all([job], runner, lambda _name, epoch, _line: told.add(epoch)))
    return results, told


def _check(results: list[JobResult], told: set[int]) -> None:
    (result,) = results
    assert [check.message for check in result.checks if not check.holds] == []
    assert len(result.run.curves["train_loss"]) == 3
    assert told <= {1, 2, 3}


@pytest.fixture
def scheduler() -> Iterator[str]:
    """The address of a scheduler with one worker, started by Dask's own commands."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    programs = [
        ["scheduler", "--host", "127.0.0.1", "--port", str(port), "--dashboard-address", "127.0.0.1:0"],
        [
            "worker",
            address,
            "--nworkers",
            "1",
            "--nthreads",
            "1",
            "--resources",
            "GPU=1",
            "--dashboard-address",
            "127.0.0.1:0",
        ],
    ]
    running = [
        subprocess.Popen([sys.executable, "-m", "dask", *words], stderr=subprocess.DEVNULL) for words in programs
    ]
    yield address
    for process in reversed(running):
        process.terminate()
        process.wait(30)


@pytest.mark.slow
def test_a_job_runs_on_a_dask_worker_and_tells_its_epochs(
    scheduler: str, make_job: MakeJob, reference_script: str
) -> None:
    results, told = _train(DaskRunner(address=scheduler), make_job(reference_script, epochs=3))
    _check(results, told)
    assert told


def test_a_scheduler_that_is_not_there_is_told_in_a_sentence(
    make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_CONNECT_SECONDS", 0.5)
    with pytest.raises(ClusterError, match="the cluster cannot be reached"):
        _train(DaskRunner(address="tcp://127.0.0.1:9"), make_job("", epochs=3))


@pytest.mark.slow
def test_a_scheduler_without_a_worker_that_fits_is_told_in_a_sentence(
    scheduler: str, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_WORKER_SECONDS", 0.0)
    monkeypatch.setattr(cluster, "_LOOK_SECONDS", 0.5)
    job = msgspec.structs.replace(make_job("", epochs=3), device="cuda")
    with pytest.raises(ClusterError, match=r'no worker with a GPU: start one with --resources "TPU=1"'):
        _train(DaskRunner(address=scheduler, gpu_resource="TPU"), job)


def test_the_job_script_asks_for_a_gpu() -> None:
    made = cluster._slurm(SlurmRunner(partition="gpu", interface="lo"))
    try:
        text = made.job_script()
    finally:
        made.close()
    assert "#SBATCH --gres=gpu:1" in text
    assert "#SBATCH -p gpu" in text


SLURM = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort=16817
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
SlurmUser={user}
SlurmdUser={user}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
ReturnToService=2
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
KillWait=5
GresTypes=gpu
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port=16818 CPUs=1 RealMemory=8000 Gres=gpu:1 State=UNKNOWN
PartitionName=gpu Nodes=n1 Default=YES MaxTime=INFINITE State=UP
"""


@pytest.fixture
def slurm(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Slurm of one node with a make-believe GPU."""
    programs = ("munged", "slurmctld", "slurmd", "sbatch")
    path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    missing = [name for name in programs if shutil.which(name, path=path) is None]
    if missing:
        pytest.skip(f"there is no {', '.join(missing)}; on Debian: apt-get install slurmctld slurmd slurm-client munge")
    folder = tmp_path_factory.mktemp("slurm")
    user = "root" if os.geteuid() == 0 else os.environ["USER"]
    (folder / "slurm.conf").write_text(SLURM.format(host=socket.gethostname(), folder=folder, user=user))
    (folder / "gres.conf").write_text("NodeName=n1 Name=gpu File=/dev/null\n")
    (folder / "state").mkdir()
    (folder / "spool").mkdir()
    key = folder / "munge.key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o600)
    monkeypatch.setenv("PATH", path)
    monkeypatch.setenv("SLURM_CONF", str(folder / "slurm.conf"))
    munge = [f"--{name}-file={folder}/munge.{name}" for name in ("pid", "log", "seed")]
    running = [
        subprocess.Popen(
            ["munged", "--foreground", "--force", f"--key-file={key}", f"--socket={folder}/munge.socket", *munge]
        ),
        subprocess.Popen(["slurmctld", "-D", "-c"], stderr=subprocess.DEVNULL),
        subprocess.Popen(["slurmd", "-D", "-N", "n1"], stderr=subprocess.DEVNULL),
    ]
    deadline = time.monotonic() + 30
    while "idle" not in subprocess.run(["sinfo", "-h", "-o", "%T"], capture_output=True, text=True, check=False).stdout:
        assert time.monotonic() < deadline, (folder / "slurmctld.log").read_text()
        time.sleep(0.2)
    yield
    subprocess.run(["scancel", "-u", user], check=False)
    deadline = time.monotonic() + 30
    while (
        subprocess.run(["squeue", "-h"], capture_output=True, text=True, check=False).stdout.strip()
        and time.monotonic() < deadline
    ):
        time.sleep(0.2)
    for process in reversed(running):
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@pytest.mark.slow
def test_a_job_runs_on_slurm(
    slurm: None, make_job: MakeJob, reference_script: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # Slurm writes the job's output there.
    monkeypatch.chdir(tmp_path)
    runner = SlurmRunner(partition="gpu", memory="4GiB", walltime="00:10:00", interface="lo")
    _check(*_train(runner, make_job(reference_script, epochs=3)))


@pytest.mark.slow
def test_what_slurm_refuses_is_told_in_a_sentence(
    slurm: None, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    runner = SlurmRunner(partition="gone", memory="4GiB", walltime="00:10:00", interface="lo")
    with pytest.raises(ClusterError, match=r"the cluster cannot be reached .*invalid partition"):
        _train(runner, make_job("", epochs=3))


def test_without_the_extra_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch, make_job: MakeJob) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r"pip install 'sheetgrader\[cluster\]'"):
        _train(DaskRunner(address="tcp://127.0.0.1:9"), make_job("", epochs=3))
