"""Find base models on this disk and read what they are, without loading or starting anything."""
