"""The command line: one file for each group of verbs. Imports are inside the commands: --help must be quick."""
