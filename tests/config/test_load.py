"""Settings: order of precedence, origins, errors."""

from __future__ import annotations

from pathlib import Path

import pytest

import config
from records.errors import ConfigError


def test_flag_beats_variable_beats_file_beats_default(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text('[pubmed]\nquery = "from file"\nsince = "2001-01-01"\npage_size = 7\n')
    environ = {"CORDWATCH_PUBMED_SINCE": "2002-02-02", "CORDWATCH_PUBMED_PAGE_SIZE": "8"}
    loaded = config.load(file, environ=environ, flags={"pubmed.page_size": 9, "home": None})
    pubmed = loaded.settings.pubmed
    assert (pubmed.query, pubmed.since, pubmed.page_size) == ("from file", "2002-02-02", 9)
    origins = {name: origin for name, _, origin in loaded.rows()}
    assert origins["pubmed.query"] == "file"
    assert origins["pubmed.since"] == "CORDWATCH_PUBMED_SINCE"
    assert origins["pubmed.page_size"] == "flag"
    assert origins["pubmed.api_key"] == "default"


def test_a_secret_is_never_shown() -> None:
    loaded = config.load(environ={"CORDWATCH_PUBMED_API_KEY": "hush"})
    assert loaded.settings.pubmed.api_key == "hush"
    assert "hush" not in str(list(loaded.rows()))


def test_what_stands_in_an_address_is_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text(
        '[[press.feeds]]\nurl = "https://reader:hush@feeds.example.org/f.xml?key=hush&n=1"\noutlet = "Example"\n'
    )
    loaded = config.load(
        file, environ={"CORDWATCH_INDEX_URL": "https://me:hush@a.example:9200,https://b.example:9200/x?k=hush"}
    )
    shown = {name: value for name, value, _ in loaded.rows()}
    assert shown["index.url"] == "https://********@a.example:9200,https://b.example:9200/x?********"
    assert shown["press.feeds"] == "https://********@feeds.example.org/f.xml?********"


def test_lists_come_from_a_variable() -> None:
    loaded = config.load(environ={"CORDWATCH_PRESS_KEYWORDS": "spine, cord"})
    assert loaded.settings.press.keywords == ("spine", "cord")


def test_feeds_come_from_the_file(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text('[[press.feeds]]\nurl = "http://127.0.0.1/f.xml"\noutlet = "Example"\n')
    (feed,) = config.load(file, environ={}).settings.press.feeds
    assert (feed.url, feed.outlet, feed.articles) == ("http://127.0.0.1/f.xml", "Example", True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[pubmed]\nquerry = 1\n", "querry"),
        ('[crawl]\nretries = "many"\n', "crawl.retries"),
        ("[embedding]\nbatch_size = -1\n", r">= 0 .*embedding\.batch_size"),
        ("[pubmed]\npage_size = 0\n", r">= 1 .*pubmed\.page_size"),
        ("[crawl]\ntimeout_s = nan\n", r"crawl\.timeout_s"),
        ("[smtp]\nport = 70000\n", r"smtp\.port"),
        ("[pubmed\n", "c.toml"),
        ("[[press.feeds]]\noutlet = 'x'\n", "url"),
    ],
)
def test_a_wrong_file_is_refused_and_says_where(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "c.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=message):
        config.load(file, environ={})


def test_a_wrong_variable_or_flag_is_named_and_not_the_file(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text("[index]\nreplicas = 0\n")
    with pytest.raises(ConfigError, match=r"in the variable CORDWATCH_INDEX_SHARDS: Expected `int`") as caught:
        config.load(file, environ={"CORDWATCH_INDEX_SHARDS": "abc"})
    assert "c.toml" not in caught.value.message
    with pytest.raises(ConfigError, match="in a flag"):
        config.load(file, environ={}, flags={"index.shards": "abc"})


def test_an_unknown_variable_is_refused() -> None:
    with pytest.raises(ConfigError, match="CORDWATCH_PUBMED_APIKEY"):
        config.load(environ={"CORDWATCH_PUBMED_APIKEY": "x"})


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no configuration file .*nowhere\.toml"):
        config.load(tmp_path / "nowhere.toml", environ={})


def test_paths_follow_home(tmp_path: Path) -> None:
    settings = config.load(environ={"CORDWATCH_HOME": str(tmp_path)}).settings
    assert settings.library_path == tmp_path / "library.sqlite3"
    assert settings.index_path == tmp_path / "index"


def test_an_empty_path_is_no_path_and_not_the_folder_at_hand(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text('[library]\npath = ""\n')
    empty = dict.fromkeys(("CORDWATCH_PUBLISH_FOLDER", "CORDWATCH_INDEX_CA_FILE", "CORDWATCH_INDEX_API_KEY_FILE"), "")
    settings = config.load(file, environ=empty | {"CORDWATCH_HOME": str(tmp_path)}).settings
    assert settings.publish.folder is settings.index.ca_file is settings.index.api_key_file is None
    assert settings.library_path == tmp_path / "library.sqlite3"
    with pytest.raises(ConfigError, match=r"in the variable CORDWATCH_HOME: expected a path, got ''"):
        config.load(environ={"CORDWATCH_HOME": ""})


def test_a_value_that_is_none_of_the_choices_is_told_with_them(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[smtp]\nsecurity = "plain"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"'plain'.*smtp\.security") as caught:
        config.load(path, environ={})
    assert caught.value.hint == "one of starttls, tls, none"
