"""Only what differs from the playground's defaults."""

playground_url_a = "http://playground.tensorflow.org/#dataset=spiral&networkShape=8,8,8&learningRate=0.1"
