"""The private root folder: what of this machine's files the sandbox sees, all of it read-only.

:func:`plan_root` decides it on the host, as plain data; :func:`build` mounts it, in the zygote's own mount namespace.
"""

from __future__ import annotations

import os
import site
import sys
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sheetgrader.sandbox import syscalls

#: The home folder of student code, and in it the work folder, its current one: what is written above it has a place as
#: well.
HOME_FOLDER: Final = "/submission"
WORK_FOLDER: Final = f"{HOME_FOLDER}/work"
TEMPORARY_FOLDER: Final = "/tmp"  # noqa: S108  # a fresh file system of the sandbox's own
SHARED_MEMORY_FOLDER: Final = "/dev/shm"  # noqa: S108  # a fresh file system of the sandbox's own
WRITABLE_FOLDERS: Final = (HOME_FOLDER, TEMPORARY_FOLDER, SHARED_MEMORY_FOLDER)
DEVICES: Final = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
#: What CUDA opens: the control and memory nodes, and one node for each GPU.
_GPU_DEVICES: Final = ("nvidiactl", "nvidia-uvm", "nvidia-uvm-tools", "nvidia[0-9]*")
#: Where CUDA reads how the machine is built.
_HARDWARE_FOLDER: Final = "/sys"
#: Where the sandbox finds this package: the kernel room with what it imports, nothing else of the project.
PACKAGE_PARENT: Final = "/opt/sheetgrader"
_ENVIRONMENT_FOLDER: Final = "/opt/venv"
_LIBRARIES_FOLDER: Final = "/opt/libraries"

_SYSTEM_FOLDERS: Final = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
#: Parts of /etc that programs need to find libraries, fonts and time zones; nothing that tells of this machine.
_CONFIGURATION: Final = (
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "timezone",
    "fonts",
    "mime.types",
    "alternatives",
    "ssl/openssl.cnf",
)
_WRITTEN_FILES: Final = (
    (
        "/etc/passwd",
        "root:x:0:0::/:/bin/false\nstudent:x:1000:1000::/submission:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n",
    ),
    ("/etc/group", "root:x:0:\nstudent:x:1000:\nnogroup:x:65534:\n"),
    ("/etc/hosts", "127.0.0.1 localhost sandbox\n::1 localhost\n"),
    ("/etc/hostname", "sandbox\n"),
    ("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"),
    ("/etc/resolv.conf", ""),
    (f"{PACKAGE_PARENT}/sheetgrader/__init__.py", ""),
)
#: The part of this package that runs with the student.
_ROOMS: Final = ("errors.py", "boundary", "sandbox", "inside")


@dataclass(frozen=True)
class RootPlan:
    """What stands in a private root; plain data, travels to the zygote as JSON."""

    #: Files and folders of the host, and where they appear.
    binds: tuple[tuple[str, str], ...]
    #: Symbolic links, and where they point.
    links: tuple[tuple[str, str], ...]
    #: The Python interpreter, and folders to add to its path, as the sandbox sees them.
    interpreter: str
    libraries: tuple[str, ...]
    #: Device nodes that may be read and written.
    devices: tuple[str, ...] = DEVICES

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> RootPlan:
        """Return the plan that became ``content`` on its way."""
        binds, links = ([(str(first), str(second)) for first, second in content[key]] for key in ("binds", "links"))
        return cls(
            tuple(binds), tuple(links), content["interpreter"], tuple(content["libraries"]), tuple(content["devices"])
        )

    @property
    def readable(self) -> tuple[str, ...]:
        """What the sandbox may read of what it sees."""
        return (*(target for _, target in self.binds), "/etc", PACKAGE_PARENT, "/proc", "/dev")


def gpu_devices(folder: Path = Path("/dev")) -> tuple[str, ...]:
    """Return the device nodes of this machine's NVIDIA GPUs; none where it has none."""
    return tuple(sorted(str(path) for pattern in _GPU_DEVICES for path in folder.glob(pattern)))


