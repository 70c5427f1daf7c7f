"""The server under test: transport, sessions, batches, the ledger, and the mock's control interface."""
