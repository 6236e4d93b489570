"""Photos decoded in processes of their own, which may be stopped: files built to do harm harm nobody else."""

from glocal.images.isolation.decoder_pool import DecoderPool, isolated_decoders, isolating_pool

__all__ = [
    "DecoderPool",
    "isolated_decoders",
    "isolating_pool",
]
