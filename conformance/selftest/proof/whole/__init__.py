"""The whole proof: a test for each fault, each conforming server and each check that is disabled or inverted."""
