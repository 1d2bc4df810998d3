"""Bakes the vocabulary: ``python -m nlp.lexicon.bake``.

Reads the ontology extracts inside the wheel ``cellxgene-ontology-guide`` (extra ``lexicon``) and writes
``nlp/lexicon/data/*.tsv.gz``, byte for byte the same for the same wheel: one concept a line, ``id``, ``name``, parents
(by *is a* and *part of*, separated by blanks), further names (separated by ``|``), sorted by id.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import metadata, resources
from pathlib import Path
from typing import Any, Final, NamedTuple

from nlp.lexicon.tables import CURATED, DATA, Concept, format_line, read_rows
from records.errors import CordwatchError

PACKAGE: Final = "cellxgene-ontology-guide"
_RECORD_BREAK: Final = '},"NCBITaxon:'
_ATLAS_CLUSTER: Final = re.compile(r"\((?:Mmus|Hsap|Mmul|Cjac)\)")
"""Transcriptomic clusters of one atlas, named by serial numbers: no text writes them."""
_FORMAL: Final = re.compile(r"[\[\]{}<>=_|\t]|\bNN_\d|\(disease\)|, non-human animal$")
"""Names that only an ontology writes."""
_MAX_WORDS: Final = 9
_EFO_CELLS: Final = frozenset({"EFO:0004905"})
"""Cell types that the Cell Ontology leaves to EFO."""
_CELL: Final = "CL:0000000"

Term = Mapping[str, Any]


class Source(NamedTuple):
    """One ontology of the wheel and the table that is made of it."""

    table: str
    ontology: str
    licence: str
    homepage: str
    concepts: Callable[[Path], Iterator[Concept]]


def _concept(id: str, term: Term) -> Concept:
    names = {one.strip() for one in term.get("synonyms", ()) if not _FORMAL.search(one)}
    names = {one for one in names if len(one) > 1 and len(one.split()) <= _MAX_WORDS}
    parents = sorted(ancestor for ancestor, distance in term["ancestors"].items() if distance == 1)
    return Concept(id, term["label"], tuple(parents), tuple(sorted(names - {term["label"]})))


def _terms(path: Path) -> Iterator[tuple[str, Term]]:
    """Every current term of a file, one at a time: NCBITaxon is 850 MB when unpacked."""
    import zstandard

    with path.open("rb") as compressed:
        text = io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(compressed), encoding="utf-8")
        every = _taxon_terms(text) if path.name.startswith("NCBITaxon") else iter(json.load(text).items())
        yield from ((id, term) for id, term in every if not term.get("deprecated") and term.get("label"))


def _taxon_terms(text: io.TextIOWrapper) -> Iterator[tuple[str, Term]]:
    rest = text.read(1)[1:]
    while block := text.read(1 << 22):
        *records, rest = (rest + block).split(_RECORD_BREAK)
        yield from (_taxon(record + "}") for record in records)
    yield _taxon(rest.rstrip()[:-1])


def _taxon(record: str) -> tuple[str, Term]:
    number, _, value = record.removeprefix('"NCBITaxon:').partition('":')
    return f"NCBITaxon:{number}", json.loads(value)


def _anatomy(path: Path) -> Iterator[Concept]:
    return (_concept(id, term) for id, term in _terms(path))


def _cell_types(path: Path) -> Iterator[Concept]:
    return (_concept(id, term) for id, term in _terms(path) if not _ATLAS_CLUSTER.search(term["label"]))


def _efo_cell_types(path: Path) -> Iterator[Concept]:
    terms = (_concept(id, term) for id, term in _terms(path) if id in _EFO_CELLS)
    return (concept._replace(parents=(_CELL,)) for concept in terms)


def _conditions(path: Path) -> Iterator[Concept]:
    of_humans = ((id, term) for id, term in _terms(path) if not id.startswith("MONDO:1"))
    return (_concept(id, term) for id, term in of_humans if "non-human animal" not in term["label"])


def _species(path: Path) -> Iterator[Concept]:
    """The animals named in ``curated/taxa.tsv`` and all above them, and the taxa of ``curated/other_taxa.tsv``.

    The extract holds animals only. Two passes over it: it is too big to hold.
    """
    wanted = {name for name, _ in read_rows(CURATED / "taxa.tsv")}
    chosen: set[str] = set()
    keep: set[str] = set()
    for id, term in _terms(path):
        if term["label"] in wanted:
            chosen.add(term["label"])
            keep.update((id, *term["ancestors"]))
    if missing := wanted - chosen:
        raise CordwatchError(f"{path.name}: no taxon is named {', '.join(sorted(missing))}", hint="mend taxa.tsv")
    yield from (_taxon_concept(id, term) for id, term in _terms(path) if id in keep)
    for id, name, parent, names in read_rows(CURATED / "other_taxa.tsv"):
        yield Concept(id, name, (parent,) if parent else (), tuple(names.split("|")) if names else ())


def _taxon_concept(id: str, term: Term) -> Concept:
    """``Mus <genus>`` is called ``Mus``; the animals' root hangs from the eukaryotes."""
    concept = _concept(id, term)
    return concept._replace(name=concept.name.partition(" <")[0])


