"""What tools/backup leaves to Python: status, copies of files, comparing a restored copy.

rehearsal.py note STATUS NAME            NAME was done well now
rehearsal.py age STATUS NAME             seconds since; a very large number for never
rehearsal.py copy FILESTORE TARGET       copies what is new
rehearsal.py fetch TARGET --database NAME  gets from the object store what the database names
                                           and TARGET lacks; nothing where there is no store
rehearsal.py counts DIR before|after --database NAME
rehearsal.py report DIR --database NAME --started SECONDS --files DIR --report FILE
        compares the server at PGPORT with what `counts` found (PF-OPS-02)
"""

import argparse
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime

import psycopg2

ROOT = pathlib.Path(__file__).resolve().parent.parent
NEVER = 10**9
SHOWN = 10
DIGEST = re.compile(r"[0-9a-f]{40}$")

TABLES = """
    SELECT format('%I.%I', n.nspname, c.relname)
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND n.nspname !~ '^(pg_|information_schema)'
       AND NOT c.relispartition
     ORDER BY 1
"""
# Numbers that were handed out and would be again (tools/database, clone).
SEQUENCES = """
    SELECT format('%I.%I', sn.nspname, s.relname), format('%I.%I', tn.nspname, t.relname),
           quote_ident(a.attname)
      FROM pg_depend d
      JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
      JOIN pg_namespace sn ON sn.oid = s.relnamespace
      JOIN pg_class t ON t.oid = d.refobjid
      JOIN pg_namespace tn ON tn.oid = t.relnamespace
      JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
     WHERE d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
       AND has_table_privilege(t.oid, 'SELECT')
       AND CASE WHEN s.relkind = 'S' THEN has_sequence_privilege(s.oid, 'SELECT') END
"""
ENTRIES = """
    SELECT seq, encode(mac, 'hex') FROM journal.entry
     WHERE seq = ANY(%s) OR seq = (SELECT MIN(seq) FROM journal.entry)
"""
HEAD = "SELECT seq, encode(mac, 'hex') FROM journal.entry ORDER BY seq DESC LIMIT 1"


# === STATUS === #


def read_status(path):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}


def write_whole(path, data):
    """Replace a file, so that a reader sees the old one or the new one."""
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    fresh.replace(path)


def note(path, name):
    now = datetime.now(UTC).isoformat()
    write_whole(path, {"since": now} | read_status(path) | {name: now})


def age(path, name):
    """Return seconds since ``name`` was noted.

    >>> age(pathlib.Path("/nowhere"), "backup")
    1000000000
    """
    text = read_status(path).get(name)
    if not text:
        return NEVER
    return int((datetime.now(UTC) - datetime.fromisoformat(text)).total_seconds())


# === FILES === #


def copy_new(source, target):
    """Copy the files ``target`` lacks; return how many.

    The filestore names files by the SHA-1 of their content and never changes one. Those
    it has dropped stay: a restore to an earlier moment asks for them.
    """
    copied = 0
    for path in source.rglob("*"):
        place = target / path.relative_to(source)
        if not path.is_file() or path.suffix == ".part":
            continue  # an archive that is being written
        if path.relative_to(source).parts[0] == "checklist":
            continue
        if place.exists():
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        fresh = place.with_name(place.name + ".new")
        with path.open("rb") as reader, fresh.open("wb") as writer:
            shutil.copyfileobj(reader, writer)
            writer.flush()
            os.fsync(writer.fileno())
        if DIGEST.match(path.name) and digest_of(fresh) != path.name:
            fresh.unlink()  # Odoo is writing it; the next round takes it
            continue
        fresh.replace(place)
        copied += 1
    return copied


def fetch_objects(target, database):
    """Get the files ``target`` lacks from the object store; return how many (PF-OPS-01).

    The filestore of one node has only what that node was asked for.
    """
    sys.path.insert(0, str(ROOT / "addons" / "lottery_base" / "tools"))
    from object_store import object_store

    if not (store := object_store()):
        return 0
    with connect(database) as connection, connection.cursor() as cr:
        names = list_files(cr)
    missing = [name for name in names if not (target / name).exists()]
    return sum(store.fetch(name, target / name) for name in missing)


def list_files(cr):
    cr.execute("SELECT DISTINCT store_fname FROM ir_attachment WHERE store_fname <> ''")
    return [name for (name,) in cr.fetchall()]


