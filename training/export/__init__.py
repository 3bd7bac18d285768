"""Export a personal model to a GGUF file for llama.cpp, checked against the original."""
