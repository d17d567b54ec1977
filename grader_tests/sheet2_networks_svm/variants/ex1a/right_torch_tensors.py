"""Everything in tensors of double precision, with an output of shape (1,)."""

def forward(x, W0, W1, W2):
    x, W0, W1, W2 = (torch.tensor(np.array(each), requires_grad=True) for each in (x, W0, W1, W2))
    z1 = W0 @ x
    h1 = torch.sigmoid(z1)
    z2 = W1 @ h1
    h2 = torch.sigmoid(z2)
    return z1, h1, z2, h2, W2 @ h2
