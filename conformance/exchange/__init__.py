"""One HTTP exchange and what is said about it; no module here does I/O."""
