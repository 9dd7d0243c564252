"""What-if: named changes laid over a service, and what they do to its gap and its plan."""
