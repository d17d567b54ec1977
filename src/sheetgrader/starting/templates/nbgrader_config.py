"""The course's one configuration file; nbgrader's own commands and sheetgrader's read it."""

c = get_config()

# Regulations are for taking in and grading; students need not get them.
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

# nbgrader's own pages for tutors, the formgrader's above all, show students' outputs and markdown without scripts.
c.HTMLExporter.sanitize_html = True

# What your sheets import; every sandbox finds it imported already.
c.Sheetgrader.preload = ["numpy", "matplotlib.pyplot"]
