"""What surrounds the robot in a simulated run: things come, are judged and go."""