def digest_of(path):
    with path.open("rb") as file:
        return hashlib.file_digest(
            file, lambda: hashlib.sha1(usedforsecurity=False)
        ).hexdigest()


def find_bad_files(names, folder):
    """Return the stored names whose file is missing or is not what its name says."""
    bad = []
    for name in names:
        path = folder / name
        try:
            digest = digest_of(path)
        except OSError:
            bad.append(f"{name}: missing")
            continue
        if digest != path.name:
            bad.append(f"{name}: content differs")
    return bad


# === COMPARING === #


def count_rows(cr):
    """Return ``{table: rows}`` of all tables, in one snapshot."""
    cr.execute(TABLES)
    tables = [table for (table,) in cr.fetchall()]
    counts = {}
    for table in tables:
        cr.execute(f"SELECT COUNT(*) FROM {table}")  # quoted by format('%I')
        counts[table] = cr.fetchone()[0]
    return counts


def find_sequences_behind(cr):
    """Return the sequences that would hand out a number their table has.

    One that was never asked is not in use: its table takes numbers from elsewhere.
    """
    cr.execute(SEQUENCES)
    behind = []
    for sequence, table, column in cr.fetchall():
        cr.execute(
            f"SELECT (SELECT MAX({column}) FROM {table})"
            f" > (SELECT last_value FROM {sequence} WHERE is_called)"
        )
        if cr.fetchone()[0]:
            behind.append(sequence)
    return sorted(behind)


def judge_counts(before, after, restored):
    """Return ``(equal, moved, wrong)`` tables; ``wrong`` with its three numbers.

    A table that did not change while the point was set must be equal. One that did may
    lie anywhere between.

    >>> judge_counts({"a": 1, "b": 5, "c": 2}, {"a": 1, "b": 8, "c": 2},
    ...              {"a": 1, "b": 6, "c": 3})
    (['a'], ['b'], {'c': [2, 2, 3]})
    >>> judge_counts({"a": 1}, {"a": 1}, {})
    ([], [], {'a': [1, 1, None]})
    """
    equal, moved, wrong = [], [], {}
    for table in sorted(before.keys() | after.keys() | restored.keys()):
        low, high, found = (source.get(table) for source in (before, after, restored))
        if None in (low, high, found):
            wrong[table] = [low, high, found]
        elif low == high == found:
            equal.append(table)
        elif low != high and min(low, high) <= found <= max(low, high):
            moved.append(table)
        else:
            wrong[table] = [low, high, found]
    return equal, moved, wrong


def connect(database, **options):
    connection = psycopg2.connect(dbname=database, **options)
    connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
    return connection


def save_counts(folder, moment, database):
    with connect(database) as connection, connection.cursor() as cr:
        counts = count_rows(cr)
        cr.execute(HEAD)
        found = {"counts": counts, "head": cr.fetchone()}
    write_whole(folder / f"{moment}.json", found)


def judge_heads(heads, entries):
    """Return what is wrong with the entries the heads name ("" when nothing is).

    :param heads: (number, MAC, reason for going on from here) in the order of export
    :param entries: ``{number: MAC}`` of the restored journal
    >>> judge_heads([(5, "a", ""), (9, "b", "")], {5: "a", 9: "b"})
    ''
    >>> judge_heads([(5, "a", ""), (9, "b", "")], {5: "a", 9: "c"})
    'entry 9 is not the exported one'
    >>> judge_heads([(5, "a", ""), (9, "b", "")], {5: "a"})
    'entry 9 is missing'
    >>> judge_heads([(5, "a", ""), (9, "b", ""), (5, "a", "restored")], {5: "a"})
    ''
    >>> judge_heads([(1, "z", ""), (5, "a", "")], {4: "x", 5: "a"})  # 1 is archived
    ''
    """
    valid = {}
    for seq, mac, resumed in heads:
        if resumed:
            valid = {number: known for number, known in valid.items() if number < seq}
        valid[seq] = mac
    first = min(entries, default=0)
    for seq, mac in sorted(valid.items()):
        if seq < first:
            continue
        if seq not in entries:
            return f"entry {seq} is missing"
        if entries[seq] != mac:
            return f"entry {seq} is not the exported one"
    return ""


