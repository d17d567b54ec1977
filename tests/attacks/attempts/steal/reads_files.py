"""Reads everything it can open: the course folder, graders, the gradebook, home folders, other processes' files, its neighbours.

Must not: see a canary.
Stopped by: the private root folder shows libraries only, and Landlock refuses what should still be reachable.
"""

# %% ex1_code
import os, json

targets = json.load(open("targets.json"))
needle = b"hidden" + b"canary-"
places = [
    targets["course"],
    targets["canary file"],
    targets["runtime"],
    "/",
    "/home",
    "/root",
    "/var",
    "/etc",
    "/tmp",
    "/proc/1",
    "/proc/self",
    "/dev/shm",
    "/run",
    "/mnt",
    "/srv",
    "/submission/..",
    "/opt",
]
seen = []
for place in places:
    for folder, folders, files in os.walk(place):
        folders[:] = [name for name in folders if not (folder + name).startswith(("/usr", "/opt/venv", "/sys", "/proc/self/task"))][:200]
        for name in files[:500]:
            path = os.path.join(folder, name)
            if (
                path.endswith((".so", ".pyc", "kcore", "kmsg", "trace_pipe"))
                or "/proc/" in path
                and name in ("mem", "kpageflags", "pagemap", "clear_refs")
            ):
                continue
            try:
                with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
                    text = file.read(1 << 16) or b""
            except (OSError, ValueError):
                continue
            at = text.find(needle)
            if at >= 0 and not text[at:].startswith(needle + b'"'):
                seen.append((path, text[at : at + 60]))
print(seen)
