"""Migrations of the library, run by `library.migrate`."""
