"""The benchmarks: the suite beside stock Schemathesis, the client beside httpx and the vendor's SDK."""
