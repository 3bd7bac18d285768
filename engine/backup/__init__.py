"""A whole home in one verified file, and back.

A backup is a zip file that any archiver opens: the database, the models' files under their names,
and backup.json with the length and SHA-256 of each.
"""
