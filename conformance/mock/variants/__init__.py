"""Named variants, each of which changes what the documentation leaves open, to prove the suite free of false positives.

`answers.py` changes the form of answers, `errors.py` the content of errors, and `request.py` what is accepted and when.
"""

from conformance.mock.variants import answers, errors, request
from conformance.mock.variants.registry import VARIANTS, UnknownVariantError, Variant, step_variant, variant, varied

__all__ = [
    "VARIANTS",
    "UnknownVariantError",
    "Variant",
    "answers",
    "errors",
    "request",
    "step_variant",
    "variant",
    "varied",
]
