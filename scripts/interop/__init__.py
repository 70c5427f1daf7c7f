"""Tests of other generators: their clients of openapi.yaml are compiled strictly and run against the mock."""
