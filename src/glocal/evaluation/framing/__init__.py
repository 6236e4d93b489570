"""Frames that unlike photos can share: what a proof must not mistake for the thing."""

from glocal.evaluation.framing.frames import FITTED, HELD_OUT, Frame

__all__ = ["FITTED", "HELD_OUT", "Frame"]
