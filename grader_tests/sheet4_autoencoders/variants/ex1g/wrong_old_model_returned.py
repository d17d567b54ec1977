"""The old model is returned, and the new one is thrown away.

Loses: test_decoder_is_frozen, test_encoder_starts_anew, test_encoder_learns
"""


def retrain_encoder(model, data, max_epochs=200, seed=1):
    torch.manual_seed(seed)
    new = copy.deepcopy(model)
    for layer in new.encoder.modules():
        if hasattr(layer, "reset_parameters"):
            layer.reset_parameters()
    for parameter in new.decoder.parameters():
        parameter.requires_grad = False
    optimiser = torch.optim.Adam(new.encoder.parameters(), lr=5e-3)
    for _ in range(max_epochs):
        optimiser.zero_grad()
        F.mse_loss(new(data), data).backward()
        optimiser.step()
    return model
