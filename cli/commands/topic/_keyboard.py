"""Single keys of a terminal. Keys that are typed ahead are kept: a curator's fingers are faster than the screen."""

from __future__ import annotations

import os
import select
import sys
import termios
import tty
from typing import Final, Self

import click

ENDS: Final = frozenset({"", "\x04"})
"""What stands for the end of the input."""
_ENTER: Final = frozenset({"\r", "\n"})
_BACK: Final = frozenset({"\b", "\x7f"})
_INTRODUCERS: Final = "[O"
_ESCAPE: Final = "\x1b"
_SOON: Final = 0.05
"""Seconds within which the rest of a key follows its first sign, also over a slow line."""


class Keyboard:
    """The terminal's keys, one at a time; a context manager that leaves the terminal as it was.

    ``termios.TCSADRAIN`` keeps what was typed already, where the usual way of reading a key throws it away.
    """

    def __enter__(self) -> Self:
        self._fd = sys.stdin.fileno()
        self._before = termios.tcgetattr(self._fd)
        tty.setcbreak(self._fd, termios.TCSADRAIN)
        return self

    def __exit__(self, *_: object) -> None:
        termios.tcsetattr(self._fd, termios.TCSADRAIN, self._before)

    def key(self) -> str:
        """The next key; ``""`` at the end. Of one that sends several signs (an arrow, F4) it is all of them."""
        sign = self._sign()
        return sign + self._rest() if sign == _ESCAPE else sign

    def _rest(self) -> str:
        """What follows an escape: up to a sign from ``@`` to ``~`` after ``[`` or ``O``, else one sign; maybe none."""
        sign = self._soon()
        while sign == _ESCAPE:
            sign = self._soon()
        rest = sign
        if rest and rest in _INTRODUCERS:
            sign = self._soon()
            # The function keys of a Linux console: ``[[A``.
            rest += sign + (self._soon() if sign == "[" else "")
            while sign and not "@" <= sign <= "~":
                sign = self._soon()
                rest += sign
        return rest

    def _soon(self) -> str:
        """The next sign, if there is one or it comes at once; else ``""``."""
        ready, _, _ = select.select([self._fd], [], [], _SOON)
        return self._sign() if ready else ""

    def _sign(self) -> str:
        read = os.read(self._fd, 1)
        while read and len(read) < 4:
            try:
                return read.decode("utf-8")
            except UnicodeDecodeError:
                read += os.read(self._fd, 1)
        return read.decode("utf-8", "replace")

    def line(self) -> str:
        """A line, shown as it is typed. It is read key by key, so that what is typed after it stays for `key`.

        Raises:
            click.Abort: Ctrl-C, Ctrl-D or Escape.
        """
        typed = ""
        while True:
            try:
                key = self.key()
            except KeyboardInterrupt:
                raise click.Abort from None
            if key in _ENTER:
                click.echo()
                return typed
            if key in ENDS or key == _ESCAPE:
                raise click.Abort
            if key in _BACK:
                click.echo("\b \b" if typed else "", nl=False)
                typed = typed[:-1]
            elif key.isprintable():
                click.echo(key, nl=False)
                typed += key
