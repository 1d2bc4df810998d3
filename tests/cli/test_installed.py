"""The command as installed, on the sample world that `cordwatch demo` makes."""

from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
import subprocess
import tomllib
from contextlib import closing
from pathlib import Path

import pytest
import rispy

from tests.cli.conftest import COMMAND, LEFT_BEHIND, World

pytestmark = pytest.mark.xdist_group("installed")


@pytest.mark.slow
def test_the_demo_tells_its_story(world: World) -> None:
    for part in ("Day 1", "Day 2", "Search 1", "Search 2", "Search 3", "*** RETRACTED ***", "What next?"):
        assert part in world.told
    assert "Two of four patients improved on the ASIA impairment scale" in world.told
    assert "do not rely on it" in world.told


def test_the_demo_leaves_nothing_of_what_lay_there(world: World) -> None:
    assert (world.folder / LEFT_BEHIND).parent.is_dir()
    assert not (world.folder / LEFT_BEHIND).exists()


def test_every_command_has_help_and_tells_what_it_does(world: World) -> None:
    listed = world.run("--help").stdout.split("Commands:")[1].split("\n  ")
    names = [line.split()[0] for line in listed if line.strip()]
    assert {"search", "show", "crawl", "import", "annotate", "index", "sync", "demo", "verify", "rebuild"} <= set(names)
    for name in names:
        assert "Usage: cordwatch" in world.run(name, "--help").stdout


def test_a_paper_is_what_it_is_and_says_what_it_found(world: World) -> None:
    (hit,) = [row for row in world.rows("search", "iPSC first-in-human", "-n", "20") if row["uid"] == "pubmed:99000001"]
    assert (hit["kind"], hit["status"]) == ("article", "current")
    shown = world.run("show", "10.5555/cw.99000001").stdout
    assert "AIS_GRADE improved in 2 of 4" in shown
    assert "no serious related ADVERSE_EVENTS reported" in shown


def test_a_retracted_paper_is_never_shown_as_sound(world: World) -> None:
    rows = world.rows("search", "exosomes restore walking", "-n", "50")
    retracted = [row for row in rows if row["status"] == "retracted"]
    assert [row["uid"] for row in retracted] == ["pubmed:99000020"]
    assert "RETRACTED" in world.run("search", "exosomes restore walking").stdout
    kept = world.rows("search", "exosomes restore walking -retracted", "-n", "50")
    assert "pubmed:99000020" not in [row["uid"] for row in kept]
    assert "RETRACTED" in world.run("export", "pmid:99000020", "--as", "ris").stdout
    assert "*** RETRACTED ***" in world.run("show", "99000020").stdout


def test_a_topic_that_asks_for_a_value_of_no_record_is_told_of(world: World, tmp_path: Path) -> None:
    (tmp_path / "reviews.toml").write_text('title = "a"\nquery = "exosome type:Review"\n[exclude]\ntype = ["Reveiw"]\n')
    environment = {**os.environ, "CORDWATCH_TOPICS_FOLDER": str(tmp_path)}
    done = world.run("topic", "check", "reviews", "--nl", env=environment)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert "type:Reveiw" in [row["record"] for row in rows if row["expected"] == "value"]
    assert "reviews: type:Reveiw: no record has this value" in done.stderr


def test_what_did_not_improve_is_not_found_as_improved(world: World) -> None:
    improved = {row["uid"] for row in world.rows("search", "measure:BBB outcome:improved", "-n", "50")}
    unchanged = {row["uid"] for row in world.rows("search", "measure:BBB outcome:unchanged", "-n", "50")}
    assert "pubmed:99000022" in unchanged - improved
    assert "pubmed:99000020" in improved


def test_the_right_papers_for_a_question(world: World) -> None:
    question = "motor recovery after neural stem cell transplantation in chronic injury"
    best = [row["uid"] for row in world.rows("search", question, "-n", "3")]
    assert set(best) == {"pubmed:99000041", "pubmed:99000042", "pubmed:99000057"}


def test_hits_without_a_word_in_common_are_said_to_be(world: World) -> None:
    assert "only the nearest in meaning" in world.run("search", "qzxwv").stderr
    assert "only the nearest in meaning" not in world.run("search", "qzxwv exosomes").stderr


