"""The conformance suite as pytest sees it: stimuli first, then one test for each requirement."""