def compare_heads(database, places):
    """Compare the restored journal with the exported heads; no key is needed.

    Heads are signed, so nobody could have made them fit.

    :return: (whether they agree, in words)
    """
    sys.path.insert(0, str(ROOT / "addons" / "lottery_journal"))
    from engine.heads import Place

    checked = 0
    with connect(database) as connection, connection.cursor() as cr:
        for folder in places:
            heads, wrong = Place(str(folder), database).read()
            numbers = [head.seq for head in heads]
            cr.execute(ENTRIES, [numbers])
            entries = dict(cr.fetchall())
            known = [(head.seq, head.mac.decode(), head.resumed) for head in heads]
            if wrong := wrong or judge_heads(known, entries):
                return False, f"{folder.name}: {wrong}"
            checked += len(numbers)
    return True, f"{checked} exported heads agree"


def verify_journal(database, folder):
    """Verify the restored chain against the heads exported before the point.

    :return: (whether it holds, the verifier's words)
    """
    places = sorted(folder.glob("heads*"))
    if not os.environ.get("LOTTERY_JOURNAL_CHAIN_KEY"):
        return compare_heads(database, places)
    answer = subprocess.run(
        [sys.executable, ROOT / "tools" / "journal_sealer", "verify"],
        env=os.environ
        | {
            "PGDATABASE": database,
            "LOTTERY_JOURNAL_HEAD_DIRS": ":".join(map(str, places)),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    words = (answer.stdout or answer.stderr).strip().splitlines()
    return answer.returncode == 0, words[-1] if words else ""


def report(options):
    """Compare, write the report, return the exit code."""
    started = float(options.started)
    restored_after = time.time() - started
    before, after = (
        read_status(options.folder / f"{moment}.json") for moment in ("before", "after")
    )
    with connect(options.database) as connection, connection.cursor() as cr:
        counts = count_rows(cr)
        cr.execute(HEAD)
        head = cr.fetchone()
        names = list_files(cr)
        behind = find_sequences_behind(cr)
        cr.execute("SELECT pg_database_size(current_database())")
        (size,) = cr.fetchone()
    equal, moved, wrong = judge_counts(before["counts"], after["counts"], counts)
    bad = find_bad_files(names, options.files)
    intact, words = verify_journal(options.database, options.folder)
    seqs = [entry[0] if entry else 0 for entry in (before["head"], head, after["head"])]
    contained = seqs == sorted(seqs)
    result = {
        "at": datetime.now(UTC).isoformat(),
        "ok": not (wrong or bad or behind) and intact and contained,
        "seconds_until_restored": round(restored_after, 1),
        "seconds": round(time.time() - started, 1),
        "database_bytes": size,
        "tables": {"equal": len(equal), "moved": moved, "differ": wrong},
        "sequences_behind": behind,
        "rows": sum(counts.values()),
        "journal": {"ok": intact and contained, "heads": seqs, "detail": words},
        "files": {"checked": len(names), "bad": bad[:SHOWN], "bad_count": len(bad)},
    }
    write_whole(options.report, result)
    print(json.dumps(result, indent=1))
    return 0 if result["ok"] else 1


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("note", "age"):
        command = commands.add_parser(name)
        command.add_argument("status", type=pathlib.Path)
        command.add_argument("name")
    command = commands.add_parser("copy")
    command.add_argument("source", type=pathlib.Path)
    command.add_argument("target", type=pathlib.Path)
    command = commands.add_parser("fetch")
    command.add_argument("target", type=pathlib.Path)
    command.add_argument("--database", required=True)
    command = commands.add_parser("counts")
    command.add_argument("folder", type=pathlib.Path)
    command.add_argument("moment", choices=("before", "after"))
    command.add_argument("--database", required=True)
    command = commands.add_parser("report")
    command.add_argument("folder", type=pathlib.Path)
    command.add_argument("--database", required=True)
    command.add_argument("--started", required=True)
    command.add_argument("--files", type=pathlib.Path, required=True)
    command.add_argument("--report", type=pathlib.Path, required=True)
    return parser.parse_args()


def main():
    options = parse()
    if options.command == "note":
        note(options.status, options.name)
    elif options.command == "age":
        print(age(options.status, options.name))
    elif options.command == "copy":
        print(copy_new(options.source, options.target))
    elif options.command == "fetch":
        print(fetch_objects(options.target, options.database))
    elif options.command == "counts":
        save_counts(options.folder, options.moment, options.database)
    else:
        return report(options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
