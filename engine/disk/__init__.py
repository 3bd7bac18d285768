"""Read, write and lock files so that neither a power cut nor a link can do harm."""
