"""Who wrote an installed package, and a hash of its files, for the SBOM."""

from __future__ import annotations

import hashlib
from email.utils import parseaddr
from importlib import metadata

HASH_OF = "SHA-256 of the sorted lines `path,hash` of the package's RECORD, without the files of its own .dist-info"


def author(name: str) -> str | None:
    """Return the author, else the maintainer, that a package's metadata names; None if it names none."""
    fields = metadata.metadata(name)
    for key in ("Author", "Author-email", "Maintainer", "Maintainer-email"):
        text = " ".join(str(fields[key]).split()) if key in fields else ""
        if key.endswith("-email"):
            text = parseaddr(text)[0]
        if text:
            return text
    return None


def files_hash(name: str) -> str | None:
    """Return a hash of the installed files, as hexadecimal digits (``HASH_OF``); None if RECORD names none.

    An editable installation has no files of its own, so that it has no hash. The hash is of the installed files, not of
    the archive that they came from: an installation doesn't keep that one.
    """
    lines = sorted(
        f"{file.as_posix()},{file.hash.value}"
        for file in metadata.files(name) or []
        if file.hash is not None and ".dist-info" not in file.parts[0] and file.suffix != ".pth"
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest() if lines else None
