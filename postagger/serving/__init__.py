"""Taggers where the text is: batches on other engines, a server, other libraries. Each is an extra."""
