"""Tests of training runs on a tiny model; a package, so that its conftest has its own name."""
