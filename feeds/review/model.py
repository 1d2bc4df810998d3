"""Ranks candidates by what was decided so far.

Certainty-based active learning as in ASReview (van de Schoot et al., Nature Machine Intelligence 3, 2021): the record
that the model holds likeliest to be included comes next. The model is a class-balanced logistic regression on the
words of title and abstract joined with the record's vectors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TERMS: Final = 30_000
_MEANING: Final = 0.5
"""Weight of the vectors beside the words, both of unit length."""
_C: Final = 2.0
_STEPS: Final = 50


class Ranker:
    """Features of the candidates, made once; the model is trained as often as there is something to learn.

    Args:
        texts: Title and abstract of each candidate.
        vectors: One row a candidate, unit length or zero; shape (candidates, dimension), dimension may be 0.
    """

    def __init__(self, texts: Sequence[str], vectors: NDArray[np.float32]) -> None:
        self._words = _word_features(texts)
        self._vectors = vectors * np.float32(_MEANING)
        self.trained_on = 0

    def scores(self, labels: Mapping[int, bool]) -> NDArray[np.float64]:
        """Probability that each candidate is included, shape (candidates,).

        Args:
            labels: Place of a candidate → whether it was included; of both kinds at least one.
        """
        from scipy.sparse import csr_matrix, hstack  # type: ignore[import-untyped]
        from sklearn.linear_model import LogisticRegression

        places = sorted(labels)
        features = hstack([self._words[places], csr_matrix(self._vectors[places])], format="csr")
        model = LogisticRegression(C=_C, class_weight="balanced", solver="liblinear", random_state=0)
        model.fit(features, [labels[place] for place in places])
        self.trained_on = len(places)
        terms = self._words.shape[1]
        weights = model.coef_[0]
        margins = self._words @ weights[:terms] + self._vectors @ weights[terms:] + model.intercept_[0]
        scored: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-np.clip(margins, -50.0, 50.0)))
        return scored


def is_due(changed: int, learnt: int) -> bool:
    """Whether to learn again: at first after every decision, later after every fiftieth part of what is known.

    Args:
        changed: Decisions that are new or other than when the model last learnt.
        learnt: Decisions that it learnt from then.
    """
    return changed > learnt // _STEPS


def mean_vectors(matrices: Sequence[NDArray[np.float32] | None]) -> NDArray[np.float32]:
    """The mean window of each record, unit length; zero for a record without windows or of another dimension."""
    widths = [one.shape[1] for one in matrices if one is not None and one.size]
    width = max(set(widths), key=widths.count, default=0)
    found = np.zeros((len(matrices), width), dtype=np.float32)
    for row, one in zip(found, matrices, strict=True):
        if one is not None and one.size and one.shape[1] == width:
            mean = one.mean(axis=0)
            row[:] = mean / max(float(np.linalg.norm(mean)), 1e-9)
    return found


def _word_features(texts: Sequence[str]) -> Any:
    """TF-IDF of words, stop words too (they tell kinds of studies apart), sublinear, rows of unit length.

    Sparse, shape (texts, terms).
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    # A last text that is taken off again: without any word there would be no features to fit.
    vectorizer = TfidfVectorizer(sublinear_tf=True, max_features=_TERMS, dtype=np.float32)
    return vectorizer.fit_transform([*texts, "nothing"])[:-1]
