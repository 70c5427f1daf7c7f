"""The gate of openapi.yaml: third-party linters, the house rules and the table of facts."""
