"""What a changed topic would gain and lose."""

from __future__ import annotations

import msgspec

from feeds.topics.matching import explain_miss, matches
from feeds.topics.types import Match, Topic
from feeds.topics.window import Window


class TopicDiff(msgspec.Struct, frozen=True, kw_only=True):
    """Two versions of a topic, compared on one window."""

    records: int
    """In the window."""
    before: int
    """Records that the old version holds."""
    after: int
    """Records that the new version holds."""
    gained: tuple[Match, ...]
    """What only the new version holds, with its reasons; best first."""
    lost: tuple[Match, ...]
    """What only the old version holds, with the reasons why the new one does not; best first."""

    @property
    def kept(self) -> int:
        """Records that both hold."""
        return self.before - len(self.lost)


def diff_topics(old: Topic, new: Topic, window: Window) -> TopicDiff:
    """Compare two versions of a topic. Raises `records.errors.QueryError` as `matches` does."""
    before = {match.uid: match for match in matches(old, window)}
    after = {match.uid: match for match in matches(new, window)}
    return TopicDiff(
        records=len(window.records),
        before=len(before),
        after=len(after),
        gained=tuple(match for uid, match in after.items() if uid not in before),
        lost=tuple(
            msgspec.structs.replace(match, why=explain_miss(new, window, uid))
            for uid, match in before.items()
            if uid not in after
        ),
    )