def plan_root(devices: Sequence[str] = (), *, everything: bool = False) -> RootPlan:
    """Return the private root for the Python environment that runs this.

    Args:
        devices: device nodes beside the harmless ones; with them comes what tells of the hardware.
        everything: show all of the host's files; only for tests that show what this ring is good for.
    """
    links, binds = [], []
    for name in _SYSTEM_FOLDERS:
        folder = Path("/", name)
        if folder.is_symlink():
            links.append((str(folder), str(folder.readlink())))
        elif folder.is_dir():
            binds.append((str(folder), str(folder)))
    binds.append(("/usr", "/usr"))
    binds += [(f"/etc/{name}", f"/etc/{name}") for name in _CONFIGURATION if Path("/etc", name).exists()]
    prefix, base = Path(sys.prefix), Path(sys.base_prefix)
    interpreter = Path(sys.executable)
    # The environment's own path may tell of the instructor, and is no more than a name; by that name its programs ask
    # for their interpreter. The installation it was made from must stay where the environment expects it.
    if prefix != base:
        binds.append((str(prefix), _ENVIRONMENT_FOLDER))
        if interpreter.is_relative_to(prefix):
            interpreter = _ENVIRONMENT_FOLDER / interpreter.relative_to(prefix)
    for folder in (base, Path(sys.executable).resolve().parents[1]):
        if not _is_covered(folder, binds):
            binds.append((str(folder), str(folder)))
    if prefix != base and not everything and _is_free(prefix, binds):
        links.append((str(prefix), _ENVIRONMENT_FOLDER))
    libraries = []
    for number, folder in enumerate(library_folders()):
        binds.append((str(folder), f"{_LIBRARIES_FOLDER}/{number}"))
        libraries.append(f"{_LIBRARIES_FOLDER}/{number}")
    package = Path(__file__).resolve().parents[1]
    binds += [(str(package / name), f"{PACKAGE_PARENT}/sheetgrader/{name}") for name in _ROOMS]
    if devices:
        binds.append((_HARDWARE_FOLDER, _HARDWARE_FOLDER))
    if everything:
        binds += _other_top_folders([target for _, target in binds])
    # While the root is made, links to absolute paths would lead nowhere.
    resolved = tuple((str(Path(source).resolve()), target) for source, target in binds)
    return RootPlan(resolved, tuple(links), str(interpreter), tuple(libraries), (*DEVICES, *devices))


def library_folders() -> list[Path]:
    """Return the folders of installed libraries that an isolated interpreter would not look into by itself: the user's
    own.
    """
    folder = Path(site.getusersitepackages())
    return [folder] if str(folder) in sys.path and folder.is_dir() else []


def _is_covered(folder: Path, binds: Iterable[tuple[str, str]]) -> bool:
    return any(source == target and folder.is_relative_to(source) for source, target in binds)


def _is_free(folder: Path, binds: Sequence[tuple[str, str]]) -> bool:
    """Tell whether nothing of a private root is to stand where ``folder`` does, below it or around it."""
    if any(folder.is_relative_to(own) for own in (*WRITABLE_FOLDERS, "/proc", "/dev", "/etc", "/run", "/var")):
        return False
    return not _is_covered(folder, binds) and not any(Path(target).is_relative_to(folder) for _, target in binds)


def _other_top_folders(shown: Collection[str]) -> list[tuple[str, str]]:
    own = {"/proc", "/dev", HOME_FOLDER, TEMPORARY_FOLDER, *(f"/{path.split('/')[1]}" for path in shown)}
    return [
        (str(folder), str(folder))
        for folder in Path("/").iterdir()
        if folder.is_dir() and not folder.is_symlink() and str(folder) not in own
    ]


