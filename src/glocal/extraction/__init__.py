"""Photo to features: the image pyramid, and the network run by ONNX Runtime."""

from glocal.extraction.card import ModelCard
from glocal.extraction.loading import bundled_models, load_model
from glocal.extraction.model import Model
from glocal.extraction.preset import Preset

__all__ = ["Model", "ModelCard", "Preset", "bundled_models", "load_model"]
