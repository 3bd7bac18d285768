"""Format durations for the user."""


def duration(minutes: float) -> str:
    """Return a duration in words: 40 seconds, 3.2 minutes, 12 minutes, 3.5 hours."""
    if minutes < 1:
        return f"{max(1, round(minutes * 60))} seconds"
    if minutes < 90:
        return f"{minutes:.1f} minutes" if minutes < 10 else f"{minutes:.0f} minutes"
    return f"{minutes / 60:.1f} hours"
