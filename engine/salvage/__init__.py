"""Read what can still be read of a damaged database, into a new one."""
