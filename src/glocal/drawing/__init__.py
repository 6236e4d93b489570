"""Pictures of what was found: overlays, heat maps, aligned pairs, pages and contact sheets."""

from glocal.drawing.alignment import align
from glocal.drawing.attention import draw_attention
from glocal.drawing.overlay import Caption, draw_match
from glocal.drawing.page import page
from glocal.drawing.proof import Proof, prove
from glocal.drawing.sheet import contact_sheet, tiles

__all__ = ["Caption", "Proof", "align", "contact_sheet", "draw_attention", "draw_match", "page", "prove", "tiles"]