def build(plan: RootPlan) -> None:
    """Replace this process's root folder by ``plan``.

    The process must be alone in a new mount namespace, the first of a new process namespace, and hold the privilege to
    mount.

    Raises:
        OSError: a mount is refused.
    """
    syscalls.mount(None, "/", flags=syscalls.MS_REC | syscalls.MS_PRIVATE)
    # A first pivot onto an empty file system, so that every path of the host is free to be bound, those below the mount
    # point too.
    harmless = syscalls.MS_NOSUID | syscalls.MS_NODEV
    syscalls.mount("stage", TEMPORARY_FOLDER, "tmpfs", harmless, "size=64k,mode=755")
    old, new = Path("/old"), Path("/new")
    for folder in (old, new):
        Path(TEMPORARY_FOLDER, folder.name).mkdir(mode=0o755)
    syscalls.pivot_root(TEMPORARY_FOLDER, TEMPORARY_FOLDER + str(old))
    os.chdir("/")
    syscalls.mount("root", str(new), "tmpfs", harmless, "size=4m,nr_inodes=16k,mode=755")
    _fill(plan, old, new)
    read_only = syscalls.MOUNT_ATTR_RDONLY | syscalls.MOUNT_ATTR_NOSUID
    syscalls.set_mount_attributes(str(new), read_only | syscalls.MOUNT_ATTR_NODEV, recursive=True)
    _mount_devices(plan.devices, old, new)
    syscalls.set_mount_attributes(f"{new}/dev", read_only | syscalls.MOUNT_ATTR_NOEXEC, recursive=False)
    _mount_processes(old, new)
    syscalls.mount("temporary", str(new) + TEMPORARY_FOLDER, "tmpfs", harmless, "size=64m,mode=1777")
    # For what libraries try out when they are imported; each kernel has its own.
    syscalls.mount("shared", str(new) + SHARED_MEMORY_FOLDER, "tmpfs", harmless, "size=1m,mode=1777")
    os.chdir(new)
    # Both on the same spot: the old root is stacked above and can be let go.
    syscalls.pivot_root(".", ".")
    syscalls.unmount(".")
    os.chdir("/")


def _fill(plan: RootPlan, old: Path, new: Path) -> None:
    # Empty folders of the new root.
    for folder in (HOME_FOLDER, TEMPORARY_FOLDER, "/proc", "/dev", "/etc", "/run", "/var"):
        _below(new, folder).mkdir(parents=True, exist_ok=True)
    _below(new, "/var/tmp").symlink_to(TEMPORARY_FOLDER)  # noqa: S108  # a link to the sandbox's own
    # Those nearest to the root first: a folder must not be bound over what already stands inside it.
    for source, target in sorted(plan.binds, key=lambda bind: bind[1].count("/")):
        origin, place = _below(old, source), _below(new, target)
        if origin.is_dir():
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()
        syscalls.mount(str(origin), str(place), flags=syscalls.MS_BIND | syscalls.MS_REC)
    for path, destination in plan.links:
        link = _below(new, path)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(destination)
    for path, text in _WRITTEN_FILES:
        place = _below(new, path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)


def _mount_devices(devices: Iterable[str], old: Path, new: Path) -> None:
    syscalls.mount(
        "dev", f"{new}/dev", "tmpfs", syscalls.MS_NOSUID | syscalls.MS_NOEXEC, "size=64k,nr_inodes=64,mode=755"
    )
    for device in devices:
        _below(new, device).touch()
        syscalls.mount(str(_below(old, device)), str(_below(new, device)), flags=syscalls.MS_BIND)
    for name, target in (
        ("fd", "/proc/self/fd"),
        ("stdin", "/proc/self/fd/0"),
        ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"),
    ):
        (new / "dev" / name).symlink_to(target)
    _below(new, SHARED_MEMORY_FOLDER).mkdir(mode=0o755)


def _mount_processes(old: Path, new: Path) -> None:
    try:
        syscalls.mount("proc", f"{new}/proc", "proc", syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC)
    except PermissionError:
        # Containers hide parts of /proc, and then the kernel refuses a fresh one. The zygote keeps the container's;
        # children cover it.
        syscalls.mount(f"{old}/proc", f"{new}/proc", flags=syscalls.MS_BIND | syscalls.MS_REC)


def _below(root: Path, path: str) -> Path:
    return root / path.removeprefix("/")
