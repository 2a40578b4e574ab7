"""The feasibility of a concept: reach, margins, loads, flange, grip, clearance, tolerances; each is a check."""
