"""One run: preflight, scenarios, confirmation and minimisation of violations, conclusion."""
