"""The settings as a form; their file keeps its comments."""
