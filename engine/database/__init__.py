"""The home's one SQLite file: opening it, its schema, and reading its rows with care."""
