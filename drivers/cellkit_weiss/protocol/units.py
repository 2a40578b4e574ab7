"""The vendor's units: mm, mm/s, and a gripping force that is the sum of what both jaws press with.

The last is said in SCHUNK's manual of the WSG's field buses (01.00, register FORCELIMIT); elsewhere in cellkit forces
are those of one pad.
"""

MM = 1000.0
"""mm in a metre; mm/s in a metre a second."""
JAWS = 2.0
"""Jaws that share a gripping force."""
