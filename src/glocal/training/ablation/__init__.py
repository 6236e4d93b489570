"""Ablations: the rows of a table are trained alike but for one choice, with several seeds, and measured alike."""
