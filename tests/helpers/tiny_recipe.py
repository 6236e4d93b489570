"""A recipe that trains DELG in a second; further tables may follow it."""

TINY_RECIPE = """
name = "tiny"
steps = 1
batch = 2
side = 64
[network]
backbone = "test_resnet"
weights = "random"
global_dimensions = 4
code_dimensions = 8
attention_hidden = 8
"""
