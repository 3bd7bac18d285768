"""A personal model -> one GGUF file for llama.cpp, checked against the model it came from."""
