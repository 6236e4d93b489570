"""The networks, in PyTorch: DELG over any timm CNN. Needs the [train] extra."""
