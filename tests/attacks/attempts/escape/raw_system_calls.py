"""Loads the C library and calls the system by number: mounts, namespaces, tracing, modules, other machines' calls.

Must not: succeed with any.
Stopped by: no capabilities, and the system call filter.
"""

# %% ex1_code
import ctypes, os, platform

libc = ctypes.CDLL(None, use_errno=True)
calls = {
    "ptrace": 101,
    "mount": 165,
    "unshare": 272,
    "setns": 308,
    "chroot": 161,
    "bpf": 321,
    "init_module": 175,
    "kexec_load": 246,
    "keyctl": 250,
    "io_uring_setup": 425,
    "userfaultfd": 323,
    "perf_event_open": 298,
    "open_by_handle_at": 304,
    "pidfd_getfd": 438,
    "process_vm_readv": 310,
}


def attempt(name, number):
    """Try in a process of its own, which some of them end."""
    process = os.fork()
    if process == 0:
        os._exit(0 if libc.syscall(number, 0, 0, 0, 0, 0, 0) >= 0 else ctypes.get_errno() & 0x7F or 1)
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    print("refused" if status else "SUCCEEDED", name, status)


if platform.machine() == "x86_64":
    for name, number in calls.items():
        attempt(name, number)
    for number in (0x40000000 + 101, 500, 335, 336):
        attempt(number, number)
