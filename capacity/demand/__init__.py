"""Demand: numbers in, tidy frames out. No input or output of its own."""
