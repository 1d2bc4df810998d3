"""Long texts are cut into windows that lose nothing in between."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlp.embeddings.onnx_model import OnnxEncoder
from nlp.embeddings.windows import MAX_WINDOWS, OVERLAP, text_to_embed, window_spans
from records.record import Kind, Record, Section

WORDS = st.text(alphabet="aeiou αβ脊-.\n🐀", min_size=1, max_size=12)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(words=st.lists(WORDS, max_size=30), times=st.integers(1, 60))
def test_every_token_is_in_a_window_and_every_window_is_read_whole(
    encoder: OnnxEncoder, words: list[str], times: int
) -> None:
    text = " ".join(words * times)
    (spans,) = window_spans([text], encoder)
    (tokens,) = encoder.token_spans([text])
    assert 1 <= len(spans) <= MAX_WINDOWS
    assert all(0 <= start <= end <= len(text) for start, end in spans)
    if len(spans) < MAX_WINDOWS:
        assert all(any(start <= left and right <= end for start, end in spans) for left, right in tokens)
    for (_, end), (start, _) in pairwise(spans):
        shared = [token for token in tokens if token[0] >= start and token[1] <= end]
        assert len(shared) >= OVERLAP
    for start, end in spans:
        assert len([token for token in tokens if token[0] >= start and token[1] <= end]) >= min(len(tokens), 1)


def test_a_text_that_is_read_whole_is_one_window(encoder: OnnxEncoder) -> None:
    assert window_spans(["", "Cells in the cord."], encoder) == [[(0, 0)], [(0, 18)]]


def test_a_very_long_text_is_read_up_to_a_limit(encoder: OnnxEncoder) -> None:
    (spans,) = window_spans(["The graft survived. " * 20_000], encoder)
    assert len(spans) == MAX_WINDOWS
    assert 2_000 < len(encoder.token_spans([("The graft survived. " * 20_000)[: spans[-1][1]]])[0]) < 4_000


def test_title_abstract_and_body_are_embedded() -> None:
    record = Record(
        source="press",
        source_id="1",
        kind=Kind.PRESS,
        title="Title",
        abstract=(Section(text="First.", label="AIM"), Section(text="Second.")),
        body="Body.",
    )
    assert text_to_embed(record) == "Title\nAIM: First.\nSecond.\nBody."
    assert text_to_embed(Record(source="press", source_id="1", kind=Kind.PRESS, title="")) == ""
