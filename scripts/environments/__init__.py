"""The client on trial: installed in environments of its own, on each Python and with each HTTP library."""
