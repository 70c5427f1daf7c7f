"""The suite under pytest: a test for each scenario and phase, then a test for each requirement."""
