"""The encoder is frozen by mistake, along with the decoder.

Loses: test_encoder_learns
"""


def retrain_encoder(model, data, max_epochs=200, seed=1):
    torch.manual_seed(seed)
    new = copy.deepcopy(model)
    for layer in new.encoder.modules():
        if hasattr(layer, "reset_parameters"):
            layer.reset_parameters()
    for parameter in new.parameters():
        parameter.requires_grad = False
    optimiser = torch.optim.Adam([nn.Parameter(torch.zeros(1))], lr=5e-3)
    for _ in range(max_epochs):
        optimiser.zero_grad()
        optimiser.step()
    return new
