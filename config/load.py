"""Loads settings: defaults, then a TOML file, then ``CORDWATCH_*`` variables, then flags."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

import msgspec
import platformdirs

from config.settings import Settings
from records.errors import ConfigError

PREFIX: Final = "CORDWATCH_"
FILE_VARIABLE: Final = "CORDWATCH_CONFIG"
_NOT_A_CHOICE: Final = re.compile(r"^Invalid enum value .* - at `\$\.([a-z_.]+)`$", re.DOTALL)
"""As msgspec says it."""
_AT: Final = re.compile(r" at `\$\.([a-z_.]+)")
"""The dotted name of a setting, as msgspec says it."""
_MASK: Final = "********"
_USER: Final = re.compile(r"(?<=://)[^/?#\s]*@")
_PARAMETERS: Final = re.compile(r"(://[^\s?]*\?)[^\s,]+")
SECRETS: Final = frozenset({"api_key", "password"})


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """Settings with their origins."""

    settings: Settings
    """The values in force."""
    file: Path | None
    """The TOML file that was read, if there was one."""
    origins: dict[str, str]
    """For each dotted name that is not a default: ``file``, the variable's name, or the flag's."""

    def rows(self) -> Iterator[tuple[str, str, str]]:
        """``(dotted name, value, origin)`` of every setting; secrets are masked, in addresses too."""
        for name, value in _flatten(_builtins(self.settings)):
            shown = _MASK if value and name.rsplit(".", 1)[-1] in SECRETS else _without_secrets(_show(value))
            yield name, shown, self.origins.get(name, "default")


def default_file() -> Path:
    """Where the configuration file lies unless ``CORDWATCH_CONFIG`` or a flag says otherwise."""
    return Path(platformdirs.user_config_dir("cordwatch")) / "config.toml"


def load(
    file: Path | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    flags: Mapping[str, Any] | None = None,
) -> Loaded:
    """Read all settings.

    Args:
        file: TOML file; else ``CORDWATCH_CONFIG``, else `default_file` if it exists.
        environ: The environment; ``os.environ`` if not given. ``CORDWATCH_PUBMED_API_KEY`` sets ``pubmed.api_key``.
        flags: Dotted names to values from the command line; ``None`` values count as not given.

    Raises:
        ConfigError: A file that cannot be read, an unknown name, or a value of the wrong type.
    """
    environ = os.environ if environ is None else environ
    path = _file(file, environ)
    merged: dict[str, Any] = {}
    origins: dict[str, str] = {}
    if path:
        _merge(merged, origins, _flatten(_read(path)), "file")
    known = dict(_flatten(_builtins(Settings())))
    _merge(merged, origins, _from_environ(environ, known), None)
    _merge(merged, origins, ((name, value) for name, value in (flags or {}).items() if value is not None), "flag")
    merged = {name: None if _unset(name, value, known) else value for name, value in merged.items()}
    try:
        settings = msgspec.convert(_nest(merged), Settings, strict=False, dec_hook=_decode_path)
    except msgspec.ValidationError as error:
        where = _blamed(str(error), origins, path)
        hint = _choices(str(error)) or "`cordwatch config show` lists every setting."
        raise ConfigError(f"settings{where}: {error}", hint=hint) from error
    return Loaded(settings=_absolute(settings), file=path, origins={k: v for k, v in origins.items() if k in known})


def _blamed(message: str, origins: Mapping[str, str], path: Path | None) -> str:
    """Where the value stands that a message of msgspec speaks of: `` in`` the file, a variable or a flag."""
    named = _AT.search(message)
    origin = origins.get(named[1], "file") if named else "file"
    if origin == "file":
        return f" in {path}" if path else ""
    return " in a flag" if origin == "flag" else f" in the variable {origin}"


def _choices(message: str) -> str:
    """What a setting may be, if the message says that it has a value that is none of those; else ``""``."""
    named = _NOT_A_CHOICE.search(message)
    kind: Any = Settings
    for name in named[1].split(".") if named else ():
        kind = get_type_hints(kind)[name]
    return f"one of {', '.join(map(str, get_args(kind)))}" if get_origin(kind) is Literal else ""


def named_file(file: Path | None, environ: Mapping[str, str] | None = None) -> Path | None:
    """The configuration file that a flag or else ``CORDWATCH_CONFIG`` names, whether it is there or not."""
    named = (os.environ if environ is None else environ).get(FILE_VARIABLE)
    return file or (Path(named) if named else None)


def _file(file: Path | None, environ: Mapping[str, str]) -> Path | None:
    file = named_file(file, environ)
    if file is None:
        return default_file() if default_file().is_file() else None
    if not file.is_file():
        raise ConfigError(
            f"there is no configuration file {file}", hint=f"`cordwatch --config {file} config init` writes it."
        )
    return file


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error


def _unset(name: str, value: Any, known: Mapping[str, Any]) -> bool:
    """Whether a setting that need not be set is left empty, as lines of environment files often are."""
    return value == "" and known.get(name, "") is None


def _decode_path(kind: type, value: Any) -> Path:
    if kind is Path and value and isinstance(value, str | Path):
        return Path(value)
    raise ValueError(f"expected a path, got {value!r}")


def _builtins(settings: Settings) -> dict[str, Any]:
    builtins: dict[str, Any] = msgspec.to_builtins(settings, enc_hook=str)
    return builtins


def _flatten(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _nest(flat: Mapping[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, value in flat.items():
        *sections, key = name.split(".")
        node = tree
        for section in sections:
            node = node.setdefault(section, {})
        node[key] = value
    return tree


def _from_environ(environ: Mapping[str, str], known: Mapping[str, Any]) -> Iterator[tuple[str, Any, str]]:
    variables = {PREFIX + name.replace(".", "_").upper(): name for name in known}
    for variable, text in environ.items():
        if not variable.startswith(PREFIX) or variable == FILE_VARIABLE:
            continue
        if variable not in variables:
            raise ConfigError(
                f"the variable {variable} names no setting",
                hint="Names are CORDWATCH_SECTION_SETTING; `cordwatch config show` lists every setting.",
            )
        name = variables[variable]
        value: Any = text
        if isinstance(known[name], list | tuple):
            value = [part.strip() for part in text.split(",") if part.strip()]
        yield name, value, variable


def _merge(merged: dict[str, Any], origins: dict[str, str], values: Iterable[Any], origin: str | None) -> None:
    for name, value, *variable in values:
        merged[name] = value
        origins[name] = origin or variable[0]


def _absolute(settings: Settings) -> Settings:
    return msgspec.structs.replace(settings, home=settings.home.expanduser(), cache=settings.cache.expanduser())


def _without_secrets(shown: str) -> str:
    """Without what stands in addresses before the host or after a question mark, where people keep passwords."""
    return _PARAMETERS.sub(rf"\1{_MASK}", _USER.sub(f"{_MASK}@", shown))


def _show(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_show(part.get("url", part) if isinstance(part, dict) else part) for part in value)
    return "" if value is None else str(value)
