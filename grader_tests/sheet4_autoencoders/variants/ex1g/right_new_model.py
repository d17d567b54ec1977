"""A new model of the same class, which takes over the decoder's state; a loop in plain PyTorch."""


def retrain_encoder(model, data, max_epochs=200, seed=1):
    torch.manual_seed(seed)
    new = type(model)()
    new.decoder.load_state_dict(model.decoder.state_dict())
    for parameter in new.decoder.parameters():
        parameter.requires_grad = False
    optimiser = torch.optim.Adam(new.encoder.parameters(), lr=1e-2)
    for _ in range(max_epochs):
        optimiser.zero_grad()
        F.mse_loss(new(data), data).backward()
        optimiser.step()
    return new
