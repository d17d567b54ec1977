"""Names no axis.

Loses: test_axes_are_named
"""

plt.plot(standardize(range(10)))
plt.show()