@pytest.mark.parametrize("command", ["crawl", "sync"])
def test_without_a_contact_no_source_is_asked_and_it_is_said(command: str, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(f"home = {json.dumps(str(tmp_path))}\n", encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CORDWATCH_")}
    told = World(tmp_path, "").run(command, "pubmed", code=3, env=environment).stderr
    assert "crawl.contact is not set" in told
    assert "CORDWATCH_CRAWL_CONTACT" in told
    assert "Traceback" not in told


@pytest.mark.parametrize("name", ["10.5555/CW.99000001", "99000001", "pubmed:99000001", "PMID: 99000001"])
def test_a_record_is_found_by_any_of_its_names(world: World, name: str) -> None:
    assert json.loads(world.run("show", name, "--json").stdout)["uid"] == "pubmed:99000001"


def test_exports_are_read_by_others(world: World) -> None:
    ris = rispy.loads(world.run("export", "source:pubmed", "--as", "ris").stdout)
    table = list(csv.DictReader(io.StringIO(world.run("export", "source:pubmed", "--as", "csv").stdout)))
    lines = [json.loads(line) for line in world.run("export", "source:pubmed", "--as", "jsonl").stdout.splitlines()]
    assert len(ris) == len(table) == len(lines) == 36


def test_output_goes_to_a_file_whole_or_not_at_all(world: World, tmp_path: Path) -> None:
    target = tmp_path / "found.ris"
    world.run("export", "source:pubmed", "--as", "ris", "-o", str(target))
    assert len(rispy.loads(target.read_text(encoding="utf-8"))) == 36
    world.run("export", "source:(", "--as", "ris", "-o", str(target), code=2)
    assert len(rispy.loads(target.read_text(encoding="utf-8"))) == 36


def test_facets_and_neighbours(world: World) -> None:
    counts = {
        (row["field"], row["value"]): row["count"] for row in world.rows("facets", "--by", "kind", "--by", "status")
    }
    assert counts["kind", "registration"] == 12
    assert counts["status", "retracted"] == 1
    told = world.run("facets", "--by", "finding", "pmid:99000020", "--csv")
    assert told.stdout.startswith("field,value,name,count,doubtful\n")
    assert "finding,BBB=improved,BBB=improved,1,1\n" in told.stdout
    assert "is:sound leaves these out" in told.stderr
    assert world.rows("similar", "pubmed:99000001", "-n", "1")[0]["uid"] == "pubmed:99000002"


def test_settings_say_where_they_come_from(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORDWATCH_EMBEDDING_BATCH_SIZE", "7")
    rows = {row["setting"]: row for row in world.rows("config", "show")}
    assert rows["home"]["from"] == "file"
    assert rows["library.busy_timeout_s"]["from"] == "default"
    assert rows["embedding.batch_size"]["value"] == "7"
    assert "CORDWATCH_EMBEDDING_BATCH_SIZE" in rows["embedding.batch_size"]["from"]


def test_a_first_configuration_is_valid_and_never_overwritten(world: World, tmp_path: Path) -> None:
    target = tmp_path / "first.toml"
    world.run("config", "init", "--file", str(target))
    tomllib.loads(target.read_text(encoding="utf-8"))
    world.run("config", "init", "--file", str(target), code=1)


def test_a_first_configuration_is_written_where_it_is_looked_for(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named, by_variable = tmp_path / "named.toml", tmp_path / "by-variable.toml"
    monkeypatch.setenv("CORDWATCH_CONFIG", str(by_variable))
    for arguments, written in ((("--config", str(named)), named), ((), by_variable)):
        done = subprocess.run([COMMAND, *arguments, "config", "init"], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == str(written)
        assert written.is_file()


def test_an_empty_quarantine_says_so(world: World) -> None:
    done = world.run("quarantine", "--source", "pubmed")
    assert (done.stdout, done.stderr.strip()) == ("", "nothing of pubmed is in quarantine")


def test_equal_quarantined_payloads_are_one_line(tmp_path: Path) -> None:
    path = tmp_path / "papers.xml"
    broken = "".join(f"<PubmedArticle><Oops>{number}</Oops></PubmedArticle>" for number in range(7))
    path.write_text(f"<PubmedArticleSet>{broken}</PubmedArticleSet>", encoding="utf-8")
    command = [COMMAND, "--home", str(tmp_path)]
    subprocess.run([*command, "import", str(path)], capture_output=True, check=False)
    table = subprocess.run([*command, "quarantine"], capture_output=True, text=True, check=True).stdout
    each = subprocess.run([*command, "quarantine", "--nl"], capture_output=True, text=True, check=True).stdout
    assert len(each.splitlines()) == 7
    assert "1, 2, 3, 4, 5 and" in " ".join(table.split())


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("search", "(a"), 2, "never closed"),
        (("search", "kind:novel"), 2, "values: article"),
        (("search", "specis:rat"), 2, "did you mean species"),
        (("serch", "x"), 2, "Did you mean search"),
        (("show", "pubmed:1"), 1, "no record"),
        (("show", "pubmed:1"), 1, "try:"),
        (("export", "x", "--as", "docx"), 2, "csv, endnote-xml, jsonl, nbib, ris"),
        (("crawl", "nowhere"), 2, "nowhere"),
        (("search", "measure:BBBB"), 2, "did you mean BBB"),
        (("search", "spin*"), 2, "no wildcards"),
        (("search", "--limit", "x"), 2, "not a valid integer"),
        (("search", "-retracted"), 2, "stands after --"),
        (("import", "/no/such/file"), 3, "there is no such file"),
        *(
            (("--home", "/nonexistent/home", command, "x"), 1, "no library at /nonexistent/home/library.sqlite3")
            for command in ("search", "facets", "similar", "trend")
        ),
        (("--home", "/nonexistent/home", "search", "x"), 1, "try: cordwatch crawl"),
    ],
)
def test_mistakes_are_answered_with_what_to_do(world: World, arguments: tuple[str, ...], code: int, says: str) -> None:
    done = world.run(*arguments, code=code)
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_pipe_that_closes_early_is_no_error(world: World) -> None:
    command = f"'{COMMAND}' --config '{world.folder}/config.toml' export kind:article --as jsonl | head -c 10"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("Traceback")) == (0, 0)


def test_completion_completes(world: World) -> None:
    environment = {
        **os.environ,
        "_CORDWATCH_COMPLETE": "bash_complete",
        "COMP_WORDS": "cordwatch fac",
        "COMP_CWORD": "1",
    }
    done = subprocess.run([COMMAND], capture_output=True, text=True, check=False, env=environment)
    assert "facets" in done.stdout
    assert "_CORDWATCH_COMPLETE" in world.run("completion", "bash").stdout


def test_stages_again_change_nothing(world: World) -> None:
    before = world.rows("sources")
    world.run("annotate")
    world.run("index")
    assert world.rows("sources") == before
    assert "agree" in world.run("verify").stdout + world.run("verify").stderr


def test_doctor_finds_nothing_wrong(world: World) -> None:
    assert {row["state"] for row in world.rows("doctor")} == {"ok"}


def test_damage_is_found_and_mended(world: World) -> None:
    victim = max((world.folder / "index").rglob("*.vectors"), key=lambda path: path.stat().st_size)
    sound = victim.read_bytes()
    victim.write_bytes(sound[:100] + bytes([sound[100] ^ 1]) + sound[101:])
    done = world.run("verify", code=1)
    assert victim.name in done.stdout + done.stderr
    assert "cordwatch rebuild" in done.stdout + done.stderr
    world.run("rebuild")
    world.run("verify")


def test_a_lost_retraction_is_found_and_mended(world: World) -> None:
    with closing(sqlite3.connect(world.folder / "library.sqlite3")) as raw, raw:
        raw.execute("UPDATE claims SET status = 'rftracted'")
    done = world.run("verify", code=1)
    assert "claims disagree with the record" in done.stdout
    assert "cannot be compared" in done.stdout
    assert "Traceback" not in done.stderr
    assert "put right in the library" in world.run("rebuild").stderr
    world.run("verify")


def test_what_is_imported_twice_is_there_once(world: World, tmp_path: Path) -> None:
    table = tmp_path / "mine.csv"
    table.write_text("title,doi,year\nA title of my own,10.5555/own.1,2025\n", encoding="utf-8")
    world.run("import", str(table), "--sync")
    world.run("import", str(table), "--sync")
    assert len(world.rows("search", "doi:10.5555/own.1")) == 1
    world.run("verify")
