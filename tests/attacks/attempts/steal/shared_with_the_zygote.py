"""Looks for memory that it shares with the zygote or with other kernels, writes a mark into all of it, and searches it for marks of others.

Must not: find a page or a descriptor through which one kernel reaches another or the zygote.
Stopped by: a fork copies what it has; nothing that is shared and can be written is left open or mapped when student code begins.
"""

# %% ex1_code
import mmap, os, json

needle, found = b"hidden" + b"canary-", []
for line in open("/proc/self/maps"):
    area, rights, _, device, inode, *name = line.split(None, 5)
    if "s" in rights and "w" in rights:
        print("SUCCEEDED", line)
        start, end = (int(number, 16) for number in area.split("-"))
        with open("/proc/self/mem", "r+b", 0) as memory:
            memory.seek(start)
            page = memory.read(4096)
            found.append((page.find(needle), page.find(b"a mark of another kernel")))
            memory.seek(start)
            memory.write(b"a mark of another kernel")
for name in os.listdir("/proc/self/fd"):
    try:
        # A description that others hold, too, has one position for all of them.
        os.lseek(int(name), 0, os.SEEK_CUR)
        print("seeks", name, os.readlink(f"/proc/self/fd/{name}"))
    except OSError:
        pass
print(found)
