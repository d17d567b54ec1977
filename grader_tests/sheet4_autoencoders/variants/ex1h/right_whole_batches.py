"""Points are drawn anew for each batch, and a record is made when a pass is full, in the middle of the next one."""


def learning_curve(model, data, batch_size, n_examples, seed=0):
    rng = np.random.default_rng(seed)
    m = copy.deepcopy(model)
    opt = torch.optim.SGD(m.parameters(), lr=0.1)
    seen, e, l = 0, [0], [F.mse_loss(m(data), data).item()]
    nxt = len(data)
    while seen < n_examples:
        idx = torch.from_numpy(rng.choice(len(data), batch_size, replace=False))
        opt.zero_grad(); F.mse_loss(m(data[idx]), data[idx]).backward(); opt.step()
        seen += batch_size
        if seen >= nxt or seen >= n_examples:
            e.append(seen); l.append(F.mse_loss(m(data), data).item()); nxt += len(data)
    return e, l
