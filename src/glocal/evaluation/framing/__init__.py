"""Photos in other forms: frames that unlike ones can share, and changes that one may have gone through."""

from glocal.evaluation.framing.changes import CHANGES, PASTED, Change
from glocal.evaluation.framing.frames import FITTED, HELD_OUT, Frame

__all__ = ["CHANGES", "FITTED", "HELD_OUT", "PASTED", "Change", "Frame"]
