"""The gate of openapi.yaml: linters of others, and the rules of the house."""
