"""What a person who evaluates can mend."""

from __future__ import annotations

from glocal.errors import GlocalError


class EvaluationError(GlocalError):
    """Annotations, descriptors, predictions or data of an evaluation are missing or wrong."""
