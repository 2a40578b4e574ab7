"""``python -m cellkit``."""

from cellkit.cli import main

main()
