"""Loads the C library and calls the system by number: mounts, namespaces, tracing, modules, other machines' calls.

Must not: succeed with any.
Stopped by: no capabilities, and the system call filter.
"""

# %% ex1_code
import ctypes, platform

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
if platform.machine() == "x86_64":
    for name, number in calls.items():
        result = libc.syscall(number, 0, 0, 0, 0, 0, 0)
        print("SUCCEEDED" if result >= 0 else "refused", name, ctypes.get_errno())
    for number in (0x40000000 + 101, 500, 335):
        result = libc.syscall(number, 0, 0, 0)
        print("SUCCEEDED" if result >= 0 else "refused", number, ctypes.get_errno())
