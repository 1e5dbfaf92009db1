"""The tutorial's chapters: read from their pages, run, turned into notebooks; and the drawing of diagrams."""
