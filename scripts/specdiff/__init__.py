"""The changes of openapi.yaml since a commit, found by oasdiff and by our own rules, and the version they require."""
