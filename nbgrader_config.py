"""The course's one configuration file; nbgrader's own commands and sheetgrader's read it.

Every setting of sheetgrader's, with its default, stands in docs/; those of nbgrader's in its documentation.
"""

c = get_config()  # noqa: F821 # traitlets puts it there

# Regulations are for intake and grading; students get them in the notebook's first cell.
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback", "sheet.toml"]

# `nbgrader autograde` runs submissions in the sandbox, too, and has the hidden graders judge them.
c.Autograde.autograde_preprocessors = [
    "sheetgrader.nbgrader_plugin.Execute",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "sheetgrader.nbgrader_plugin.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# `nbgrader export` writes a table for a spreadsheet, in which nothing that a student wrote is a formula.
c.ExportApp.plugin_class = "sheetgrader.nbgrader_plugin.CsvExport"

# What the four sheets import; torchvision brings along what PyTorch takes a second to import for the first optimizer.
c.Sheetgrader.preload = ["numpy", "matplotlib.pyplot", "torch", "torchvision"]

# nbgrader's own pages for tutors, the formgrader's above all, then show students' outputs and markdown without scripts.
c.HTMLExporter.sanitize_html = True
