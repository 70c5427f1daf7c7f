"""Tests with software of others: the vendor's SDK commits at the mock, and the suite judges Prism."""
