"""Bash text read into simple commands, as certain as that can be before it runs."""
