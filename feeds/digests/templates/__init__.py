"""Jinja templates of digests: ``NAME.html.j2`` escapes by itself, ``NAME.txt.j2`` is plain text."""
