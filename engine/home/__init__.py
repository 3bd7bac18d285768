"""The home folder: its paths, who may read it, its locks, and the removal of its files."""
