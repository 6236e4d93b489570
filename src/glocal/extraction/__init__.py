"""Photo to features: the image pyramid, and the network run by ONNX Runtime."""

from glocal.extraction.card import LocalMap, ModelCard, NetworkFile
from glocal.extraction.loading import bundled_models, load_model, read_card
from glocal.extraction.model import Model
from glocal.extraction.network import OUTPUTS
from glocal.extraction.preset import Preset

__all__ = [
    "OUTPUTS",
    "LocalMap",
    "Model",
    "ModelCard",
    "NetworkFile",
    "Preset",
    "bundled_models",
    "load_model",
    "read_card",
]
