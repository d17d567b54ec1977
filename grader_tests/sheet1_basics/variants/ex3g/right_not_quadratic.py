"""A polynomial of degree four, from a start where Newton's step happens to be exact."""


def newton_example():
    def f(x):
        return x**4 / 4 - 2 * x**3 / 3 + 5 * x**2 / 2

    def gradient(x):
        return x**3 - 2 * x**2 + 5 * x

    def hessian(x):
        return 3 * x**2 - 4 * x + 5

    return dict(f=f, gradient=gradient, hessian=hessian, start=1)
