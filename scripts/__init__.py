"""Scripts of the developers: generation, checks, distribution and benchmarks."""
