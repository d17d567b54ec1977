"""The default data set, with and without its name; a rate without a penalty."""

playground_url_b = "http://playground.tensorflow.org/#networkShape=8,8,8,8,8,8&regularizationRate=0.03"
playground_url_b_l1 = "http://playground.tensorflow.org/#dataset=circle&networkShape=8,8,8,8,8,8&regularization=L1&regularizationRate=0.003"
playground_url_b_l2 = "http://playground.tensorflow.org/#activation=relu&networkShape=8,8,8,8,8,8&regularization=L2&regularizationRate=10"
