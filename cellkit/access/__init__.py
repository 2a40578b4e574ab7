"""Who may come in: users, roles, passwords, lockout and the audit log, whatever protocol somebody comes by."""
