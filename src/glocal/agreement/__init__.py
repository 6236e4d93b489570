"""Two photos laid over each other by a match's transform, and compared by their pixels."""

from glocal.agreement.area import (
    AgreeingArea,
    agreeing_area,
    worth_as_proof,
    worth_in_probability,
)
from glocal.agreement.difference import PictureDifference, difference_of
from glocal.agreement.finding_copies import LEAST_SIMILARITY_OF_COPIES, Laid, find_copy
from glocal.agreement.keypoint_match import MOST_TIMES_CHANCE, KeypointMatch, SeenPicture, match_keypoints
from glocal.agreement.keypoints import keypoints_of
from glocal.agreement.picture import DECODED_SIDE, Picture, mean_scale, picture_if_there, read_picture, scaling
from glocal.agreement.same_picture import MAX_STRETCH, MIN_CORRELATION, weakest_correlation
from glocal.agreement.small_print import FULL_SIDE, replaced_in_print

__all__ = [
    "DECODED_SIDE",
    "FULL_SIDE",
    "LEAST_SIMILARITY_OF_COPIES",
    "MAX_STRETCH",
    "MIN_CORRELATION",
    "MOST_TIMES_CHANCE",
    "AgreeingArea",
    "KeypointMatch",
    "Laid",
    "Picture",
    "PictureDifference",
    "SeenPicture",
    "agreeing_area",
    "difference_of",
    "find_copy",
    "keypoints_of",
    "match_keypoints",
    "mean_scale",
    "picture_if_there",
    "read_picture",
    "replaced_in_print",
    "scaling",
    "weakest_correlation",
    "worth_as_proof",
    "worth_in_probability",
]
