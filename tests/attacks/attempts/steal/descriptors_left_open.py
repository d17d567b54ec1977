"""Goes through its open file descriptors for one that leads to the zygote, the grader or another submission.

Must not: find any.
Stopped by: all descriptors but the kernel's own sockets are closed before student code runs, the sealed file included.
"""

# %% ex1_code
import os, socket, stat

for name in os.listdir("/proc/self/fd"):
    number = int(name)
    try:
        link, kind = os.readlink(f"/proc/self/fd/{name}"), os.fstat(number).st_mode
        text = b""
        if stat.S_ISSOCK(kind):
            with socket.socket(fileno=os.dup(number)) as copy:
                link += f" {copy.type} {copy.family} {copy.getsockname()!r} {copy.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED)}"
                if copy.type == socket.SOCK_SEQPACKET:
                    print("SUCCEEDED", copy.send(b'{"without": []}'))
        elif stat.S_ISREG(kind) or "memfd" in link:
            text = os.pread(number, 200, 0)
        print(number, link, text)
    except OSError as error:
        print(number, error)
