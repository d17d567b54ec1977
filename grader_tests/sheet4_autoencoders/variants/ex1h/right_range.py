"""Points are drawn with replacement; the numbers of examples are a range."""


def learning_curve(model, data, batch_size, n_examples, seed=0):
    torch.manual_seed(seed)
    m = copy.deepcopy(model)
    opt = torch.optim.SGD(m.parameters(), lr=0.1)
    losses = []
    steps = n_examples // batch_size
    for _ in range(steps):
        idx = torch.randint(0, len(data), (batch_size,)) if batch_size < len(data) else torch.arange(len(data))
        loss = F.mse_loss(m(data[idx]), data[idx])
        opt.zero_grad(); loss.backward(); opt.step()
        losses.append(loss.item())
    return range(batch_size, steps * batch_size + 1, batch_size), losses
