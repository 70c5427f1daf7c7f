"""The subcommands of `drs-conform`; a run without a subcommand is in `conformance.cli`."""
