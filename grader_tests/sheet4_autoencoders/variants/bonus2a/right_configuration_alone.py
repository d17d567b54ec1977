"""The configuration without the address in front of it."""

playground_url_a = "activation=tanh&dataset=spiral&networkShape=8,8,8,8&learningRate=0.1&xSquared=false&percTrainData=70"
