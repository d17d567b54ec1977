"""The old encoder is trained on: it does not start anew.

Loses: test_encoder_starts_anew
"""


def retrain_encoder(model, data, max_epochs=200, seed=1):
    torch.manual_seed(seed)
    new = copy.deepcopy(model)
    for parameter in new.decoder.parameters():
        parameter.requires_grad = False
    optimiser = torch.optim.Adam(new.encoder.parameters(), lr=5e-3)
    for _ in range(max_epochs):
        optimiser.zero_grad()
        F.mse_loss(new(data), data).backward()
        optimiser.step()
    return new
