"""What makes things: the client, the lock files, the benchmarks."""
