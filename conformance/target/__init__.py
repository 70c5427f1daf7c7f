"""The server under test: transport, sessions that build and send requests, batches, and the control of the mock."""
