"""Learning of an arm model's motion figures from a log of the arm."""
