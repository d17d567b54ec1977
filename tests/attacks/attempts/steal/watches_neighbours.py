"""Watches every library that all kernels read for what others open, and locks each of them, to learn of its neighbours and to make them wait.

Must not: change a neighbour's score.
Stopped by: libraries are read without locks. That others read them can be seen, as can their load; it tells nothing of what they answer.
"""

# %% ex1_code
import ctypes, fcntl, glob, os

libc = ctypes.CDLL(None, use_errno=True)
watch = libc.inotify_init1(os.O_NONBLOCK)
kept = []
for path in [np.__file__, *glob.glob(os.path.dirname(np.__file__) + "/**/*.so", recursive=True)[:50], "/dev/null", "/usr"]:
    libc.inotify_add_watch(watch, path.encode(), 0xFFF)
    for operation in (fcntl.LOCK_EX | fcntl.LOCK_NB, fcntl.F_SETLEASE):
        try:
            file = open(path, "rb")
            fcntl.flock(file, operation) if operation != fcntl.F_SETLEASE else fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            kept.append(file)
        except OSError as error:
            print(path, error)


def mean_square(x):
    import time

    time.sleep(0.5)
    try:
        print("events", len(os.read(watch, 1 << 16)))
    except OSError as error:
        print(error)
    return 0.0
