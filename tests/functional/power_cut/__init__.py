"""Cuts of the power at any moment: record.c records what a command writes, disk.py replays it."""
