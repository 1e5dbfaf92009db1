"""Taggers where the text is: in batch engines, as a server, in other libraries. Each needs an extra."""
