"""What judges the plot of question 4: matplotlib's own records of what the cell drew, and no picture."""

from sheetgrader import Wrong, criterion


@criterion("ex4", weight=2, hint="Call plt.plot in the cell ex4_code.")
def test_curve(figures):
    """The plot shows the standard scores of 0, 1, …, 9 as one curve."""
    curves = [line for figure in figures["ex4_code"] for axes in figure.axes for line in axes.lines]
    if not curves:
        raise Wrong("The cell draws no curve.")
    if len(curves[0].y) != 10:
        raise Wrong(f"The first curve has {len(curves[0].y)} points, not 10.")


@criterion("ex4", requires="test_curve", hint="plt.xlabel and plt.ylabel name them.")
def test_axes_are_named(figures):
    """Both axes are named."""
    if not all(axes.xlabel and axes.ylabel for figure in figures["ex4_code"] for axes in figure.axes):
        raise Wrong("An axis has no name.")
