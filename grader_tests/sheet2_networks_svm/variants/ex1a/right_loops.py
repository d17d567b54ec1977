"""Loops over plain lists, with the exponential of math."""

def forward(x, W0, W1, W2):
    def product(matrix, vector):
        return [sum(float(weight) * float(value) for weight, value in zip(row, vector)) for row in matrix]

    def activation(vector):
        return [1.0 / (1.0 + math.exp(-value)) for value in vector]

    z1 = product(W0, x)
    h1 = activation(z1)
    z2 = product(W1, h1)
    h2 = activation(z2)
    return z1, h1, z2, h2, product(W2, h2)[0]
