"""Hands in files whose names lead out of the folder, overwrite the course's own, are no text, or are the notebook's own.

Must not: write outside its work folder, or stop the grading.
Stopped by: names are checked where files are read, packed and unpacked; instructor files go over the group's own.
"""

# %% hand in
import os

for name in (
    b"line\nbreak",
    b"\xff\xfe",
    b"-rf",
    b"$(touch pwned)",
    b"a" * 250,
    "\u202egnp.exe".encode(),
    b"nul\\..\\..\\x",
    b"%00",
    b".ipynb",
    b"<script>alert(1)</script>",
):
    with open(os.path.join(os.fsencode(folder), name.replace(b"/", b"_")), "wb") as file:
        file.write(b"x")
os.symlink("/etc/passwd", folder / "passwd")
os.symlink(folder.parents[3], folder / "everything")
os.symlink("loop", folder / "loop")
os.mkfifo(folder / "pipe")
(folder / "deep").joinpath(*["d"] * 60).mkdir(parents=True)
