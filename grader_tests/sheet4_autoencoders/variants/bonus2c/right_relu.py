"""ReLU, noise 45, wide layers, batches of 5."""

playground_url_c = (
    "http://playground.tensorflow.org/#activation=relu&dataset=spiral&networkShape=8,8,8,8&learningRate=0.03&noise=45&percTrainData=10&batchSize=5"
)
