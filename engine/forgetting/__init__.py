"""Remove a mail with every trace of it, or everything."""
