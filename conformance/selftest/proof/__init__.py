"""Tests of the proof of the suite."""
