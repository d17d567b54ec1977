"""Another data set in each run.

Loses: test_same_data_set
"""

playground_url_b = "http://playground.tensorflow.org/#networkShape=8,8,8,8,8,8&dataset=xor"
playground_url_b_l1 = "http://playground.tensorflow.org/#networkShape=8,8,8,8,8,8&dataset=gauss&regularization=L1&regularizationRate=0.001"
playground_url_b_l2 = "http://playground.tensorflow.org/#networkShape=8,8,8,8,8,8&dataset=spiral&regularization=L2&regularizationRate=0.1"
