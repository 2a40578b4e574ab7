"""The hardened OPC UA server: certificates, users, sessions, limits and the audit log."""
