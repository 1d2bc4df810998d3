"""Settings from defaults, a TOML file, ``CORDWATCH_*`` variables and flags, each with where it came from."""

from config.load import Loaded, default_file, load, named_file
from config.settings import Settings

__all__ = ["Loaded", "Settings", "default_file", "load", "named_file"]
