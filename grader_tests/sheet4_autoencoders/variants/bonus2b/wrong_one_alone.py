"""Only the run without regularization is there.

Loses: test_largest_network, test_same_data_set
"""

playground_url_b = "http://playground.tensorflow.org/#networkShape=8,8,8,8,8,8&dataset=xor"
playground_url_b_l1 = 3.5
playground_url_b_l2 = ""
