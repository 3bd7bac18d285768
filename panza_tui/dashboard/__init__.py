"""The training dashboard: how a run learns, in numbers, curves and drafts."""
