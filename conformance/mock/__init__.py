"""The mock server: the reference implementation of the API, with a control interface and switchable faults."""
