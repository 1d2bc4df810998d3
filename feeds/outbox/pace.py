"""How fast mail may go out, in all and to one recipient's host."""

from __future__ import annotations

from collections.abc import Callable


class Pace:
    """Says how long a message to a host has to wait.

    Args:
        per_second: Messages a second in all; 0: no limit.
        per_domain_per_minute: Messages a minute to one host; 0: no limit.
        clock: Seconds that only go forward.
    """

    def __init__(self, *, per_second: float, per_domain_per_minute: float, clock: Callable[[], float]) -> None:
        self._gap = 1 / per_second if per_second > 0 else 0.0
        self._domain_gap = 60 / per_domain_per_minute if per_domain_per_minute > 0 else 0.0
        self._clock = clock
        self._free = 0.0
        self._domain_free: dict[str, float] = {}

    def wait(self, recipient: str) -> float:
        """Seconds until a message to ``recipient`` may go; 0 if at once."""
        domain = recipient.rpartition("@")[2].lower()
        return max(0.0, max(self._free, self._domain_free.get(domain, 0.0)) - self._clock())

    def went(self, recipient: str) -> None:
        """Note that a message has been tried."""
        now = self._clock()
        self._free = now + self._gap
        self._domain_free[recipient.rpartition("@")[2].lower()] = now + self._domain_gap
