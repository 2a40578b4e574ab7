"""The Franka Control Interface, sans-I/O: server version 10 of the robot and 3 of the gripper.

Layouts and numbers: the vendor's public interface headers (libfranka-common, Apache-2.0), checked against what
pylibfranka 0.21.3 sends and accepts. The facts that older texts give differently are marked where they are used.
"""
