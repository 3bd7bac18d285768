"""Read GGUF files, and copy them with changed weights."""
