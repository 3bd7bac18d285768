"""A request to draft -> the prompt of a model -> its token ids."""
