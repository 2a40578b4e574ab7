"""The commands for certificates and users of the gateway. Each imports its work when called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cellkit.cli.options import JsonOption, group

StateOption = Annotated[
    Path | None,
    typer.Option("--state", metavar="DIR", help="The gateway's folder, instead of ~/.config/cellkit/gateway"),
]
certs = group("Manage the client certificates that the gateway trusts.")
users = group("Manage the users of the gateway and their roles.")
audit = group("Check the audit log of the gateway and the commissioning page.")


@audit.command("check")
def audit_check(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="The log (default: audit.jsonl in the gateway's folder)")
    ] = None,
    state: StateOption = None,
) -> None:
    """Check that no line of the log was changed or removed; exit code 1 and the first broken line otherwise."""
    from cellkit.cli.audit import check_command

    raise typer.Exit(check_command(file, state))


@certs.command("list")
def certs_list(state: StateOption = None, json: JsonOption = None) -> None:
    """List all certificates: own, trusted, rejected, and those of authorities."""
    from cellkit.cli.certs import list_command

    raise typer.Exit(list_command(state, json))


@certs.command("trust")
def certs_trust(
    certificate: Annotated[
        str, typer.Argument(metavar="THUMBPRINT|FILE", help="Thumbprint of a rejected client, or a certificate file")
    ],
    state: StateOption = None,
) -> None:
    """Trust a client, so that the gateway accepts it."""
    from cellkit.cli.certs import trust_command

    raise typer.Exit(trust_command(certificate, state))


@certs.command("reject")
def certs_reject(
    certificate: Annotated[
        str, typer.Argument(metavar="THUMBPRINT|FILE", help="Thumbprint of a trusted client, or a certificate file")
    ],
    state: StateOption = None,
) -> None:
    """Stop trusting a client."""
    from cellkit.cli.certs import reject_command

    raise typer.Exit(reject_command(certificate, state))


@users.command("list")
def users_list(state: StateOption = None, json: JsonOption = None) -> None:
    """List the users with their roles."""
    from cellkit.cli.users import list_command

    raise typer.Exit(list_command(state, json))


@users.command("add")
def users_add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="User name")],
    role: Annotated[
        str,
        typer.Option(
            "--role",
            metavar="ROLE",
            help="observer (reads), operator (commands), engineer (alarms on and off), admin (sees audit events)",
        ),
    ] = "observer",
    certificate: Annotated[
        Path | None,
        typer.Option(
            "--certificate", metavar="FILE", help="Certificate that the user logs in with instead of a password"
        ),
    ] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input instead of asking")
    ] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Change an existing user")] = False,
    state: StateOption = None,
) -> None:
    """Add a user. The command asks for the password; a password is never an argument."""
    from cellkit.cli.users import add_command

    raise typer.Exit(add_command(name, role, certificate, password_stdin, replace, state))


@users.command("remove")
def users_remove(
    name: Annotated[str, typer.Argument(metavar="NAME", help="User name")], state: StateOption = None
) -> None:
    """Remove a user; a running gateway ends the user's sessions."""
    from cellkit.cli.users import remove_command

    raise typer.Exit(remove_command(name, state))
