"""What-if: changes to a service, and what they do, side by side."""
