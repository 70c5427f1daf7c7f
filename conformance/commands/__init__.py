"""The subcommands of `drs-conform`; what judges a server has none, and is `conformance.cli` itself."""
