"""Writes bytes that are no frames, frames that contradict each other, and commands of the transport into its connections to the grader.

Must not: stop the grading, or have another answer taken for its own.
Stopped by: what breaks the transport's rules ends the connection, and with it this kernel; a fresh one goes on.
"""

# %% ex1_code
import os, socket, stat


def connections():
    for name in os.listdir("/proc/self/fd"):
        try:
            if stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                with socket.socket(fileno=os.dup(int(name))) as copy:
                    if copy.family == socket.AF_UNIX and copy.getsockname():
                        copy.getpeername()
                        yield int(name)
        except OSError:
            pass


GARBAGE = [b"\xff" * 64, b"\x04\x05HELLO", b"\x06\x00\x00", b"\x02\xff\xff\xff\xff\xff\xff\xff\xff", b"\x04\x04\x04PING", b"GET / HTTP/1.1\r\n\r\n"]


def mean_square(x):
    for number in list(connections()):
        try:
            os.write(number, GARBAGE[x.size % 6] * (1 + x.size % 3))
        except OSError:
            pass
    return 0.0
