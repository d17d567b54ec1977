"""The address of the start page, which stands for the defaults.

Loses: test_little_and_noisy_data, test_learns_without_predicting
"""

playground_url_c = "http://playground.tensorflow.org/#"
