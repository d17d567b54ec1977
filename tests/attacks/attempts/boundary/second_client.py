"""Connects to its own kernel as a second client, and accepts on the listening sockets in the grader's place.

Must not: read what the grader asks of others, or earn points.
Stopped by: the sockets have no path inside the sandbox; whoever listens there is the student's own process, as before.
"""

# %% ex1_code
import os, socket, stat, threading, zmq


def take(number):
    with socket.socket(fileno=os.dup(number)) as listening:
        listening.settimeout(2)
        try:
            client, _ = listening.accept()
            client.sendall(b"\xff\0\0\0\0\0\0\0\1\x7f\3\0NULL" + bytes(48))
        except OSError:
            pass


for name in os.listdir("/proc/self/fd"):
    try:
        if stat.S_ISSOCK(os.fstat(int(name)).st_mode):
            with socket.socket(fileno=os.dup(int(name))) as copy:
                listens, address = copy.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN), copy.getsockname()
            if listens and isinstance(address, (str, bytes)):
                print("listens on", address)
                threading.Thread(target=take, args=(int(name),), daemon=True).start()
                with socket.socket(socket.AF_UNIX) as client:
                    try:
                        client.connect(address)
                        print("SUCCEEDED")
                    except OSError as error:
                        print(error)
    except OSError:
        pass
print(os.path.exists("kernel.json"), zmq.__version__)
