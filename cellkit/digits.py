"""Numbers that arrive as text, from a device or a file that cellkit did not write."""

from __future__ import annotations


def whole_number(text: str | bytes, most: int) -> int | None:
    """Return the number that ASCII digits write; None for any other text, and for a number above ``most``.

    ``int()`` alone raises errors of its own: for ``²``, which is a digit to Python, and for more than 4300 digits.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        return None
    number = int(text)
    return number if number <= most else None
