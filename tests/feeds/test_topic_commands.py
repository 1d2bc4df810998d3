"""``cordwatch topic`` and ``cordwatch feeds`` as people use them."""

from __future__ import annotations

import datetime as dt
import io
import json
import stat
from pathlib import Path

import pytest

from cli.main import run
from feeds.subscriptions import store
from feeds.subscriptions.types import Wishes
from feeds.topics.reading import read_topic
from library import Library
from tests.feeds.world import make_library


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    make_library(tmp_path).close()
    monkeypatch.setenv("CORDWATCH_HOME", str(tmp_path))
    monkeypatch.setenv("CORDWATCH_TOPICS_SHIPPED", "false")
    return tmp_path


def write(home: Path, name: str, text: str) -> Path:
    path = home / "topics" / f"{name}.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def editor(home: Path, monkeypatch: pytest.MonkeyPatch, *versions: str) -> None:
    """An editor that writes one version after the other."""
    for number, text in enumerate(versions):
        (home / f"version{number}").write_text(text, encoding="utf-8")
    (home / "count").unlink(missing_ok=True)
    script = home / "editor.sh"
    script.write_text(
        f'#!/bin/sh\nn=$(cat {home}/count 2>/dev/null || echo 0)\ncp {home}/version$n "$1"\n'
        f"touch -d '2030-01-01' \"$1\"\necho $((n + 1)) > {home}/count\n"
    )
    script.chmod(script.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("EDITOR", str(script))
    monkeypatch.setenv("VISUAL", str(script))


def test_new_list_show_rm(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["topic", "new", "hearts", "--query", 'exosome "heart failure"', "--title", 'The "heart"']) == 0
    assert run(["topic", "new", "hearts", "--query", "x"]) == 1
    assert "exists; it is left as it is" in capsys.readouterr().err
    assert run(["topic", "list", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["name"], row["title"]) == ("hearts", 'The "heart"')
    assert run(["topic", "show", "hearts", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["uid"], row["why"]) == ("pubmed:99000003", 'matches exosome · "heart failure"')
    assert run(["topic", "show", "hearts"]) == 0
    assert "Exosomes in heart failure" in capsys.readouterr().out
    assert run(["topic", "rm", "hearts", "--yes"]) == 0
    assert not list((home / "topics").iterdir())


def test_new_writes_quotes_as_they_were_typed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    query = 'zebrafish AND "spinal cord"'
    assert run(["topic", "new", "fish", "--query", query, "--title", 'The "fish"']) == 0
    text = (home / "topics" / "fish.toml").read_text(encoding="utf-8")
    assert f'query = """\n{query}\n"""' in text
    assert "title = 'The \"fish\"'" in text
    for number, odd in enumerate(("a 'b' \"c\"", "back\\slash", "tab\tand é")):
        assert run(["topic", "new", f"odd{number}", "--query", f'"{odd}"'.replace('"c"', "c"), "--title", odd]) == 0
        assert read_topic(home / "topics" / f"odd{number}.toml").title == odd
    assert run(["topic", "new", "three", "--query", 'one """ two']) == 1
    assert "three.toml:7:7: query: " in capsys.readouterr().err


def test_new_from_another_takes_its_own_query_and_title(home: Path) -> None:
    rats = "# Why: rats.\ntitle = 'Rats'\nquery = '''rat # not a comment'''  # a comment\nthreshold = 0.7\n"
    source = write(home, "rats", rats)
    assert run(["topic", "new", "mice", "--from", "rats", "--query", 'mouse "BMS"']) == 0
    text = (home / "topics" / "mice.toml").read_text(encoding="utf-8")
    assert text == '# Why: rats.\ntitle = "Mice"\nquery = """\nmouse "BMS"\n"""  # a comment\nthreshold = 0.7\n'
    assert run(["topic", "new", "voles", "--from", "rats", "--query", "vole AND", "--title", "Voles"]) == 1
    assert sorted(path.name for path in source.parent.iterdir()) == ["mice.toml", "rats.toml"]


class Terminal(io.StringIO):
    """What somebody types."""

    def isatty(self) -> bool:
        return True


def test_rm_asks_and_names_who_would_lose_it(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(home, "fish", 'title = "a"\nquery = "exosome"')
    now = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
    with Library.open(home / "library.sqlite3") as library, library.transaction() as writer:
        for number in range(5):
            wishes = Wishes(topics=("fish",) if number else ("others",))
            store.add(writer.connection, f"reader{number}@cord.example", wishes, since=now, now=now)
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert run(["topic", "rm", "fish"]) == 1
    assert "try: --yes" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    assert run(["topic", "rm", "fish"]) == 130
    asked = capsys.readouterr().out
    assert "reader1@cord.example, reader2@cord.example, reader3@cord.example and 1 more" in asked
    assert "reader0" not in asked
    assert path.exists()
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    assert run(["topic", "rm", "fish"]) == 0
    assert not path.exists()


def test_unknown_names_are_told_with_what_comes_near(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(home, "exosomes", 'title = "a"\nquery = "exosome"')
    assert run(["topic", "show", "exosome"]) == 1
    assert "did you mean exosomes?" in capsys.readouterr().err


def test_edit_keeps_nothing_that_is_wrong(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(home, "exosomes", 'title = "a"\nquery = "exosome"')
    editor(home, monkeypatch, 'title = "a"\nquery = "(exosome"')
    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    assert run(["topic", "edit", "exosomes"]) == 130
    assert "exosomes.toml:2:10: query: this ( is never closed" in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == 'title = "a"\nquery = "exosome"'
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    editor(home, monkeypatch, "title = 3", 'title = "b"\nquery = "exosome"')
    assert run(["topic", "edit", "exosomes"]) == 0
    assert path.read_text(encoding="utf-8") == 'title = "b"\nquery = "exosome"'


def test_what_was_typed_is_never_lost(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = 'title = "An hour of work"\nquery = "exosome"\n[include]\nspecies = ["humann"]\n'
    draft = home / "topics" / "mine.toml.draft"
    editor(home, monkeypatch, typed)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert run(["topic", "new", "mine"]) == 1, "nobody is there to be asked"
    err = capsys.readouterr().err
    assert f"your text is kept in {draft}" in err
    assert "mine.toml:4:12: species: the vocabulary has no 'humann'" in err
    assert draft.read_text(encoding="utf-8") == typed
    assert run(["topic", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [], "a draft is no topic"
    seen = home / "seen"
    script = home / "mend.sh"
    script.write_text(f'#!/bin/sh\ncp "$1" {seen}\nsed -i s/humann/human/ "$1"\ntouch -d 2030-01-01 "$1"\n')
    script.chmod(0o700)
    monkeypatch.setenv("VISUAL", str(script))
    assert run(["topic", "new", "mine"]) == 0
    assert f"going on from {draft}" in capsys.readouterr().err
    assert seen.read_text(encoding="utf-8") == typed
    assert [path.name for path in draft.parent.iterdir()] == ["mine.toml"]


def test_a_concept_that_is_unknown_is_mended_in_the_editor(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = 'title = "a"\nquery = "species:humann"'
    editor(home, monkeypatch, wrong, wrong.replace("humann", "human"))
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    assert run(["topic", "new", "mine"]) == 0
    assert read_topic(home / "topics" / "mine.toml").query == "species:human"


def test_new_says_that_it_replaces_a_shipped_topic(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CORDWATCH_TOPICS_SHIPPED", "true")
    assert run(["topic", "new", "exosomes", "--query", "exosome"]) == 0
    err = capsys.readouterr().err
    assert "it will take the place of the topic exosomes that comes with Cordwatch; --from exosomes" in err


def test_one_broken_file_hides_no_other_topic(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(home, "good", 'title = "a"\nquery = "exosome"')
    write(home, "broken", 'title = "a')
    misnamed = write(home, "Bad Name", 'title = "a"\nquery = "exosome"')
    assert run(["topic", "list", "--json"]) == 1
    out = capsys.readouterr()
    assert [row["name"] for row in json.loads(out.out)] == ["good"]
    assert f"{misnamed}: 'Bad Name' cannot name a topic" in out.err
    assert "broken.toml:1:11: not TOML" in out.err


def test_check_names_sources_that_there_are_not(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(home, "exosomes", 'title = "a"\nquery = "exosome -source:importt"\nsources = ["pubmd", "openalex"]')
    assert run(["topic", "check", "--json"]) == 0
    out = capsys.readouterr()
    assert [(row["record"], row["expected"], row["outcome"]) for row in json.loads(out.out)] == [
        ("source:pubmd", "value", "absent"),
        ("source:importt", "value", "absent"),
    ]
    assert "exosomes: source:pubmd: there is no such source; did you mean pubmed?" in out.err
    assert run(["topic", "check", "--strict"]) == 1
    path.write_text('title = "a"\nquery = "exosome"\nsources = ["pubmed"]')
    assert run(["topic", "check", "--strict"]) == 0


def test_shipped_topics_are_copied_to_be_edited_and_cannot_be_removed(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CORDWATCH_TOPICS_SHIPPED", "true")
    editor(home, monkeypatch, 'title = "Mine"\nquery = "exosome"')
    assert run(["topic", "rm", "exosomes", "--yes"]) == 1
    assert run(["topic", "edit", "exosomes"]) == 0
    assert (home / "topics" / "exosomes.toml").exists()
    assert run(["topic", "rm", "exosomes", "--yes"]) == 0
    capsys.readouterr()
    assert run(["topic", "list", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 5


def test_check_runs_known_items(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(home, "exosomes", 'title = "a"\nquery = "exosome"\nmust_find = ["pmid:99000001"]')
    assert run(["topic", "check"]) == 0
    path.write_text(path.read_text() + '\nmust_not_find = ["pmid:99000003"]')
    capsys.readouterr()
    assert run(["topic", "check", "--json"]) == 1
    out = capsys.readouterr()
    assert [row["outcome"] for row in json.loads(out.out)] == ["passed", "FAILED"]
    assert "1 topic read, 0 wrong; known items: 1 passed, 1 failed, 0 absent" in out.err


def test_check_reads_on_after_a_file_that_is_wrong(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(home, "bad", 'title = "a"\nquery = "cell:nonsense"')
    write(home, "good", 'title = "a"\nquery = "exosome"')
    assert run(["topic", "check"]) == 1
    err = capsys.readouterr().err
    assert "bad.toml:2:10: cell: the vocabulary has no 'nonsense'" in err
    assert "1 topic read, 1 wrong" in err


def test_check_gives_every_mistake_of_a_file_to_programs(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(home, "bad", 'title = ""\nquery = "(x"\nthreshold = 7')
    write(home, "good", 'title = "a"\nquery = "exosome"\nmust_find = ["pmid:99000001"]')
    assert run(["topic", "check", "--json"]) == 1
    out = capsys.readouterr()
    *mistakes, test = json.loads(out.out)
    assert [(row["topic"], row["outcome"], row["where"].split(".toml:")[1]) for row in mistakes] == [
        ("bad", "wrong", "1:9"),
        ("bad", "wrong", "2:10"),
        ("bad", "wrong", "3:13"),
    ]
    assert mistakes[2]["hint"] == "threshold = 0.6"
    assert (test["topic"], test["outcome"], test["where"]) == ("good", "passed", "")
    assert out.err.count("error: ") == 3


def test_check_that_tested_nothing_does_not_look_like_a_pass(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(home, "exosomes", 'title = "a"\nquery = "exosome"\nmust_find = ["pmid:1"]')
    assert run(["topic", "check"]) == 0
    assert "NOT TESTED, for the library has none of their known items: exosomes" in capsys.readouterr().err
    assert run(["topic", "check", "--strict"]) == 1
    path.write_text(path.read_text().replace("pmid:1", "pmid:99000001"))
    capsys.readouterr()
    assert run(["topic", "check", "--strict"]) == 0
    assert "NOT TESTED" not in capsys.readouterr().err
    (home / "library.sqlite3").unlink()
    assert run(["topic", "check", "--strict"]) == 1, "without a library nothing is tested"


def test_check_names_examples_that_the_library_lacks(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(home, "exosomes", 'title = "a"\nexamples = ["pubmed:1", "pmid:99000001"]')
    assert run(["topic", "check", "--json"]) == 0
    out = capsys.readouterr()
    (row,) = json.loads(out.out)
    assert (row["record"], row["expected"], row["outcome"]) == ("pubmed:1", "example", "absent")
    assert "exosomes: the example pubmed:1 is not in the library" in out.err
    assert run(["topic", "check", "--strict"]) == 1


def test_diff_shows_what_would_change(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(home, "exosomes", 'title = "a"\nquery = "exosome heart"')
    changed = home / "changed.toml"
    changed.write_text('title = "a"\nquery = "exosome spinal"')
    assert run(["topic", "diff", "exosomes", "--edit", str(changed), "-n", "2", "--json"]) == 0
    out = capsys.readouterr()
    rows = [(row["change"], row["uid"]) for row in json.loads(out.out)]
    assert rows == [("gained", "biorxiv:99000006"), ("gained", "press:aa11"), ("lost", "pubmed:99000003")]
    assert "1 before, 4 after; 4 gained (2 shown), 1 lost" in out.err
    assert run(["topic", "diff", "exosomes", "--edit", str(changed)]) == 0
    assert "RETRACTED" in capsys.readouterr().out
    assert path.read_text() == 'title = "a"\nquery = "exosome heart"'


def test_every_mistake_of_the_changed_file_is_told(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(home, "exosomes", 'title = "a"\nquery = "exosome"')
    changed = home / "changed.toml"
    changed.write_text('title = ""\nquery = "(x"\nthreshold = 7')
    assert run(["topic", "diff", "exosomes", "--edit", str(changed)]) == 1
    err = capsys.readouterr().err
    assert [f"changed.toml:{line}:" in err for line in (1, 2, 3)] == [True] * 3
    assert err.count("error: ") == 3
    assert "try: threshold = 0.6" in err


def test_check_says_once_that_there_is_no_index(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("one", "two"):
        write(home, name, 'title = "a"\nquery = "exosome"\n[exclude]\nmesh = ["Rats"]')
    assert run(["topic", "check"]) == 0
    err = capsys.readouterr().err
    assert err.count("values were not looked for: there is no index") == 1
    assert err.count("try: cordwatch index") == 1


def test_feeds_are_written_once(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(home, "exosomes", 'title = "a"\nquery = "exosome"')
    site = home / "site"
    assert run(["feeds", "write", str(site), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["change"] for row in rows} == {"written"}
    assert {row["file"] for row in rows} == {path.name for path in site.iterdir() if path.name[0] != "."}
    assert run(["feeds", "write", str(site), "--json"]) == 0
    assert {row["change"] for row in json.loads(capsys.readouterr().out)} == {"unchanged"}


def test_one_wrong_topic_leaves_the_folder_as_it_was(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(home, "exosomes", 'title = "a"\nquery = "exosome"')
    write(home, "bad", 'title = "a"\nquery = "(("')
    assert run(["feeds", "write", str(home / "site")]) == 1
    assert not (home / "site").exists()
    assert "publish." not in capsys.readouterr().err, "what is not set is no reason for the failure"


def test_health_is_told_of_each_source(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sources", "--health", "--json"]) == 0
    assert [row["source"] for row in json.loads(capsys.readouterr().out)] == ["biorxiv", "press", "pubmed"]
