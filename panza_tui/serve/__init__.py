"""An OpenAI-compatible web service on this machine alone, for mail programs and editors."""
