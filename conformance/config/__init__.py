"""Options from the command line, the environment and the file of targets, validated into frozen settings."""
