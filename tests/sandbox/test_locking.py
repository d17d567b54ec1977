from __future__ import annotations

import ctypes
import os
import socket
import tempfile
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import pytest

from sheetgrader.kernels.launcher import SandboxedKernel, Zygote, ZygoteConnection
from sheetgrader.sandbox import landlock
from sheetgrader.sandbox.limits import SandboxLimits, private_bytes
from sheetgrader.sandbox.locking import OF_THE_ZYGOTE, Ring
from sheetgrader.sandbox.private_root import SHARED_MEMORY_FOLDER, WRITABLE_FOLDERS

from ..kernel_fixtures import process_count

Ask = Callable[..., Any]
NewKernel = Callable[..., SandboxedKernel]

_LIMITS = SandboxLimits(
    disk_bytes=8 << 20, shared_memory_bytes=8 << 20, file_bytes=4 << 20, memory_bytes=256 << 20, processes=40
)

#: For each ring what it alone stops; ``answer`` is true where it was not stopped.
_ATTACKS = {
    Ring.PRIVATE_ROOT: "import os\nanswer = os.path.exists(CANARY)",
    Ring.PROCESS_NAMESPACE: "import os\nanswer = os.getppid() != 0",
    Ring.NETWORK_NAMESPACE: (
        """
import socket
try:
    socket.create_connection(("127.0.0.1", PORT), timeout=5).close()
    answer = True
except OSError:
    answer = False
"""
    ),
    Ring.IPC_NAMESPACE: "answer = str(SEGMENT) in open('/proc/sysvipc/shm').read().split()",
    Ring.READ_ONLY_PROC: "import os\nanswer = os.access('/proc/self/oom_score_adj', os.W_OK)",
    Ring.NO_NESTED_NAMESPACES: "answer = open('/proc/sys/user/max_user_namespaces').read().strip() != '0'",
    Ring.DISK_LIMITS: (
        """
answer = True
try:
    for number in range(4):
        open(f"{number}", "wb").write(bytes(3 << 20))
except OSError:
    answer = False
"""
    ),
    Ring.RESOURCE_LIMITS: (
        """
import threading
done = threading.Event()
answer = True
try:
    for _ in range(60):
        threading.Thread(target=done.wait).start()
except RuntimeError:
    answer = False
finally:
    done.set()
"""
    ),
    Ring.NO_CAPABILITIES: (
        """
import socket
try:
    socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP).close()
    answer = True
except PermissionError:
    answer = False
"""
    ),
    Ring.LANDLOCK: (
        """
import os
try:
    os.listdir("/")
    answer = True
except PermissionError:
    answer = False
"""
    ),
    Ring.SECCOMP: (
        """
import os
try:
    os.close(os.memfd_create("memory that nobody counts"))
    answer = True
except PermissionError:
    answer = False
"""
    ),
    Ring.CLEAN_ENVIRONMENT: "import os\nanswer = 'MKL_NUM_THREADS' in os.environ",
    Ring.CLOSED_DESCRIPTORS: (
        """
import os, socket
answer = False
for name in os.listdir("/proc/self/fd"):
    if os.path.exists(f"/proc/self/fd/{name}") and os.readlink(f"/proc/self/fd/{name}").startswith("socket"):
        with socket.socket(fileno=os.dup(int(name))) as found:
            answer |= found.type == socket.SOCK_SEQPACKET
"""
    ),
}


@pytest.fixture(scope="module")
def host() -> Iterator[dict[str, Any]]:
    """What the attacks are after on the host: a file, a listening port, a piece of shared memory."""
    libc = ctypes.CDLL(None, use_errno=True)
    create_for_all = 0o1666
    segment = libc.shmget(0, 4096, create_for_all)
    assert segment >= 0
    with tempfile.NamedTemporaryFile(dir="/var/tmp") as canary, socket.create_server(("127.0.0.1", 0)) as server:
        yield {"CANARY": canary.name, "PORT": server.getsockname()[1], "SEGMENT": segment}
    remove = 0
    libc.shmctl(segment, remove, None)


