"""Errors that are meant for the person at the terminal."""

from __future__ import annotations

import click

from records.errors import CordwatchError, QueryError


def complain(error: CordwatchError) -> None:
    """Every mistake that an error tells of, with what to do about it, on stderr."""
    for problem in error.problems:
        click.echo(f"error: {problem.message}", err=True)
        if isinstance(problem, QueryError) and problem.query:
            from index.query import caret

            click.echo("  " + caret(problem).replace("\n", "\n  "), err=True)
        if problem.hint:
            click.echo(f"  try: {problem.hint}", err=True)
