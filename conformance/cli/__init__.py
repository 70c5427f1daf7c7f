"""The command line, `drs-conform`: it parses options, starts runs, shows progress, prints and exits."""