def _succeeds(zygote: Zygote, attack: str, host: dict[str, Any], ask: Ask, *, without: Collection[Ring] = ()) -> bool:
    connection = ZygoteConnection(zygote.address)
    kernel = connection.fork(files={}, limits=_LIMITS, _without=without)
    try:
        return bool(ask(kernel, "\n".join(f"{name} = {value!r}" for name, value in host.items()) + "\n" + attack))
    finally:
        connection.close()


@pytest.mark.parametrize("ring", _ATTACKS, ids=lambda ring: ring.name.lower())
def test_every_attack_is_stopped(ring: Ring, zygote: Zygote, host: dict[str, Any], ask: Ask) -> None:
    if ring is Ring.LANDLOCK and not landlock.version():
        pytest.skip("this kernel has no Landlock")
    assert not _succeeds(zygote, _ATTACKS[ring], host, ask)


@pytest.mark.parametrize(
    "ring", [ring for ring in Ring if ring in _ATTACKS.keys() - OF_THE_ZYGOTE], ids=lambda ring: ring.name.lower()
)
def test_without_its_ring_an_attack_succeeds(ring: Ring, zygote: Zygote, host: dict[str, Any], ask: Ask) -> None:
    assert _succeeds(zygote, _ATTACKS[ring], host, ask, without={ring})


@pytest.mark.parametrize("ring", [ring for ring in Ring if ring in OF_THE_ZYGOTE], ids=lambda ring: ring.name.lower())
def test_without_its_ring_around_the_zygote_an_attack_succeeds(ring: Ring, host: dict[str, Any], ask: Ask) -> None:
    with Zygote.start(preload=(), _without={ring}) as zygote:
        zygote.wait_ready()
        assert _succeeds(zygote, _ATTACKS[ring], host, ask)


#: Rings of which a process cannot look for the effect itself: it clears its environment and closes what is open.
_BY_THEMSELVES = {Ring.CLEAN_ENVIRONMENT, Ring.CLOSED_DESCRIPTORS}
#: What the rehearsal before the first kernel finds missing, asked of a kernel.
_REHEARSAL = f"""
from sheetgrader.sandbox.limits import SandboxLimits
from sheetgrader.sandbox.locking import missing_effects
sizes = dict(disk_bytes={_LIMITS.disk_bytes}, shared_memory_bytes={_LIMITS.shared_memory_bytes})
answer = missing_effects(SandboxLimits(**sizes, processes={_LIMITS.processes}))
"""


def test_the_rehearsal_misses_nothing_where_all_rings_are_on(zygote: Zygote, host: dict[str, Any], ask: Ask) -> None:
    assert not _succeeds(zygote, _REHEARSAL, host, ask)


@pytest.mark.parametrize(
    "ring", [ring for ring in Ring if ring not in OF_THE_ZYGOTE | _BY_THEMSELVES], ids=lambda ring: ring.name.lower()
)
def test_the_rehearsal_notices_a_ring_that_is_missing(
    ring: Ring, zygote: Zygote, host: dict[str, Any], ask: Ask
) -> None:
    if ring is Ring.LANDLOCK and not landlock.version():
        pytest.skip("this kernel has no Landlock")
    assert _succeeds(zygote, _REHEARSAL, host, ask, without={ring})


@pytest.mark.parametrize("ring", [Ring.IPC_NAMESPACE], ids=lambda ring: ring.name.lower())
def test_the_rehearsal_notices_a_ring_around_the_zygote_that_is_missing(
    ring: Ring, host: dict[str, Any], ask: Ask
) -> None:
    with Zygote.start(preload=(), _without={ring}) as zygote:
        zygote.wait_ready()
        assert _succeeds(zygote, _REHEARSAL, host, ask)


def test_every_ring_has_its_attack() -> None:
    assert set(_ATTACKS) == set(Ring)


def test_every_ring_stands_in_the_documentation() -> None:
    text = (Path(__file__).parents[2] / "docs" / "security.md").read_text(encoding="utf-8")
    table = text.partition("\n## The rings\n")[2].partition("\n## ")[0]
    rows = [line.split("|")[1].strip() for line in table.splitlines() if line.startswith("|")]
    assert rows[2:] == [*(ring.value for ring in Ring), "memory control group"]


