"""The team plan: variables, rules, tiers, the solver, rotation and completion of timetables."""
