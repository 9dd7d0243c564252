"""The files of a service model, the frozen Service they make, and policies."""
