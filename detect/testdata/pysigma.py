"""Evaluates Sigma rules with pySigma and its SQLite backend, as a peer that
ctlog is held against. Reads from standard input

    {"files": [...], "fields": [...], "events": [{field: value, ...}, ...]}

and writes, for every rule of the files, the numbers of the events it holds for,
and for every correlation its alerts."""

import json
import re
import sqlite3
import sys

from sigma.backends.sqlite import sqliteBackend
from sigma.collection import SigmaCollection
from sigma.correlations import SigmaCorrelationRule
from sigma.rule import SigmaRule

job = json.load(sys.stdin)
db = sqlite3.connect(":memory:")
cache = {}


def regexp(pattern, value):
    if value is None:
        return 0
    if pattern not in cache:
        cache[pattern] = re.compile(pattern)
    return 1 if cache[pattern].search(str(value)) else 0


db.create_function("REGEXP", 2, regexp)
fields = job["fields"]
quoted = ["`" + f.replace("`", "``") + "`" for f in fields]
db.execute("CREATE TABLE logs (" + ", ".join(quoted) + ")")
db.executemany(
    "INSERT INTO logs VALUES (" + ", ".join("?" * len(fields)) + ")",
    ([e.get(f) for f in fields] for e in job["events"]),
)
out = {"rules": {}, "correlations": {}, "errors": {}}
for name in job["files"]:
    text = open(name, encoding="utf-8").read()
    for by_title in job["titles"]:
        text = text.replace("- " + by_title + "\n", "- " + job["titles"][by_title] + "\n")
    try:
        rules = SigmaCollection.from_yaml(text).rules
    except Exception as error:
        out["errors"][name] = str(error)
        continue
    for rule in rules:
        backend = sqliteBackend(
            collate_nocase=True, table="logs", timestamp_field="eventTime", fulltext_field="everything"
        )
        key = str(rule.id)
        try:
            if isinstance(rule, SigmaCorrelationRule):
                alerts = []
                for query in backend.convert(SigmaCollection([*[r for r in rules if r is not rule], rule])):
                    cursor = db.execute(query)
                    names = [c[0] for c in cursor.description]
                    for row in cursor:
                        alert = dict(zip(names, row))
                        alerts.append(
                            {
                                "group": sorted(json.loads(alert["group_keys"]).values()),
                                "from": alert["window_start"],
                                "to": alert["window_end"],
                                "events": [int(i[2:]) - 1 for i in json.loads(alert["event_ids"])],
                            }
                        )
                out["correlations"][key] = alerts
                continue
            # A rule that a correlation is built on gives nothing by itself, but here.
            single = SigmaRule.from_dict(rule.to_dict())
            hits = set()
            for query in backend.convert_rule(single):
                hits.update(row[0] - 1 for row in db.execute(query.replace("SELECT *", "SELECT rowid", 1)))
            out["rules"][key] = sorted(hits)
        except Exception as error:
            out["errors"][name + " " + key] = repr(error)
json.dump(out, sys.stdout)
