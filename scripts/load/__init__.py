"""What scripts/serve_load.py does, in parts: the server, clients that load it, and clients that harm."""
