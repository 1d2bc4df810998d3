"""Any other model: small ones made here, of each kind, loaded from a folder without asking a hub."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from config.settings import EmbeddingSettings, Settings
from library import Library
from nlp.embeddings import Encoder, load_encoder
from nlp.embeddings.sentence_transformers_model import UNLIMITED, SentenceTransformersEncoder
from nlp.embeddings.stage import embed
from nlp.embeddings.store import package_folder
from records.errors import ModelError
from tests.embeddings.invented import article, put

TEXTS = ["", "Spinal cord injury", "Rats improved in week three. " * 40]


def bert(folder: Path, seed: int) -> list[Any]:
    """Modules of a tiny transformer with random weights."""
    import torch
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import AutoTokenizer, BertConfig, BertModel

    torch.manual_seed(seed)
    tokenizer = AutoTokenizer.from_pretrained(package_folder(), local_files_only=True)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=64,
    )
    BertModel(config).save_pretrained(folder / f"bert{seed}")
    tokenizer.save_pretrained(folder / f"bert{seed}")
    transformer = Transformer(str(folder / f"bert{seed}"), max_seq_length=64)
    return [transformer, Pooling(16, "mean")]


def symmetric(folder: Path) -> Any:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(modules=bert(folder, 1), device="cpu")


def with_own_prompts(folder: Path) -> Any:
    from sentence_transformers import SentenceTransformer

    prompts = {"query": "question: ", "document": "passage: "}
    return SentenceTransformer(modules=bert(folder, 1), device="cpu", prompts=prompts)


def with_separate_encoders(folder: Path) -> Any:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Router

    router = Router.for_query_document(query_modules=bert(folder, 1), document_modules=bert(folder, 2))
    return SentenceTransformer(modules=[router], device="cpu")


def static(folder: Path) -> Any:
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer

    torch.manual_seed(3)
    tokenizer = Tokenizer.from_file(str(package_folder() / "tokenizer.json"))
    return SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_dim=16)], device="cpu")


MODELS = [symmetric, with_own_prompts, with_separate_encoders, static]


@pytest.fixture(scope="module", autouse=True)
def _offline() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        yield


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> dict[Callable[[Path], Any], Path]:
    """Each model in a folder."""
    folders = {}
    for make in MODELS:
        folders[make] = tmp_path_factory.mktemp(make.__name__) / "model"
        make(folders[make].parent).save(str(folders[make]))
    return folders


def load(path: Path, **settings: Any) -> Encoder:
    return load_encoder(Settings(embedding=EmbeddingSettings(model=str(path), device="cpu", **settings)))


@pytest.mark.parametrize("make", MODELS)
def test_vectors_are_the_models_own(saved: dict[Any, Path], make: Any) -> None:
    from sentence_transformers import SentenceTransformer

    ours, theirs = load(saved[make]), SentenceTransformer(str(saved[make]), device="cpu")
    assert isinstance(ours, SentenceTransformersEncoder)
    documents = ours.encode_documents(TEXTS)
    assert documents.dtype == np.float32
    assert documents.shape == (3, ours.dimension) == (3, 16)
    assert np.allclose(documents, theirs.encode_document(TEXTS, normalize_embeddings=True), atol=1e-6)
    for text in TEXTS:
        assert np.allclose(ours.encode_query(text), theirs.encode_query(text, normalize_embeddings=True), atol=1e-6)
    assert np.linalg.norm(documents[1:], axis=1) == pytest.approx(1.0, abs=1e-5)
    differ = not np.allclose(ours.encode_query(TEXTS[1]), documents[1], atol=1e-4)
    assert differ == (make in (with_own_prompts, with_separate_encoders))


@pytest.mark.parametrize("make", MODELS)
def test_long_texts_are_cut_where_the_model_ends(saved: dict[Any, Path], make: Any, tmp_path: Path) -> None:
    encoder = load(saved[make])
    assert encoder.max_tokens == (UNLIMITED if make is static else 62)
    assert encoder.token_spans(["Rats improved.", ""]) == [[(0, 4), (5, 13), (13, 14)], []]
    assert len(encoder.token_spans([TEXTS[2]])[0]) == 240
    with Library.open(tmp_path / "library.sqlite3") as library:
        put(library, *(article(number) for number in range(6)))
        assert embed(library, encoder).embedded == 6
        embedding = library.embedding("pubmed:99300005")
        assert embedding is not None
        assert (embedding.dimension, embedding.windows > 1) == (16, make is not static)


def test_prompts_of_the_settings_come_first(saved: dict[Any, Path]) -> None:
    plain = load(saved[symmetric])
    encoder = load(saved[with_own_prompts], query_prompt="ask: ", document_prompt="read this: ")
    assert np.allclose(encoder.encode_query("pain"), plain.encode_query("ask: pain"), atol=1e-6)
    assert np.allclose(encoder.encode_documents(["pain"]), plain.encode_documents(["read this: pain"]), atol=1e-6)
    assert encoder.max_tokens == 62 - 3


def test_whatever_makes_other_vectors_makes_another_model(saved: dict[Any, Path], tmp_path: Path) -> None:
    encoders = [load(saved[make]) for make in MODELS]
    encoders += [load(saved[symmetric], query_prompt="ask: "), load(saved[symmetric], document_prompt="ask: ")]
    assert len({encoder.model_id for encoder in encoders}) == len(encoders)
    moved = Path(shutil.copytree(saved[symmetric], tmp_path / "model"))
    assert load(moved).model_id == load(saved[symmetric]).model_id


def test_a_model_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be loaded") as caught:
        load(tmp_path / "none")
    assert "embedding.model" in caught.value.hint
