"""Benchmarks: the suite against plain Schemathesis, and the client against httpx and the vendor's SDK."""
