"""Score the bounce classifier on a folder of labelled mails and texts, and measure its speed.

The folder holds ``dev.jsonl`` and ``hard_cases.jsonl``: rows with ``id``, ``label3_accept``,
``canonical_reason``, ``canonical_accept``, ``recipient``, codes, ``diagnostic`` and, where there
is a mail, ``file`` (below the folder) and ``index`` (which of its records). Other sets of the same
kind are named behind the folder. Predictions are written to a file on request.

    python benchmarks/bounce_scores.py FOLDER [SET.jsonl ...] [--predictions FILE]
"""

# ruff: noqa: INP001, T201 -- a script, whose answer is what it prints

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import attrs
import pyarrow as pa

from campaignmetrics import bounce

Row: TypeAlias = dict[str, Any]
SETS = ("dev.jsonl", "hard_cases.jsonl")
ROWS, DISTINCT = 1_000_000, 500


@attrs.define
class Score:
    """How many of the rows were right, and how the others were wrong."""

    rows: int = 0
    strict: int = 0
    accepted: int = 0
    reasons: int = 0
    reasons_right: int = 0
    false_hard: int = 0
    missed_hard: int = 0

    def add(self, row: Row, answer: bounce.Classification | None) -> None:
        """Count one labelled row."""
        label = None if answer is None else str(answer.category)
        accepted = row["label3_accept"] or [row["label3"]]
        reasons = row["canonical_accept"] or [row["canonical_reason"]]
        self.rows += 1
        self.strict += label == row["label3"]
        self.accepted += label in accepted
        self.false_hard += label == "hard" and "hard" not in accepted
        self.missed_hard += label != "hard" and accepted == ["hard"]
        if row["canonical_reason"]:
            self.reasons += 1
            self.reasons_right += answer is not None and str(answer.reason) in reasons

    def line(self, name: str) -> str:
        """Write the figures in one line."""
        if not self.rows:
            return f"{name:28} no rows"
        reasons = self.reasons_right / self.reasons if self.reasons else float("nan")
        return (
            f"{name:28} rows {self.rows:4}  strict {self.strict / self.rows:.4f}"
            f"  accepted {self.accepted / self.rows:.4f}  reason {reasons:.4f} of {self.reasons}"
            f"  false hard {self.false_hard}  missed hard {self.missed_hard}"
        )


@attrs.define
class Recipients:
    """How many of the labelled recipients were found."""

    labelled: int = 0
    found: int = 0

    def add(self, row: Row, records: list[bounce.BounceRecord]) -> None:
        """Count one row with a mail and a recipient."""
        if row.get("file") and row.get("recipient"):
            self.labelled += 1
            self.found += any(_is(row, record) for record in records)


def _is(row: Row, record: bounce.BounceRecord) -> bool:
    return (record.recipient or "").lower() == str(row["recipient"]).lower()


def records_of(row: Row, folder: Path) -> list[bounce.BounceRecord]:
    """Read the mail of a row; headers given beside a text make a mail of both."""
    if row.get("file"):
        return bounce.parse((folder / row["file"]).read_bytes())
    if not row.get("headers"):
        return []
    headers = "".join(f"{name}: {value}\n" for name, value in row["headers"].items())
    return bounce.parse(f"From: ann@mail.example\n{headers}\n{row['diagnostic']}\n".encode())


def answer_of(row: Row, records: list[bounce.BounceRecord]) -> bounce.Classification | None:
    """Classify a row: by the record of its recipient, by that of its number, or as a text."""
    same = [record for record in records if row.get("recipient") and _is(row, record)]
    if same:
        return same[0].classify()
    if records:
        return records[min(row.get("index") or 1, len(records)) - 1].classify()
    given = [row.get(name) for name in ("diagnostic", "enhanced_status", "smtp_reply_code")]
    if row.get("file") or not any(given):
        return None
    text, status, reply = given
    return bounce.classify(text, status=status, reply=reply, remote_host=row.get("rhost"))


def read_rows(file: Path) -> Iterator[Row]:
    """Read the rows of a set."""
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def score(file: Path, folder: Path) -> list[Row]:
    """Print the figures of a set, and give the predictions."""
    scores = {"mails": Score(), "texts": Score(), "all": Score()}
    recipients: dict[str, Recipients] = {}
    predictions = []
    for row in read_rows(file):
        records = records_of(row, folder)
        answer = answer_of(row, records)
        recipients.setdefault(row["source"], Recipients()).add(row, records)
        if answer is not None:
            label, reason = str(answer.category), str(answer.reason)
            predictions.append({"id": row["id"], "label3": label, "canonical_reason": reason})
        if row["label3"]:
            scores["mails" if row.get("file") else "texts"].add(row, answer)
            scores["all"].add(row, answer)
    for name, figures in scores.items():
        print(figures.line(f"{file.name} {name}"))
    for source, counted in recipients.items():
        if counted.labelled:
            print(f"  recipients of {source}: {counted.found} of {counted.labelled} found")
    return predictions


def timed(name: str, count: int, work: Callable[[], object]) -> None:
    """Print how many a second, by the wall clock and by the processor's."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    print(f"{name:28} {count / wall:12,.0f} a second  ({wall:.3f} s; {processor:.3f} s of a core)")


def read_all(mails: list[bytes]) -> None:
    """Parse mails and classify their records."""
    for mail in mails:
        for record in bounce.parse(mail):
            record.classify()


def classify_all(texts: list[str]) -> None:
    """Classify texts one by one."""
    for text in texts:
        bounce.classify(text)


def speeds(rows: list[Row], folder: Path) -> None:
    """Print how fast mails, new texts and columns are."""
    files = sorted({row["file"] for row in rows if row.get("file")})
    mails = [(folder / file).read_bytes() for file in files]
    texts = list(dict.fromkeys(row["diagnostic"][:200] for row in rows if row["diagnostic"]))
    timed("mails, first time", len(mails), lambda: read_all(mails))
    timed("mails, again, 5 times", 5 * len(mails), lambda: read_all(mails * 5))
    new = [f"{text} u{number}@x.example" for number in range(40) for text in texts]
    timed("new texts, known words", len(new), lambda: classify_all(new))
    letters = "abcdefghij"
    words = ["".join(letters[int(digit)] for digit in str(number)) for number in range(40)]
    newer = [f"{text} {word}" for word in words for text in texts]
    timed("new texts, a new word", len(newer), lambda: classify_all(newer))
    column = pa.array([texts[number % DISTINCT] for number in range(ROWS)])
    table = pa.table({"text": column})
    for _ in range(3):
        timed("rows of a column", ROWS, lambda: bounce.classify_arrow(table))


def main() -> None:
    """Score and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("sets", nargs="*", default=SETS)
    parser.add_argument("--predictions", type=Path)
    options = parser.parse_args()
    speeds(list(read_rows(options.folder / options.sets[0])), options.folder)
    predictions = [
        row for name in options.sets for row in score(options.folder / name, options.folder)
    ]
    if options.predictions:
        lines = [json.dumps(row) + "\n" for row in predictions]
        options.predictions.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
