"""The programs that are measured: each commits batches by one library, in a process with nothing else installed."""
