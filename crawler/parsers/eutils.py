"""Answers of NCBI's E-utilities other than records: ESearch, and errors in all their forms."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec
from lxml import etree

from crawler.parsers.json_tree import decode_json
from records.errors import ParseError

_ERROR_ELEMENT: Final = re.compile(rb"<ERROR>\s*(.*?)\s*</ERROR>", re.DOTALL | re.IGNORECASE)


class SearchResult(msgspec.Struct, frozen=True, kw_only=True):
    """What ESearch found."""

    count: int
    """How many records match, whatever the size of the page."""
    pmids: tuple[str, ...] = ()
    """The page."""
    webenv: str = ""
    """The history server's session, where one was asked for."""
    query_key: str = ""
    """The search's number in that session."""


def parse_esearch(content: bytes) -> SearchResult:
    """An ESearch answer in JSON or XML. Raises `ParseError` with NCBI's own words where it is an error."""
    text = content.strip()
    if text.startswith(b"<"):
        return _from_xml(text)
    try:
        answer = decode_json(text)
    except ParseError as error:
        raise ParseError(f"not an ESearch answer: {_start(text)}") from error
    result = answer.get("esearchresult") if isinstance(answer, dict) else None
    problem = error_in(text) or _said(result)
    if problem or not isinstance(result, dict):
        raise ParseError(problem or f"not an ESearch answer: {_start(text)}")
    return _result(result.get("count"), result.get("idlist"), result.get("webenv"), result.get("querykey"))


def error_in(content: bytes) -> str:
    """NCBI's own words where an answer is an error (``<ERROR>`` element or JSON ``error``), else ``""``."""
    text = content.strip()
    found = _ERROR_ELEMENT.search(text)
    if found:
        return found.group(1).decode("utf-8", "replace")
    if not text.startswith(b"{"):
        return ""
    try:
        answer = decode_json(text)
    except ParseError:
        return ""
    return str(answer.get("error") or _said(answer)) if isinstance(answer, dict) else ""


def _said(result: Any) -> str:
    return str(result.get("ERROR") or "") if isinstance(result, dict) else ""


def _from_xml(text: bytes) -> SearchResult:
    problem = error_in(text)
    if problem:
        raise ParseError(problem)
    try:
        root = etree.fromstring(text, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except etree.XMLSyntaxError as error:
        raise ParseError(f"not an ESearch answer: {_start(text)}") from error
    if root.tag != "eSearchResult":
        raise ParseError(f"not an ESearch answer but <{root.tag}>")
    ids = [element.text for element in root.findall("IdList/Id")]
    return _result(root.findtext("Count"), ids, root.findtext("WebEnv"), root.findtext("QueryKey"))


def _result(count: Any, ids: Any, webenv: Any, query_key: Any) -> SearchResult:
    if not str(count).isdigit():
        raise ParseError(f"an ESearch answer without a count (found {count!r})")
    pmids = tuple(str(pmid) for pmid in ids or () if pmid)
    return SearchResult(count=int(count), pmids=pmids, webenv=str(webenv or ""), query_key=str(query_key or ""))


def _start(text: bytes) -> str:
    return f"it begins with {text[:60].decode('utf-8', 'replace')!r}" if text else "it is empty"
