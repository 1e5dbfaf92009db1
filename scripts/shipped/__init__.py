"""The parts of scripts/shipped_model.py."""
