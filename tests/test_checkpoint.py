"""Checkpoints: written whole or not at all, read as they were written or refused."""

import errno
import json
import os
import pickle
import shutil
import subprocess
import sys
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignmetrics.checkpoint import read, write
from campaignmetrics.errors import CheckpointError

_TABLES = {
    "numbers": pa.table({"n": pa.array([1, 2, 3], pa.uint64())}).replace_schema_metadata(
        {"a": "b"}
    ),
    "words": pa.table({"w": pa.array(["x", None, "x"]).dictionary_encode()}),
    "nothing": pa.table({}),
    "none": pa.table({"t": pa.array([], pa.timestamp("us", tz="UTC"))}),
}
_HEADER = {"position": {"topic": [1, None, "ä"]}}


def _files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    """Header, tables, types, metadata; nothing else is left in the folder."""
    write(tmp_path / "c", _HEADER, _TABLES)
    header, tables = read(tmp_path / "c")
    assert _HEADER == header
    assert list(_TABLES) == list(tables)
    for name, table in _TABLES.items():
        assert table.equals(tables[name], check_metadata=True)
        tables[name].validate(full=True)
    assert ["c"] == _files(tmp_path)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, width=16),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(header=st.dictionaries(st.text(), _JSON.filter(lambda v: "inf" not in repr(v)), max_size=3))
def test_any_header(tmp_path_factory: pytest.TempPathFactory, header: dict[str, Any]) -> None:
    """Whatever JSON has comes back."""
    path = tmp_path_factory.mktemp("any") / "c"
    write(path, header, {})
    assert (header, {}) == read(path)


def test_the_one_before_is_kept(tmp_path: Path) -> None:
    """One generation, under a name of its own."""
    for number in range(4):
        write(tmp_path / "c", {"number": number}, {})
    assert {"number": 3} == read(tmp_path / "c")[0]
    assert {"number": 2} == read(tmp_path / "c", previous=True)[0]
    assert ["c", "c.previous"] == _files(tmp_path)


def test_a_link_stays_one(tmp_path: Path) -> None:
    """What a link points to is replaced, beside where it is."""
    (tmp_path / "there").mkdir()
    (tmp_path / "c").symlink_to(tmp_path / "there" / "real")
    for number in range(2):
        write(tmp_path / "c", {"number": number}, {})
    assert (tmp_path / "c").is_symlink()
    assert ["real", "real.previous"] == _files(tmp_path / "there")
    assert {"number": 0} == read(tmp_path / "c", previous=True)[0]


def test_damage_at_any_byte_is_refused(tmp_path: Path) -> None:
    """Each byte changed in two ways, each length cut, bytes added; the one before is there."""
    path = tmp_path / "c"
    write(path, {"number": 1}, _TABLES)
    write(path, _HEADER, {"numbers": _TABLES["numbers"]})
    whole = path.read_bytes()
    broken = [whole[:place] for place in range(len(whole))]
    broken += [whole + b"\0", whole + whole]
    for place in range(len(whole)):
        for change in (1, 0x80):
            broken.append(whole[:place] + bytes([whole[place] ^ change]) + whole[place + 1 :])
    for data in broken:
        path.write_bytes(data)
        with pytest.raises(CheckpointError, match=r"is damaged|is no checkpoint"):
            read(path)
    assert {"number": 1} == read(path, previous=True)[0]


def test_files_that_are_foreign_newer_or_older_are_refused_by_name(tmp_path: Path) -> None:
    """The message says which file, and what it is."""
    path = tmp_path / "c"
    path.write_text("{}")
    with pytest.raises(CheckpointError, match=r"c: this is no checkpoint of campaignmetrics"):
        read(path)
    write(path, _HEADER, {})
    body = bytearray(path.read_bytes()[:-32])
    for version, which in ((1, "older"), (3, "newer")):
        body[len("campaignmetrics checkpoint\n")] = version
        path.write_bytes(body + blake2b(body, digest_size=32).digest())
        expected = f"c: this checkpoint has version {version}, and no {which} one than 2 is known"
        with pytest.raises(CheckpointError, match=expected):
            read(path)
    with pytest.raises(CheckpointError, match=r"d\.previous: there is no such checkpoint"):
        read(tmp_path / "d", previous=True)
    with pytest.raises(CheckpointError, match="cannot be read: Is a directory"):
        read(tmp_path)
    with pytest.raises(ValueError, match="there is no such"):
        read(tmp_path / "other")


def test_the_error_travels() -> None:
    """It survives the way back from a worker process."""
    error = pickle.loads(pickle.dumps(CheckpointError("a", "b")))  # noqa: S301 -- our own
    assert ("a", "b", "a: b") == (error.file, error.cause, str(error))


@pytest.mark.parametrize("header", [{"a": object()}, {"a": float("nan")}, {"a": b"x"}])
def test_a_header_that_is_no_json(tmp_path: Path, header: dict[str, Any]) -> None:
    """It is refused before anything is written."""
    with pytest.raises(CheckpointError, match="cannot be written"):
        write(tmp_path / "c", header, {})
    assert [] == _files(tmp_path)


