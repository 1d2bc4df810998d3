"""Topics: what librarians watch, kept as TOML files."""
