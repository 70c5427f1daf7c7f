"""What changed in openapi.yaml since a commit, and the version that takes: oasdiff's findings, and ours."""