def test_private_memory_is_what_belongs_to_no_file() -> None:
    assert (
        private_bytes("VmRSS:\t 999 kB\nRssAnon:\t     100 kB\nRssFile:\t 50 kB\nRssShmem:\t   8 kB\nVmPTE:\t   4 kB\n")
        == 112 << 10
    )


def test_the_parent_cannot_be_signalled_or_traced(kernel: SandboxedKernel, ask: Ask) -> None:
    code = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
attach = 16
seen = [name for name in os.listdir("/proc") if name.isdigit()]
answer = [os.getpid(), os.getppid(), seen, libc.ptrace(attach, 1, 0, 0)]
"""
    assert ask(kernel, code) == [1, 0, ["1"], -1]


@pytest.mark.parametrize(
    "call",
    [
        "mount(b'none', b'/tmp', b'tmpfs', 0, None)",
        "umount2(b'/submission', 2)",
        "unshare(0x10000000)",
        "chroot(b'/tmp')",
    ],
    ids=["mount", "unmount", "unshare", "chroot"],
)
def test_mounts_and_namespaces_cannot_be_made(kernel: SandboxedKernel, ask: Ask, call: str) -> None:
    assert ask(
        kernel, f"import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\nanswer = [libc.{call}, ctypes.get_errno()]"
    ) == [-1, 1]


def test_the_hosts_sockets_cannot_be_reached(kernel: SandboxedKernel, ask: Ask) -> None:
    name = f"sheetgrader-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as abstract, socket.socket(socket.AF_INET6) as six:
        abstract.bind(f"\0{name}")
        abstract.listen()
        six.bind(("::1", 0))
        six.listen()
        code = f"""
import socket
answer = []
for family, address in (
    (socket.AF_UNIX, "\\0{name}"),
    (socket.AF_INET6, ("::1", {six.getsockname()[1]})),
    (socket.AF_INET, ("192.0.2.1", 80)),
):
    with socket.socket(family) as client:
        client.settimeout(2)
        answer.append(client.connect_ex(address) == 0)
"""
        assert ask(kernel, code) == [False, False, False]


def test_loopback_works_inside(kernel: SandboxedKernel, ask: Ask) -> None:
    code = """
import socket
with socket.create_server(("127.0.0.1", 0)) as server:
    with socket.create_connection(server.getsockname()) as client:
        client.sendall(b"hello")
        with server.accept()[0] as accepted:
            answer = accepted.recv(5).decode()
"""
    assert ask(kernel, code) == "hello"


def test_a_fork_bomb_is_bounded_and_ends_with_its_kernel(new_kernel: NewKernel, ask: Ask) -> None:
    kernel = new_kernel(processes=40)
    code = """
import os, time
count = 0
for _ in range(200):
    try:
        if os.fork() == 0:
            os.setsid()
            time.sleep(600)
            os._exit(0)
        count += 1
    except OSError:
        break
answer = count
"""
    started = ask(kernel, code)
    assert 0 < started < 40
    assert process_count(kernel) == started + 1
    tree = [
        int(name) for name in Path(f"/proc/{kernel.process_id}/task/{kernel.process_id}/children").read_text().split()
    ]
    assert len(tree) == started
    kernel.kill()
    assert [process for process in tree if Path(f"/proc/{process}").exists()] == []


@pytest.mark.parametrize("folder", WRITABLE_FOLDERS)
def test_a_full_disk_is_an_error_to_the_student_alone(new_kernel: NewKernel, ask: Ask, folder: str) -> None:
    code = f"""
import errno
answer = None
try:
    for number in range(9):
        open(f"{folder}/{{number}}", "wb").write(bytes(1 << 20))
except OSError as error:
    answer = errno.errorcode[error.errno]
