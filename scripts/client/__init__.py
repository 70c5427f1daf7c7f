"""What shapes the client: the configuration of its generator, templates, and the part written by hand."""
