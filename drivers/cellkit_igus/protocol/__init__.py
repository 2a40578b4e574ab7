"""CRI as text and data: frames, commands, status, angles. Source: CommonplaceRobotics/CRI-Python-Lib 8ab5469 (MIT)."""
