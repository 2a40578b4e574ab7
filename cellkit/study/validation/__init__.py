"""Validation: published figures against cellkit's predictions. Nothing is tuned; large errors are shown as they are."""
