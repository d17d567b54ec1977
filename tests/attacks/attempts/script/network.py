"""Sends what it is given to the internet, to the machine's own ports and sockets, and to a metadata service.

Must not: reach any.
Attacks: ex5
Stopped by: a script's sandbox has no network, and no socket of the machine in sight.
"""

# %% train.py
import json, os, socket

targets = json.load(open("targets.json"))
os.makedirs("output")
with open("output/told", "wb") as told:
    for family, address in (
        (socket.AF_INET, ("127.0.0.1", targets["port"])),
        (socket.AF_INET, ("169.254.169.254", 80)),
        (socket.AF_INET, ("192.0.2.1", 443)),
        (socket.AF_INET6, ("::1", targets["port"])),
        (socket.AF_UNIX, targets["socket"]),
        (socket.AF_UNIX, "\0" + targets["abstract"]),
        (socket.AF_UNIX, targets["runtime"] + "/zygote"),
        (socket.AF_UNIX, "/var/run/docker.sock"),
    ):
        with socket.socket(family) as client:
            client.settimeout(0.5)
            try:
                client.connect(address)
                told.write(b"SUCCEEDED " + client.recv(100))
            except OSError as error:
                print(error)
