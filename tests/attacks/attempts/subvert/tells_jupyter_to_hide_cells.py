"""Tells Jupyter by the metadata of cells that run to leave them out of what is shown.

Must not: be hidden from tutors.
Stopped by: what hides a cell is taken away before it runs, and remarked where nothing but a cheat sets it.
"""

# %% evidence
EVIDENCE = "left out"

# %% hand in
for cell in notebook.cells[1:3]:
    cell.metadata.update(transient={"remove_source": True}, jupyter={"source_hidden": True}, hide_input=True)
    cell.metadata["jp-MarkdownHeadingCollapsed"] = True
