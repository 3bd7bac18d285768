"""Convert a base model in a GGUF to a Hugging Face folder that can be trained."""
