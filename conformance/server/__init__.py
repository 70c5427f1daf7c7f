"""The former name of `conformance.mock`."""
