"""Layers and functions that the models are built from."""
