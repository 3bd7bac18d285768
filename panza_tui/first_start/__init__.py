"""The first start: from an export of one's mail to a trained model."""
