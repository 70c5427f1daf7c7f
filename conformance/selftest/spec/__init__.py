"""Tests of the OpenAPI document itself."""
