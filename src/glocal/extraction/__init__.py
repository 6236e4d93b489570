"""Photo to features: the image pyramid, and the network run by ONNX Runtime."""

from glocal.extraction.card import LocalMap, ModelCard, NetworkFile
from glocal.extraction.model import Model
from glocal.extraction.model_loading import bundled_models, load_model, read_card
from glocal.extraction.onnx_network import OUTPUTS
from glocal.extraction.preset import Preset
from glocal.extraction.resizing import resizing_of
from glocal.extraction.selection import fuse, unit
from glocal.features import LocalKind

__all__ = [
    "OUTPUTS",
    "LocalKind",
    "LocalMap",
    "Model",
    "ModelCard",
    "NetworkFile",
    "Preset",
    "bundled_models",
    "fuse",
    "load_model",
    "read_card",
    "resizing_of",
    "unit",
]