"""
    limit = "shared_memory_bytes" if folder == SHARED_MEMORY_FOLDER else "disk_bytes"
    assert ask(new_kernel(**{limit: 8 << 20}), code) == "ENOSPC"


def test_one_file_has_a_limit_too(new_kernel: NewKernel, ask: Ask) -> None:
    code = """
import errno
try:
    open("large", "wb").write(bytes(2 << 20))
except OSError as error:
    answer = errno.errorcode[error.errno]
"""
    assert ask(new_kernel(file_bytes=1 << 20), code) == "EFBIG"


def test_files_can_be_counted_out(new_kernel: NewKernel, ask: Ask) -> None:
    code = """
import errno
for number in range(3000):
    try:
        open(f"{number}", "wb").close()
    except OSError as error:
        answer = errno.errorcode[error.errno]
        break
"""
    assert ask(new_kernel(disk_bytes=8 << 20), code) == "ENOSPC"


_ALLOCATIONS = {
    "bytes": "bytearray(SIZE)",
    "numpy": "__import__('numpy').ones(SIZE // 8)",
    "torch": "__import__('torch').zeros(SIZE // 4)",
    "many pieces": "[bytearray(1 << 20) for _ in range(SIZE >> 20)]",
}


@pytest.mark.parametrize("allocate", _ALLOCATIONS.values(), ids=_ALLOCATIONS)
def test_memory_over_the_limit_is_an_error_to_the_student(new_kernel: NewKernel, ask: Ask, allocate: str) -> None:
    kernel = new_kernel(memory_bytes=256 << 20)
    code = f"""
SIZE = 400 << 20
try:
    kept = {allocate}
    answer = "allocated"
except (MemoryError, RuntimeError) as error:
    answer = "refused"
"""
    assert ask(kernel, code) == "refused"
    assert ask(kernel, code.replace("400 <<", "100 <<")) == "allocated"
    # The operating system counts in batches.
    assert 95 << 20 <= kernel.memory_bytes() <= 160 << 20


def test_the_limit_on_open_files_holds(new_kernel: NewKernel, ask: Ask) -> None:
    code = """
import errno
kept = []
try:
    while True:
        kept.append(open("/dev/null"))
except OSError as error:
    answer = [errno.errorcode[error.errno], len(kept) < 100]
kept.clear()
"""
    assert ask(new_kernel(open_files=100), code) == ["EMFILE", True]


def test_processor_time_ends(new_kernel: NewKernel, ask: Ask) -> None:
    kernel = new_kernel(cpu_seconds=1)
    with pytest.raises(AssertionError, match="no answer"):
        ask(kernel, "while True: pass", seconds=60)
    assert kernel.exit_status() == -9


def test_environment_and_command_line_tell_nothing_of_the_host(new_kernel: NewKernel, ask: Ask) -> None:
    code = """
import os
parts = [open(f"/proc/self/{name}").read() for name in ("environ", "cmdline", "comm")]
answer = [sorted(os.environ), "".join([*parts, *os.environ.values(), os.uname().nodename])]
"""
    names, text = ask(new_kernel(environment={"NBGRADER_EXECUTION": "autograde"}), code)
    assert {"HOME", "PATH", "NBGRADER_EXECUTION"} <= set(names)
    # Those that every kernel has, whatever the host.
    own = {
        "HOME",
        "PATH",
        "LANG",
        "USER",
        "LOGNAME",
        "TMPDIR",
        "TERM",
        "PAGER",
        "GIT_PAGER",
        "OMP_NUM_THREADS",
        "MPLBACKEND",
        "MPLCONFIGDIR",
        "SHELL",
        "TORCHINDUCTOR_CPP_CACHE_PRECOMPILE_HEADERS",
        "PIP_RETRIES",
        "PIP_DISABLE_PIP_VERSION_CHECK",
        "JUPYTER_RUNTIME_DIR",
        "JPY_PARENT_PID",
    }
    assert not set(names) & set(os.environ) - own
    for tell in (
        socket.gethostname(),
        str(Path(__file__).parents[2]),
        str(Path.home()),
        f"{tempfile.gettempdir()}/sheetgrader-",
    ):
        assert tell not in text
