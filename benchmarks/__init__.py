"""Speed and quality of the optimiser on fixed instances, and the plain week-by-week formulation it is held against."""
