"""Building and sending the requests of scenarios and phases."""
