"""Pixels to Words: what the course's notebooks import.

Each room (`helpers.course`, `helpers.embeddings`, ...) is imported by its own name when it is needed;
nothing is imported here, so that `import helpers` costs nothing.
"""

__version__ = "0.1.0"
