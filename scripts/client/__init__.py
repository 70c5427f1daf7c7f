"""Sources of the client: the configuration of its generator, the templates, and the part written by hand."""
