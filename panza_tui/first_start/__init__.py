"""The first start: from an export of the user's mail to a trained model."""
