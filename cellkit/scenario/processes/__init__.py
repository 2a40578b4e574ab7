"""The processes around the robot in a simulated run: parts arrive, are judged and leave."""
