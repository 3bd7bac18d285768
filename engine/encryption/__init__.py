"""A home encrypted at rest: its database, models, logs and backups.

One random data key encrypts everything, so that changing the passphrase touches no mail. The file
key.toml in the home holds it, wrapped by a key that Argon2id (RFC 9106) derives from the
passphrase.

    unlocked.py     the data keys that this process knows, and the one that a path needs
    key_record.py   key.toml as a record, and its tag
    key_file.py     key.toml: made, opened with a passphrase, wrapped again
    keyring.py      the data key in the system's keyring
    streams.py      whole files, in chunks (ChaCha20-Poly1305)
    lines.py        logs, line by line
    pages.py        pages of the database, for a damaged one
    stored.py       files of a home, encrypted where their home is
    in_memory.py    decrypted copies, on a file system in memory
    log_process.py  what a child process prints, as an encrypted log
    conversion.py   a home from plain to encrypted, and back
"""
