"""Access control of every front end: users, roles, passwords, lockout and the audit log."""
