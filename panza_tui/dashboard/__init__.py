"""The training screen: runs with their figures, loss curves and sample drafts."""
