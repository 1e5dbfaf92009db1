"""Taggers where the text is: batches on other engines, a server, other libraries' pipelines. Each is an extra."""
