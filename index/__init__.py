"""Search: query language, embedded backend, fusion."""
