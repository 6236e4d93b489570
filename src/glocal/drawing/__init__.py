"""Pictures of what was found: overlays, heat maps, aligned pairs, pages and contact sheets."""

from glocal.drawing.alignment import align
from glocal.drawing.attention import draw_attention
from glocal.drawing.drawn_match import DrawnMatch
from glocal.drawing.overlay import Caption, draw_match
from glocal.drawing.page import page
from glocal.drawing.proof import Proof, percent, prove
from glocal.drawing.saving import PAGE_SUFFIXES, PICTURE_SUFFIXES, check_suffix, save_attention, save_pair, save_ranking
from glocal.drawing.sheet import contact_sheet, tiles

__all__ = [
    "PAGE_SUFFIXES",
    "PICTURE_SUFFIXES",
    "Caption",
    "DrawnMatch",
    "Proof",
    "align",
    "check_suffix",
    "contact_sheet",
    "draw_attention",
    "draw_match",
    "page",
    "percent",
    "prove",
    "save_attention",
    "save_pair",
    "save_ranking",
    "tiles",
]
