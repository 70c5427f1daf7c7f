"""Conformance suite and mock server for the batch tasks of Huawei Cloud DRS."""

__version__ = "0.1.0"
