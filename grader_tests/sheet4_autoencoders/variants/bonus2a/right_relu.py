"""All settings, ReLU, a different order, and an encoded comma."""

playground_url_a = "https://playground.tensorflow.org/#networkShape=8%2C8%2C6&activation=relu&batchSize=5&dataset=spiral&regDataset=reg-plane&learningRate=0.03&regularization=L2&regularizationRate=0.001&noise=5&seed=0.1&percTrainData=80&x=true&y=true&xTimesY=false&sinX=false&problem=classification&hideText=true"