SOURCES: Final = (
    Source("anatomy", "UBERON", "CC BY 3.0", "https://obofoundry.org/ontology/uberon", _anatomy),
    Source("cell_types", "CL", "CC BY 4.0", "https://obofoundry.org/ontology/cl", _cell_types),
    Source("cell_types", "EFO", "Apache-2.0", "https://www.ebi.ac.uk/efo", _efo_cell_types),
    Source("conditions", "MONDO", "CC BY 4.0", "https://mondo.monarchinitiative.org", _conditions),
    Source("species", "NCBITaxon", "public domain", "https://obofoundry.org/ontology/ncbitaxon", _species),
)
"""Alphabetical by table, then by ontology."""


def newest(folder: Path, ontology: str) -> Path:
    """The file of the newest release of ``ontology`` that the wheel brings."""
    found = sorted(folder.glob(f"{ontology}-ontology-*.json.zst"), key=_release_key)
    if not found:
        raise CordwatchError(f"{folder}: no {ontology}-ontology-*.json.zst", hint=f"install {PACKAGE}==1.11.1")
    return found[-1]


def _release(path: Path) -> str:
    return path.name.split("-ontology-")[1].removesuffix(".json.zst")


def _release_key(path: Path) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", _release(path)))


def bake(folder: Path, target: Path, package_version: str) -> None:
    """Writes every table and ``SOURCES.tsv`` into ``target`` from the ontologies in ``folder``."""
    target.mkdir(parents=True, exist_ok=True)
    tables: dict[str, dict[str, Concept]] = {}
    sources = [("ontology", "release", "licence", "homepage", "from", "sha256")]
    for source in SOURCES:
        path = newest(folder, source.ontology)
        sys.stderr.write(f"{source.table}: {path.name}\n")
        tables.setdefault(source.table, {}).update({concept.id: concept for concept in source.concepts(path)})
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        origin = f"{PACKAGE} {package_version}: {path.name}"
        sources.append((source.ontology, _release(path), source.licence, source.homepage, origin, digest))
    _add_kinds(tables)
    for table, concepts in tables.items():
        _write_table(target / f"{table}.tsv.gz", concepts)
    rows = "".join("\t".join(row) + "\n" for row in sources)
    (target / "SOURCES.tsv").write_text(rows, encoding="utf-8")


def _add_kinds(tables: Mapping[str, dict[str, Concept]]) -> None:
    """What ``curated/kinds.tsv`` says to be a kind of something else, where the extract has lost it."""
    for id, parent, _ in read_rows(CURATED / "kinds.tsv"):
        concepts = next((concepts for concepts in tables.values() if id in concepts and parent in concepts), None)
        if concepts is None:
            raise CordwatchError(f"kinds.tsv: no table has both {id} and {parent}", hint="mend kinds.tsv")
        concept = concepts[id]
        concepts[id] = concept._replace(parents=tuple(sorted({*concept.parents, parent})))


def _write_table(path: Path, concepts: Mapping[str, Concept]) -> None:
    kept = (
        concept._replace(parents=tuple(parent for parent in concept.parents if parent in concepts or parent == _CELL))
        for concept in concepts.values()
    )
    text = "".join(format_line(concept) + "\n" for concept in sorted(kept))
    path.write_bytes(gzip.compress(text.encode("utf-8"), compresslevel=9, mtime=0))


def main() -> None:
    """Command line: where the unpacked ontologies lie (default: the installed package) and where to write."""
    parser = argparse.ArgumentParser(description="Bake the vocabulary of entities.")
    parser.add_argument("--ontologies", type=Path, help="folder of *-ontology-*.json.zst; default: the package's own")
    parser.add_argument("--to", type=Path, default=DATA, help="folder to write (default: nlp/lexicon/data)")
    arguments = parser.parse_args()
    folder = arguments.ontologies or Path(str(resources.files("cellxgene_ontology_guide"))) / "data"
    version = "1.11.1" if arguments.ontologies else metadata.version(PACKAGE)
    bake(folder, arguments.to, version)


if __name__ == "__main__":
    main()
