"""Named variants: each makes the mock differ in what the documentation leaves open, which the suite must not mind."""

from conformance.server.variants import form, refusal, request
from conformance.server.variants.registry import VARIANTS, UnknownVariantError, Variant, step_variant, variant, varied

__all__ = [
    "VARIANTS",
    "UnknownVariantError",
    "Variant",
    "form",
    "refusal",
    "request",
    "step_variant",
    "variant",
    "varied",
]
