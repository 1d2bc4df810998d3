"""Precision, recall and F1 of mentions, where what was found and what there is to find are counted apart."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass
class Tally:
    """Counts that grow document by document."""

    found: int = 0
    """What the product found."""
    gold: int = 0
    """What there is to find."""
    right: int = 0
    """Found ones that are right."""
    hit: int = 0
    """Gold ones that were found: with overlap, one find can hit two."""

    def count(self, *, found: int, gold: int, right: int, hit: int) -> None:
        """Add one document."""
        self.found += found
        self.gold += gold
        self.right += right
        self.hit += hit

    def report(self) -> dict[str, float]:
        """The three figures, rounded to four places; 0 where there is nothing to divide by."""
        precision = self.right / self.found if self.found else 0.0
        recall = self.hit / self.gold if self.gold else 0.0
        total = precision + recall
        f1 = 2 * precision * recall / total if total else 0.0
        return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4)}