@pytest.mark.parametrize(
    ("function", "at", "left"),
    [
        ("fsync", 0, 1),  # of the new file
        ("replace", 0, 1),  # of the one before
        ("replace", 1, 1),  # of the last one
        ("open", 0, 2),  # of the folder, when the new one is in place
        ("fsync", 1, 2),
    ],
)
def test_a_fault_at_any_step_leaves_a_good_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str, at: int, left: int
) -> None:
    """What was there is there, or the new one; what is unfinished is removed."""
    path = tmp_path / "c"
    write(path, {"number": 0}, _TABLES)
    write(path, {"number": 1}, _TABLES)
    calls = []
    original = getattr(os, function)

    def faulty(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 -- as the original
        calls.append(arguments)
        if len(calls) == at + 1:
            raise OSError(errno.EIO, "the disk is broken")
        return original(*arguments, **named)

    monkeypatch.setattr(os, function, faulty)
    with pytest.raises(CheckpointError, match="cannot be written: the disk is broken"):
        write(path, {"number": 2}, _TABLES)
    monkeypatch.undo()
    assert {"number": left} == read(path)[0]
    assert read(path, previous=True)[0]["number"] in {0, 1}
    assert ["c", "c.previous"] == _files(tmp_path)


_KILLED = """
import os, signal, sys
import pyarrow as pa
from campaignmetrics.checkpoint import write
path, at = sys.argv[1], int(sys.argv[2])
table = pa.table({"n": range(100_000)})
write(path, {"number": 0}, {"t": table})
write(path, {"number": 1}, {"t": table})
calls = 0
def deadly(original):
    def wrapped(*arguments, **named):
        global calls
        calls += 1
        if calls == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*arguments, **named)
    return wrapped
for name in ("fsync", "replace", "link", "unlink", "open", "close"):
    setattr(os, name, deadly(getattr(os, name)))
write(path, {"number": 2}, {"t": table})
print("calls", calls)
"""


def test_killed_between_any_two_steps(tmp_path: Path) -> None:
    """There is a whole checkpoint under each of the two names, and the next writing goes well."""
    for at in range(1, 30):
        folder = tmp_path / str(at)
        folder.mkdir()
        command = [sys.executable, "-c", _KILLED, str(folder / "c"), str(at)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 -- our own
        assert read(folder / "c")[0]["number"] in {1, 2}
        assert read(folder / "c", previous=True)[0]["number"] in {0, 1}
        write(folder / "c", {"number": 3}, {})
        assert {"number": 3} == read(folder / "c")[0]
        assert read(folder / "c", previous=True)[0]["number"] in {1, 2}
        assert ["c", "c.previous"] == _files(folder)
        if done.returncode == 0:
            break
    assert at > 6
    assert "" == done.stderr


def test_where_there_are_no_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one before is a copy."""

    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refused)
    write(tmp_path / "c", {"number": 0}, {})
    write(tmp_path / "c", {"number": 1}, {})
    assert {"number": 0} == read(tmp_path / "c", previous=True)[0]
    assert ["c", "c.previous"] == _files(tmp_path)


_LIMITED = """
import resource, signal, sys
import pyarrow as pa
from campaignmetrics.checkpoint import write
from campaignmetrics.errors import CheckpointError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    write(sys.argv[1], {"number": 1}, {"t": pa.table({"n": range(1_000_000)})})
except CheckpointError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of the process are Unix's")
def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    """The old one stays, the unfinished one goes, and the message says why."""
    path = tmp_path / "c"
    write(path, {"number": 0}, {})
    done = subprocess.run(  # noqa: S603 -- our own
        [sys.executable, "-c", _LIMITED, str(path)], check=True, capture_output=True, text=True
    )
    assert f"{path}: cannot be written: File too large\n" == done.stdout
    assert {"number": 0} == read(path)[0]
    assert ["c"] == _files(tmp_path)


def _mounted(folder: Path) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(folder)]
    if shutil.which("mount") is None:
        return False
    done = subprocess.run(command, check=False, capture_output=True)  # noqa: S603 -- our own
    return done.returncode == 0


def test_a_full_disk(tmp_path: Path) -> None:
    """The same on a disk of 300 kB, where such a one may be mounted."""
    if not _mounted(tmp_path):
        pytest.skip("a small disk cannot be mounted here")
    try:
        path = tmp_path / "c"
        small = {"t": pa.table({"n": np.arange(10_000)})}
        write(path, {"number": 0}, small)
        write(path, {"number": 1}, small)
        with pytest.raises(CheckpointError, match="cannot be written: No space left on device"):
            write(path, {"number": 2}, {"t": pa.table({"n": np.arange(30_000)})})
        assert {"number": 1} == read(path)[0]
        assert {"number": 0} == read(path, previous=True)[0]
        assert ["c", "c.previous"] == _files(tmp_path)
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)  # noqa: S603, S607 -- our own


def test_the_form_is_open(tmp_path: Path) -> None:
    """The header can be read without the library, and each table is an Arrow stream."""
    write(tmp_path / "c", _HEADER, {"numbers": _TABLES["numbers"]})
    data = (tmp_path / "c").read_bytes()
    mark = b"campaignmetrics checkpoint\n"
    assert data.startswith(mark)
    version, length = (
        int.from_bytes(data[len(mark) + place : len(mark) + place + 8], "little")
        for place in (0, 8)
    )
    rest = data[len(mark) + 16 :]
    assert (2, {"header": _HEADER, "tables": ["numbers"]}) == (version, json.loads(rest[:length]))
    assert pa.ipc.open_stream(rest[length:]).read_all() == _TABLES["numbers"]
