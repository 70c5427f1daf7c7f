"""Tests of the OpenAPI document, the catalogue and known deviations."""
