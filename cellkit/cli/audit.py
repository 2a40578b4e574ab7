"""The command ``cellkit audit check``."""

from __future__ import annotations

from pathlib import Path

from cellkit.access.audit import files_of
from cellkit.access.chain import check
from cellkit.access.settings import audit_file, state_folder
from cellkit.cli.output import out
from cellkit.errors import ConfigError


def check_command(file: Path | None, state: Path | None) -> int:
    """Check the hash chain of a log over all its files; return 0 if it is whole, 1 if it is broken."""
    log = file if file is not None else audit_file(state_folder(state))
    files = files_of(log)
    if not files:
        raise ConfigError("the file does not exist", file=log)
    try:
        head, broken = check(files)
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=log) from None
    if broken is not None:
        out().print(broken, soft_wrap=True, markup=False)
        return 1
    text = f"{log}: the chain is whole up to line {head.number} of the log, hash {head.hash}"
    out().print(text if head.number else f"{log}: has no line of a chain yet", soft_wrap=True, markup=False)
    return 0
