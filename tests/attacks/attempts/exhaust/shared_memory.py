"""Takes memory that counts for no process: shared mappings, files in memory, pipes and socket buffers.

Must not: take more than its limit.
Stopped by: size limits on every writable folder, the system call filter, and the watch over sockets.
"""

# %% ex1_code
import mmap, os, socket


def mean_square(x):
    kept = []
    for make in (lambda: mmap.mmap(-1, 1 << 28), lambda: os.memfd_create("m"), lambda: open(f"/dev/shm/{len(kept)}", "wb").write(bytes(1 << 22))):
        for _ in range(20):
            try:
                kept.append(make())
            except (OSError, MemoryError, ValueError) as error:
                print(error)
                break
    for _ in range(200):
        try:
            one, other = socket.socketpair()
            one.setblocking(False)
            kept += [one, other]
            while True:
                one.send(bytes(1 << 16))
        except OSError:
            pass
    return 0.0
