"""The OpenAPI document, the catalogue of requirements, and the deviations from it that the user accepts."""
