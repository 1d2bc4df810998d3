"""The default model: exported once, verified, the same vectors as sentence-transformers gives."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest

from config.settings import EmbeddingSettings, Settings
from nlp.embeddings import load_encoder
from nlp.embeddings.bfloat16 import bfloat16_graph
from nlp.embeddings.export import export
from nlp.embeddings.onnx_model import OnnxEncoder
from nlp.embeddings.store import MANIFEST, VERSION, exported, is_whole, package_folder
from records.errors import ModelError
from tests.embeddings.conftest import LEFT_BEHIND

TEXTS = [
    "",
    " ",
    "a",
    "Spinal cord injury",
    "Human iPSC-derived neural progenitors restored stepping in 3 of 9 marmosets (p < 0.05).",
    "α-synuclein, NF-κB & H₂O₂ — naïve cells; 脊髄損傷; 🐀",
    "\x00\ufffd control \u202e characters",
    "Grafted rats reached higher BBB scores than controls at eight weeks. " * 12,
    "Adverse events were mild and pain did not increase in any participant. " * 300,
    "unbroken" * 3_000,
]


@pytest.fixture
def copied(cache: Path, tmp_path: Path) -> Path:
    """A copy of the export that a test may damage; times are kept."""
    return Path(shutil.copytree(exported(cache), tmp_path / VERSION))


def cosines(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return np.asarray(np.sum(left * right, axis=1) / np.linalg.norm(left, axis=1) / np.linalg.norm(right, axis=1))


@pytest.mark.slow
def test_a_damaged_export_was_made_again_and_what_a_killed_one_left_is_gone(cache: Path) -> None:
    folder = exported(cache)
    assert {path.name for path in folder.iterdir()} == {"model.onnx", "tokenizer.json", MANIFEST}
    assert is_whole(folder, thorough=True)
    assert not (cache / "models" / LEFT_BEHIND).exists()


def test_an_export_that_is_there_is_left_alone(cache: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (cache / "models" / VERSION).iterdir()}
    load_encoder(Settings(cache=cache))
    assert {path: path.stat().st_mtime_ns for path in (cache / "models" / VERSION).iterdir()} == before


def test_vectors_are_those_of_sentence_transformers(encoder: OnnxEncoder) -> None:
    from sentence_transformers import SentenceTransformer

    theirs = SentenceTransformer(str(package_folder()), device="cpu", local_files_only=True)
    ours = encoder.encode_documents(TEXTS)
    assert ours.shape == (len(TEXTS), encoder.dimension)
    assert ours.dtype == np.float32
    assert cosines(ours, np.asarray(theirs.encode(TEXTS))).min() >= 0.9999
    assert np.linalg.norm(ours, axis=1) == pytest.approx(1.0, abs=1e-5)
    queries = np.stack([encoder.encode_query(text) for text in TEXTS])
    assert cosines(queries, np.asarray(theirs.encode(TEXTS))).min() >= 0.9999


@pytest.mark.parametrize(("precision", "least"), [("fp32", 0.9999999), ("auto", 0.9999)])
def test_a_text_has_the_same_vector_in_any_batch(cache: Path, precision: str, least: float) -> None:
    settings = msgspec.convert({"precision": precision}, EmbeddingSettings)
    encoder = OnnxEncoder(exported(cache), settings)
    alone = np.concatenate([encoder.encode_documents([text]) for text in TEXTS])
    small = OnnxEncoder(exported(cache), msgspec.structs.replace(settings, batch_size=2, threads=1))
    for other in (encoder.encode_documents(TEXTS), encoder.encode_documents(TEXTS[::-1])[::-1]):
        assert cosines(other, alone).min() >= least
    assert cosines(small.encode_documents(TEXTS), alone).min() >= least


def test_documents_in_bfloat16_are_near_those_in_fp32(cache: Path, encoder: OnnxEncoder) -> None:
    if bfloat16_graph(exported(cache) / "model.onnx", threads=0) is None:
        pytest.skip("this processor has no bfloat16 of its own")
    exact = OnnxEncoder(exported(cache), EmbeddingSettings(precision="fp32")).encode_documents(TEXTS)
    fast = encoder.encode_documents(TEXTS)
    assert not np.array_equal(fast, exact)
    assert cosines(fast, exact).min() >= 0.9999


def test_no_texts_give_no_vectors(encoder: OnnxEncoder) -> None:
    assert encoder.encode_documents([]).shape == (0, 384)
    assert encoder.token_spans([]) == []


def test_prompts_are_put_before_and_make_another_model(cache: Path, encoder: OnnxEncoder) -> None:
    settings = EmbeddingSettings(query_prompt="query: ", document_prompt="a passage about: ")
    prompted = OnnxEncoder(exported(cache), settings)
    assert np.allclose(prompted.encode_query("pain"), encoder.encode_query("query: pain"), atol=1e-5)
    assert np.allclose(
        prompted.encode_documents(["pain"]), encoder.encode_documents(["a passage about: pain"]), atol=1e-5
    )
    other = OnnxEncoder(exported(cache), msgspec.structs.replace(settings, document_prompt=""))
    assert len({prompted.model_id, other.model_id, encoder.model_id}) == 3
    assert (prompted.max_tokens, other.max_tokens) == (250, 254)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_flipped_bit_is_noticed(copied: Path, name: str) -> None:
    path = copied / name
    status = path.stat()
    with path.open("r+b") as file:
        file.seek(status.st_size // 2)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))
    assert not is_whole(copied)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert is_whole(copied)
    assert not is_whole(copied, thorough=True)
    with pytest.raises(ModelError, match="damaged") as caught:
        OnnxEncoder(copied, EmbeddingSettings()).encode_documents(["pain"])
    assert "made again" in caught.value.hint


def test_a_copy_with_other_times_is_whole(copied: Path) -> None:
    os.utime(copied / "model.onnx", ns=(1, 1))
    assert is_whole(copied)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", MANIFEST])
@pytest.mark.parametrize("how", ["missing", "empty", "garbage"])
def test_files_that_are_not_there_or_something_else_are_noticed(copied: Path, name: str, how: str) -> None:
    (copied / name).unlink()
    if how != "missing":
        (copied / name).write_bytes(b"" if how == "empty" else b'{"files": {}, "weights_sha256": ""}')
    assert not is_whole(copied)


def test_a_model_that_cannot_be_run_says_where(copied: Path) -> None:
    (copied / "model.onnx").write_bytes(b"not a model")
    with pytest.raises(ModelError, match=VERSION) as caught:
        OnnxEncoder(copied, EmbeddingSettings())
    assert str(copied) in caught.value.hint


def test_weights_that_are_not_the_pinned_ones_are_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"other weights")
    with pytest.raises(ModelError, match="not the pinned one"):
        export(tmp_path, tmp_path / "target")
    assert not (tmp_path / "target").exists()
