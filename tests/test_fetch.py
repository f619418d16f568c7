"""Fetching data: from a server on this machine that is slow, breaks off, lies or is not there, nothing is lost."""

import hashlib
import http.server
import importlib.util
import io
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from helpers import datasets
from helpers.datasets import __main__ as command
from helpers.datasets import bring, catalogue, download, store, unpack
from helpers.datasets.fetch import DataMissing, available, fetch, path, registry, remove, verify
from helpers.datasets.files import cache

ROOT = Path(__file__).resolve().parents[1]
REAL = os.environ.get("COURSE_DATA", "")
real = [
    pytest.mark.real,
    pytest.mark.skipif(not REAL, reason="COURSE_DATA does not say where the real data lies"),
]
LETTERS = bytes(range(256)) * 2000  # half a megabyte


def sha256(content):
    return hashlib.sha256(content).hexdigest()


class Server:
    """Files over HTTP, each with a way of going wrong; ``asked`` lists the requests as (path, range)."""

    def __init__(self):
        self.files, self.asked, self.gate, server = {}, [], threading.Event(), self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                name = self.path.removeprefix("http://elsewhere.invalid").lstrip("/")
                server.asked.append((name, self.headers.get("Range")))
                server.answer(self, *server.files.get(name, (b"", "404")))

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/"
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def put(self, name, content, how="well"):
        self.files[name] = (content, how)
        return self.url + name

    def answer(self, handler, content, how):
        if how in ("404", "503"):
            return handler.send_error(int(how))
        if how.startswith("to "):
            handler.send_response(302)
            handler.send_header("Location", how[3:])
            return handler.end_headers()
        start = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
        start = int(start[1]) if start and how != "without ranges" else 0
        if start and start >= len(content):
            return handler.send_error(416)
        handler.send_response(206 if start else 200)
        if start:
            shown = start + 7 * (how == "another range")
            handler.send_header("Content-Range", f"bytes {shown}-{len(content) - 1}/{len(content)}")
        rest = content[start:]
        if how not in ("without length", "endless"):
            handler.send_header("Content-Length", str(len(rest)))
        handler.end_headers()
        first = not start and sum(name == handler.path.lstrip("/") for name, _ in self.asked) == 1
        try:
            if how == "endless":
                while True:
                    handler.wfile.write(b"x" * 65536)
            if how in ("stalls", "stops half way") or (how == "breaks off" and first):
                rest = rest[: len(rest) // 2]
            for at in range(0, len(rest), 32768):
                handler.wfile.write(rest[at : at + 32768])
                time.sleep(0.06 if how == "slow" else 0)
            if how == "stalls":
                time.sleep(1)
            if how == "stops half way":
                handler.wfile.flush()
                self.gate.wait(30)
                handler.wfile.write(content[len(content) // 2 :])
        except OSError:
            pass  # the client is gone
        handler.close_connection = True


@pytest.fixture
def server(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setattr(download, "_reached", {})
    server = Server()
    yield server
    server.http.shutdown()
    server.http.server_close()


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """An empty cache, and a function that registers a data set."""
    folder, registered = tmp_path / "cache", tmp_path / "registry.toml"
    monkeypatch.setenv("COURSE_DATA", str(folder))
    monkeypatch.setattr(catalogue, "REGISTRY", registered)
    text = []

    def register(name, **row):
        row = {"title": name, "kind": "files", "folder": name, "stand_in": "the scenes"} | row
        row.setdefault("size_download", sum(file.get("size", 0) for file in row.get("files", ())))
        row.setdefault("size_disk", row["size_download"])
        text.append(f"[{json.dumps(name)}]\n" + "".join(f"{key} = {toml(value)}\n" for key, value in row.items()))
        registered.write_text("\n".join(text), "utf-8")
        catalogue._read.cache_clear()
        return folder

    return register


def toml(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)


def one_file(*urls, content=LETTERS, name="x/letters.bin"):
    return [{"path": name, "size": len(content), "checksum": sha256(content), "urls": list(urls)}]


def lying_in(folder):
    """Names of all files there but for records, locks and what waits to be resumed."""
    names = (file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())
    return sorted(name for name in names if not name.startswith(".fetched/"))


def in_another_process(code, **options):
    lines = (
        "from pathlib import Path\nfrom helpers.datasets import catalogue, fetch\n"
        f"catalogue.REGISTRY = Path({str(catalogue.REGISTRY)!r})\n{code}"
    )
    return subprocess.Popen([sys.executable, "-c", lines], cwd=ROOT, text=True, stdout=-1, stderr=-1, **options)


def until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


# One file, and what can happen to it


@pytest.mark.parametrize("how", ["well", "slow", "breaks off", "without ranges", "without length"])
def test_a_file_arrives_whole(server, shelf, how):
    content = LETTERS[: 400_000 if how == "slow" else None]
    folder = shelf("x", files=one_file(server.put("letters", content, how), content=content))
    assert not available("x")
    assert path("x") == folder / "x/letters.bin"
    assert available("x") and verify("x") == [] and lying_in(folder) == ["x/letters.bin"]
    assert (folder / "x/letters.bin").read_bytes() == content
    assert len(server.asked) == (2 if how == "breaks off" else 1)
    fetch("x"), path("x")
    assert len(server.asked) == (2 if how == "breaks off" else 1)  # nothing is fetched twice


def test_what_broke_off_goes_on_from_there(server, shelf):
    shelf("x", files=one_file(server.put("letters", LETTERS, "breaks off")))
    fetch("x")
    start = int(server.asked[1][1].removeprefix("bytes=").rstrip("-"))
    assert 100_000 < start <= len(LETTERS) // 2


@pytest.mark.parametrize("how", ["well", "without ranges", "another range"])
@pytest.mark.parametrize("begun", [LETTERS[:300_000], b"wrong" * 60_000, LETTERS, LETTERS + b"more"])
def test_a_part_that_lies_there(server, shelf, begun, how):
    folder = shelf("x", files=one_file(server.put("letters", LETTERS, how)))
    (folder / "x.part").mkdir(parents=True)
    (folder / "x.part/x_letters.bin.part").write_bytes(begun)
    fetch("x")
    assert verify("x") == [] and lying_in(folder) == ["x/letters.bin"]
    if begun == LETTERS:
        assert server.asked == []
    elif begun == LETTERS[:300_000]:
        assert server.asked[0] == ("letters", "bytes=300000-")
        assert len(server.asked) == (2 if how == "another range" else 1)


@pytest.mark.parametrize("how", ["404", "503", "wrong", "endless", "closed", "stalls", "redirected to nothing"])
def test_a_mirror_helps(server, shelf, how, monkeypatch):
    monkeypatch.setattr(download, "STALLED", 0.3)
    bad = server.put("bad", LETTERS, how)
    if how == "wrong":
        bad = server.put("bad", LETTERS[::-1])
    elif how == "closed":
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            bad = f"http://127.0.0.1:{free.getsockname()[1]}/bad"
    elif how == "redirected to nothing":
        bad = server.put("bad", b"", f"to {server.url}nothing")
    folder = shelf("x", files=one_file(bad, server.put("good", LETTERS)))
    fetch("x")
    assert verify("x") == [] and lying_in(folder) == ["x/letters.bin"]
    name, asked_from = server.asked[-1]
    assert name == "good" and (asked_from is not None) == (how == "stalls")  # half of it was here already


def test_each_failure_is_named(server, shelf):
    wrong, gone = server.put("wrong", LETTERS[::-1]), server.url + "gone"
    folder = shelf("x", files=one_file(wrong, gone))
    with pytest.raises(DataMissing) as error:
        fetch("x")
    host = server.url.removeprefix("http://").rstrip("/")
    assert str(error.value) == (
        f"x: {host}: sent other bytes than registered; {host}: answered 404 Not Found; "
        "`python -m helpers.datasets fetch x` tries again (512 kB); until then the lessons use the scenes."
    )
    assert not available("x") and lying_in(folder) == []
    assert isinstance(error.value, FileNotFoundError)


def test_a_redirect_is_followed(server, shelf):
    target = server.put("there", LETTERS)
    shelf("x", files=one_file(server.put("here", b"", f"to {target}")))
    fetch("x")
    assert [name for name, _ in server.asked] == ["here", "there"] and verify("x") == []


def test_a_proxy_is_asked_instead_of_the_resolver(server, shelf, monkeypatch):
    monkeypatch.setenv("http_proxy", server.url)
    server.put("letters", LETTERS)
    shelf("x", files=one_file("http://elsewhere.invalid/letters"))
    fetch("x")
    assert server.asked == [("letters", None)]


def test_without_a_checksum_size_and_first_line_are_checked(server, shelf):
    text = b"3 300\n" + LETTERS
    row = {"path": "x/vectors", "size": len(text), "header": r"^\d+ 300\s*$"}
    folder = shelf("x", files=[row | {"urls": [server.put("a", b"<html>" + LETTERS), server.put("b", text)]}])
    with pytest.raises(DataMissing, match="x/vectors begins with '<html>"):
        fetch("x")
    assert lying_in(folder) == []
    server.put("a", text[:-1], "without length")
    fetch("x")
    assert [name for name, _ in server.asked] == ["a", "a", "b"] and verify("x") == []
    (folder / "x/vectors").write_bytes(text[::-1])
    assert "x/vectors begins with" in verify("x")[0]


# Processes that die, wait, or ask at once


def test_a_killed_download_is_never_taken_for_data(server, shelf):
    folder = shelf("x", files=one_file(server.put("letters", LETTERS, "stops half way")))
    process = in_another_process("fetch.fetch('x')")
    part = folder / "x.part/x_letters.bin.part"
    until(lambda: part.exists() and part.stat().st_size > 150_000)
    assert not available("x") and not (folder / "x").exists()
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert not available("x") and lying_in(folder)[0].startswith("x.part/") and verify("x") != []
    server.put("letters", LETTERS)
    fetch("x")  # the lock died with its holder
    assert verify("x") == [] and lying_in(folder) == ["x/letters.bin"]
    assert int(server.asked[1][1].removeprefix("bytes=").rstrip("-")) > 150_000


def test_two_processes_download_once(server, shelf):
    shelf("x", files=one_file(server.put("letters", LETTERS, "stops half way")))
    one = in_another_process(size := "print(fetch.path('x').stat().st_size)")
    until(lambda: server.asked)
    two = in_another_process(size)
    assert two.stderr.readline() == "x: another process is fetching it; waiting.\n"
    server.gate.set()
    assert [process.communicate()[0].strip() for process in (one, two)] == ["512000", "512000"]
    assert server.asked == [("letters", None)]


def test_an_old_lock_file_blocks_nobody(server, shelf):
    folder = shelf("x", files=one_file(server.put("letters", LETTERS)))
    (folder / ".fetched").mkdir(parents=True)
    (folder / ".fetched/x.lock").write_text("99999999")
    assert path("x").exists()


def test_control_c_leaves_nothing_that_looks_like_data(server, shelf, monkeypatch):
    folder = shelf("x", files=one_file(server.put("letters", LETTERS)))
    written = []

    def write(self, chunk):
        written.append(self.file.write(chunk))
        if sum(written) > 200_000:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(download._Limited, "write", write)
        assert command.main(["fetch", "x"]) == 130
    assert not available("x") and lying_in(folder) == ["x.part/x_letters.bin.part"]
    assert store.state(registry()["x"]).startswith("begun")
    fetch("x")
    assert verify("x") == [] and server.asked[1][1] is not None


# Without a network, room or permission


@pytest.fixture
def no_network(monkeypatch):
    """Any use of a socket is an error."""

    def refuse(*_, **__):
        raise AssertionError("a network was touched")

    for name in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)


def test_a_resolver_that_hangs(shelf, monkeypatch):
    monkeypatch.setattr(download, "_reached", {})
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(20))
    archive = {"urls": ["https://a.invalid/a.tar", "https://b.invalid/a.tar"]}
    row = {"files": one_file("https://c.invalid/x"), "archives": [archive], "size_download": 3}
    monkeypatch.setattr(bring, "_FEW", 0)  # the archive first, then its files one by one: still one wait
    shelf("x", kind="archive", **row)
    began = time.monotonic()
    with pytest.raises(DataMissing) as error:
        path("x")
    assert time.monotonic() - began < 5
    assert "a.invalid: no answer in 4 seconds; b.invalid: no answer in 4 seconds; `python -m" in str(error.value)


def test_no_network(shelf, monkeypatch):
    def fail(*_, **__):
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(download, "_reached", {})
    monkeypatch.setattr(socket, "getaddrinfo", fail)
    shelf("x", files=one_file("https://a.invalid/x"))
    with pytest.raises(
        DataMissing, match=r"x: a.invalid: its name could not be looked up \(is there a network\?\); `py"
    ):
        path("x")


def test_available_and_offline_path_touch_no_network(shelf, no_network):
    folder = shelf("x", files=one_file("https://a.invalid/x"))
    assert not available("x")
    with pytest.raises(DataMissing) as error:
        path("x", download=False)
    assert str(error.value) == (
        f"x: not in {folder}; `python -m helpers.datasets fetch x` gets it (512 kB); "
        "until then the lessons use the scenes."
    )
    (folder / "x").mkdir(parents=True)
    (folder / "x/letters.bin").write_bytes(LETTERS)
    assert available("x") and path("x", download=False) == fetch("x") == folder / "x/letters.bin"
    (folder / "x/letters.bin").write_bytes(LETTERS[::-1])
    with pytest.raises(DataMissing, match=r"x: x/letters.bin has another checksum than registered; `python"):
        path("x", download=False)


def test_a_damaged_file_is_fetched_again(server, shelf):
    folder = shelf("x", files=one_file(server.put("letters", LETTERS)))
    (folder / "x").mkdir(parents=True)
    (folder / "x/letters.bin").write_bytes(LETTERS[::-1])
    assert path("x").read_bytes() == LETTERS


def test_a_full_disk_is_noticed_before(server, shelf, monkeypatch):
    folder = shelf("x", files=one_file(server.put("letters", LETTERS)))
    usage = shutil.disk_usage(folder.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=100_000))
    with pytest.raises(
        DataMissing, match=r"x: it needs 512 kB and .* has 100 kB free: make room, or set .* COURSE_DATA"
    ):
        fetch("x")
    assert server.asked == [] and lying_in(folder) == []


def test_a_disk_that_fills_up(server, shelf, monkeypatch):
    folder = shelf("x", files=one_file(server.put("letters", LETTERS)))

    def write(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(download._Limited, "write", write)
    with pytest.raises(DataMissing, match=r"cannot be written \(No space left on device\): set .* COURSE_DATA"):
        fetch("x")
    assert not available("x") and not (folder / "x").exists()


def test_a_read_only_cache(server, shelf, tmp_path, monkeypatch):
    folder = shelf("x", files=one_file(server.put("letters", LETTERS)))
    shelf("y", files=one_file(server.put("y", LETTERS), name="y/letters.bin"))
    fetch("x")
    before = lying_in(folder), (folder / ".fetched/x.json").read_text()
    folder.chmod(0o555)  # root could write all the same, and does not
    try:
        store._checked.clear()
        assert available("x") and path("x").exists() and verify("x") == []
        for act in (path, fetch):
            with pytest.raises(
                DataMissing, match=r"y: .* cannot be written \(no permission\): set .* COURSE_DATA to a"
            ):
                act("y")
        with pytest.raises(PermissionError, match="cannot be written, so nothing in it can be removed"):
            remove("x")
        assert (lying_in(folder), (folder / ".fetched/x.json").read_text()) == before
    finally:
        folder.chmod(0o755)
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("COURSE_DATA", str(file / "below"))
    with pytest.raises(DataMissing, match="cannot be written"):
        fetch("x")


# Archives


def packed(members, archive="tar"):
    """An archive of {name: bytes, or a link's TarInfo}."""
    out = io.BytesIO()
    if archive == "zip":
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
            for name, content in members.items():
                file.writestr(zipfile.ZipInfo(name) if isinstance(name, str) else name, content)
        return out.getvalue()
    with tarfile.open(fileobj=out, mode="w:gz") as file:
        for name, content in members.items():
            member = content if isinstance(content, tarfile.TarInfo) else tarfile.TarInfo(name)
            member.size = len(content) if isinstance(content, bytes) else 0
            file.addfile(member, io.BytesIO(content) if isinstance(content, bytes) else None)
    return out.getvalue()


def member(name, kind, target=""):
    one = tarfile.TarInfo(name)
    one.type, one.linkname = kind, target
    return one


def zipped_link(name):
    one = zipfile.ZipInfo(name)
    one.external_attr = (stat.S_IFLNK | 0o777) << 16
    return one


def archive_row(content, url, **more):
    size = {"size_download": len(content), "size_disk": 2000}
    return size | {"kind": "archive", "required": ["a.txt"], "archives": [{"urls": [url], "inside": "repo-1"}]} | more


@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_an_archive_is_unpacked_and_known_by_its_files(server, shelf, kind):
    content = packed({"repo-1/a.txt": b"A", "repo-1/b/c.txt": b"C", "repo-1": b"", "other/d.txt": b"D"}, kind)
    folder = shelf("x", **archive_row(content, server.put("x.archive", content)))
    assert path("x") == folder / "x" and lying_in(folder) == ["x/a.txt", "x/b/c.txt"]
    assert verify("x") == []
    (folder / "x/b/c.txt").write_text("D")
    (folder / "x/a.txt").unlink()
    assert verify("x") == ["x/a.txt is missing", "x/b/c.txt has another checksum than registered"]
    assert remove("x") == 1 and not (folder / "x").exists()


EVIL = {
    "../out.txt": {"repo-1/a.txt": b"A", "../out.txt": b"evil"},
    "repo-1/../../out.txt": {"repo-1/a.txt": b"A", "repo-1/../../out.txt": b"evil"},
    "/tmp/evil.txt": {"repo-1/a.txt": b"A", "/tmp/evil.txt": b"evil"},
    "C:evil.txt": {"repo-1/a.txt": b"A", "C:evil.txt": b"evil"},
    "..\\out.txt": {"repo-1/a.txt": b"A", "..\\out.txt": b"evil"},
    "repo-1/b": {"repo-1/a.txt": b"A", "repo-1/b": member("repo-1/b", tarfile.SYMTYPE, "../..")},
    "repo-1/hard": {"repo-1/a.txt": b"A", "h": member("repo-1/hard", tarfile.LNKTYPE, "repo-1/a.txt")},
    "repo-1/pipe": {"repo-1/a.txt": b"A", "p": member("repo-1/pipe", tarfile.FIFOTYPE)},
    "repo-1/bomb": {"repo-1/a.txt": b"A", "repo-1/bomb": bytes(5_000_000)},
    "repo-1/link": {"repo-1/a.txt": b"A", zipped_link("repo-1/link"): b"/etc/passwd"},
    "a.txt": {"repo-1/a.txt": b"A", "repo-1/./a.txt": b"B"},
}


def kinds(members):
    """Archives that can hold such members."""
    if any(isinstance(one, tarfile.TarInfo) for one in members.values()):
        return ["tar"]
    return ["zip"] if any(isinstance(one, zipfile.ZipInfo) for one in members) else ["tar", "zip"]


@pytest.mark.parametrize(("name", "kind"), [(name, kind) for name in EVIL for kind in kinds(EVIL[name])])
def test_an_archive_that_asks_for_too_much(server, shelf, name, kind, tmp_path):
    members = EVIL[name]
    content = packed(members, kind)
    folder = shelf("x", **archive_row(content, server.put("x.archive", content)))
    with pytest.raises(DataMissing, match=r"x: 0-x.archive (holds|unpacks to more)") as error:
        fetch("x")
    assert repr(name)[1:-1] in str(error.value) and "it was not unpacked; `python" in str(error.value)
    assert not available("x") and not (folder / "x").exists()
    assert {one.name for one in tmp_path.iterdir()} == {"cache", "registry.toml"}
    assert not Path("/tmp/evil.txt").exists()


def test_a_bomb_is_not_written(tmp_path, monkeypatch):
    (tmp_path / "x.zip").write_bytes(packed({"a.txt": b"A", "bomb": bytes(5_000_000)}, "zip"))
    with pytest.raises(unpack.UnsafeArchive, match="more than the 1,000 bytes"):
        unpack.unpack(tmp_path / "x.zip", tmp_path / "out", 1000)
    assert [one.name for one in (tmp_path / "out").iterdir()] == ["a.txt"]
    # One that says it is small, and is not: no more is written than was agreed.
    monkeypatch.setattr(unpack, "_members", lambda _: [("bomb", 1, "file", lambda: io.BytesIO(bytes(5_000_000)))])
    with pytest.raises(unpack.UnsafeArchive, match="more than the 1,000 bytes"):
        unpack.unpack(tmp_path / "x.zip", tmp_path / "out", 1000)
    assert (tmp_path / "out/bomb").stat().st_size == 0


@pytest.mark.parametrize("content", [b"<html>no</html>", packed({"repo-1/a.txt": LETTERS})[:-900]])
def test_an_archive_that_is_none(server, shelf, content):
    folder = shelf("x", **archive_row(content, server.put("x.archive", content), size_disk=600_000))
    with pytest.raises(DataMissing, match="0-x.archive is not a whole archive"):
        fetch("x")
    assert not available("x") and lying_in(folder) == []  # the next try begins with a new one


MEMBERS = {f"{split}/{n}.png": f"{split}{n}".encode() for split in ("train", "val", "test") for n in range(3)}


@pytest.fixture
def three_splits(server, shelf, tmp_path):
    """A set like CamVid: a manifest, an archive without a checksum, files one by one, a split that may be missing."""
    (tmp_path / "manifests").mkdir()
    lines = [f"{sha256(content)}  {name}\n" for name, content in MEMBERS.items()]
    (tmp_path / "manifests/x.sha256").write_text("".join(lines))
    content = packed({f"repo-1/{name}": content for name, content in MEMBERS.items()})
    for name, one in MEMBERS.items():
        server.put(name, one)
    row = archive_row(content, server.put("x.tar.gz", content), required=[], manifest="x", base=[server.url])
    splits = {name: [name] for name in ("train", "val", "test")}
    return shelf("x", **row, splits=splits, optional=["test"], ignore=["list.txt"])


def place(folder, names):
    for name in names:
        (folder / "x" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "x" / name).write_bytes(MEMBERS[name])


def test_a_split_may_be_missing(server, three_splits, no_network):
    place(three_splits, [name for name in MEMBERS if not name.startswith("test")])
    assert available("x") and available("x", "train") and not available("x", "test")
    assert path("x") == path("x", split="val") == three_splits / "x" and verify("x") == []
    assert store.incomplete(registry()["x"]) == ["split 'test' is not here (3 files)"]
    with pytest.raises(DataMissing):
        path("x", split="test", download=False)
    with pytest.raises(ValueError, match="x has no split 'tset'; it has train, val, test"):
        available("x", "tset")


def test_what_is_missing_is_added(server, three_splits):
    place(three_splits, [name for name in MEMBERS if not name.startswith("test")])
    assert path("x", split="test") == three_splits / "x"
    assert sorted(name for name, _ in server.asked) == [f"test/{n}.png" for n in range(3)]
    assert verify("x") == [] and store.incomplete(registry()["x"]) == []
    assert remove("x") == 15 and len(lying_in(three_splits)) == 6  # the reader's own files stay


def test_many_files_come_in_the_archive_and_singly_if_that_fails(server, three_splits, monkeypatch):
    monkeypatch.setattr(bring, "_FEW", 2)
    fetch("x")
    assert [name for name, _ in server.asked] == ["x.tar.gz"] and verify("x") == []
    assert remove("x") == sum(map(len, MEMBERS.values())) and not available("x")
    one_other = {f"repo-1/{name}": content for name, content in MEMBERS.items()} | {"repo-1/val/2.png": b"other"}
    for members in (packed(one_other), packed({"repo-1/train/0.png": MEMBERS["train/0.png"]}), b"none"):
        server.put("x.tar.gz", members)
        fetch("x")
        assert verify("x") == [] and lying_in(three_splits) == sorted(f"x/{name}" for name in MEMBERS)
        remove("x")


def test_a_manifest_finds_what_differs(three_splits):
    fetch("x")
    (three_splits / "x/train/0.png").write_bytes(b"train9")
    (three_splits / "x/val/1.png").unlink()
    for name in ("extra.png", "list.txt", ".DS_Store"):
        (three_splits / "x" / name).touch()
    assert verify("x") == [
        "x/train/0.png has another checksum than registered",
        "x/val/1.png is missing",
        "x/extra.png is not part of the set",
    ]
    assert not available("x")


def test_only_the_member_asked_for_is_unpacked(server, shelf):
    members = {f"glove.6B.{n}d.txt": f"the {n}".encode() * n for n in (50, 100, 200)}
    content = packed(members, "zip")
    row = one_file(server.put("glove.zip", content), content=content, name="glove/glove.6B.zip")
    folder = shelf("glove.6B", files=row, folder="glove")
    for n in (50, 100):
        row = one_file(content=members[f"glove.6B.{n}d.txt"], name=f"glove/glove.6B.{n}d.txt")
        shelf(f"glove.6B.{n}d", kind="member", of="glove.6B", folder="glove", files=row, size_disk=row[0]["size"])
    assert path("glove.6B.100d").read_bytes() == members["glove.6B.100d.txt"]
    assert lying_in(folder) == ["glove/glove.6B.100d.txt", "glove/glove.6B.zip"]
    assert fetch("glove.6B.50d").name == "glove.6B.50d.txt"
    assert Counter(name for name, _ in server.asked) == {"glove.zip": 1}
    assert remove("glove.6B") == len(content) and available("glove.6B.50d") and not available("glove.6B")


def test_a_subset_is_told_so_and_made_whole(server, shelf):
    content = packed({f"repo-1/pictures/{n}/{n}.png": b"picture" for n in range(5)})
    row = archive_row(content, server.put("x.tar.gz", content), required=[], open=True)
    first = sha256(f"{sha256(b'picture')}  0.png\n".encode())
    row["files"] = [{"path": "x/pictures/0/", "checksum": first}]
    folder = shelf("x", **row, count={"path": "pictures", "of": 6})
    (folder / "x/pictures/0").mkdir(parents=True)
    (folder / "x/pictures/0/0.png").write_bytes(b"picture")
    assert available("x") and verify("x") == []
    assert store.incomplete(registry()["x"]) == ["a subset: 1 of 6 in pictures"]
    fetch("x"), fetch("x")
    assert len(server.asked) == 1 and len(lying_in(folder)) == 5
    assert verify("x") == [] and store.incomplete(registry()["x"]) == []  # all that upstream has, whatever we counted
    (folder / "x/pictures/0/0.png").write_bytes(b"PICTURE")
    assert "x/pictures/0/ has another checksum than registered" in verify("x")


def test_killed_while_it_moves_files_to_their_place(server, shelf, monkeypatch):
    content = packed({"repo-1/a.txt": b"A", "repo-1/b.txt": b"B"})
    folder = shelf("x", **archive_row(content, server.put("x.tar.gz", content)))
    (folder / "x").mkdir(parents=True)
    replace = os.replace

    def die(source, target):
        if str(target).endswith("b.txt"):
            raise KeyboardInterrupt
        replace(source, target)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(os, "replace", die)
        fetch("x")
    assert (folder / "x/a.txt").exists() and not available("x")
    assert path("x") == folder / "x" and lying_in(folder) == ["x/a.txt", "x/b.txt"] and available("x")


# Removing, the command, the registry


def test_what_others_put_there_is_not_removed(shelf, monkeypatch):
    monkeypatch.setattr(download, "_reached", {})
    folder = shelf("x", files=one_file("http://127.0.0.1:9/x"))
    assert remove("x") == 0
    with pytest.raises(DataMissing):
        fetch("x")
    (folder / "x").mkdir(parents=True)  # so the reader gets it in some other way
    (folder / "x/letters.bin").write_bytes(LETTERS)
    assert path("x")  # verified, and recorded so
    with pytest.raises(PermissionError, match=r"x/letters.bin was not put there by the course, so it stays"):
        remove("x")
    assert available("x")


def test_the_command(server, shelf, capsys):
    def run(*arguments):
        code = command.main([*arguments])
        return code, *capsys.readouterr()

    shelf("영화평", files=one_file(server.put("a", LETTERS), name="영화평/a"), lessons=["10_4"], licence="CC0")
    shelf("x", files=one_file(server.put("b", LETTERS), name="x/b"), lessons=["6_3_3"], licence="없음")
    shelf("y", files=one_file(server.url + "gone", name="y/c"), lessons=["6_3_10", "1_1"], about=True)
    shelf("z", kind="local", files=[{"path": "z/d"}], lessons=["1_1"], note="typed in")
    code, out, err = run()
    rows = out.splitlines()[2:7]
    assert (code, err) == (0, "")
    assert re.match(r"name    size     licence  state    lessons", rows[0])
    assert rows[1].split() == ["영화평", "512", "kB", "CC0", "missing", "10_4"]
    assert rows[1].index("512") + 3 == rows[2].index("512") == rows[0].index("size")  # three letters, six cells
    assert rows[3].split()[:3] == ["y", "~512", "kB"]

    code, out, err = run("fetch", "--for", "6_3_3_unet")
    assert (code, err) == (0, "") and out == f"x: {cache() / 'x/b'}\n"
    code, out, err = run("fetch", "--for", "1")
    assert code == 1 and out == "z: cannot be fetched (typed in); the lessons use the scenes\n"
    assert len(err.splitlines()) == 1 and err.startswith("y: 127.0.0.1") and "answered 404" in err
    code, out, err = run("fetch", "--for", "6_9")
    assert (code, out) == (2, "") and "lessons with data: 1_1 6_3_3 6_3_10 10_4." in err
    code, out, err = run("fetch", "nothing")
    assert (code, out) == (2, "") and err.startswith("No data set 'nothing'. There are")
    assert run("fetch")[0] == run("verify", "no")[0] == run("remove", "no")[0] == 2
    code, out, err = run("fetch", "z", "영화평")
    assert code == 1 and out.startswith("영화평: ") and err.startswith("z: not in ") and "typed in" in err

    assert run("verify")[:2] == (0, "영화평: good\nx: good\n")
    (cache() / "x/b").write_bytes(b"short")
    assert run("verify", "x") == (1, "", "x: x/b has 5 bytes instead of 512,000\n")
    assert run("verify", "y")[2] == f"y: y is not in {cache()}\n"
    code, out, err = run("remove", "x", "y")
    assert (code, out, err) == (0, "x: 5 bytes freed\ny: nothing to remove\n", "")
    assert [row.split()[3:][:2] for row in run()[1].splitlines()[3:5]] == [["CC0", "here"], ["없음", "missing"]]


def test_the_command_as_people_type_it(tmp_path):
    line = [sys.executable, "-m", "helpers.datasets"]
    done = subprocess.run(
        line, cwd=ROOT, capture_output=True, encoding="utf-8", env={**os.environ, "COURSE_DATA": str(tmp_path)}
    )
    assert done.returncode == 0 and "camvid" in done.stdout and done.stderr == ""
    assert not any(tmp_path.iterdir())  # asking makes nothing


def test_a_wheel_s_files_are_here(no_network):
    for name in ("wordsim353", "simlex999", "google-analogies"):
        assert available(name) and path(name).is_file() and fetch(name) == path(name) and verify(name) == []


def test_torchvision_fetches_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "cache"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    assert not available("mobilenet_v2")
    with pytest.raises(DataMissing, match="until then the lessons use random weights"):
        path("mobilenet_v2", download=False)
    (tmp_path / "hub/checkpoints").mkdir(parents=True)
    (tmp_path / "hub/checkpoints/mobilenet_v2-b0353104.pth").touch()
    assert available("mobilenet_v2") and path("mobilenet_v2").name == "mobilenet_v2-b0353104.pth"


def test_the_registry_is_sound():
    rows = registry()
    asked_for = (
        "camvid isbi2012 dsb2018 cifar10 cifar10-jpg oxford-iiit-pet voc2012 text8 novels nsmc punkt_tab stopwords"
    )
    assert {*asked_for.split(), "glove.6B.100d", "wiki.ko.vec", "ws353-korean", "stories"} <= rows.keys()
    for name, row in rows.items():
        assert row.title and row.licence and row.citation and row.homepage and row.size_disk, name
        assert row.stand_in or row.kind == "wheel", name
        files = [*row.files, *row.instead]
        assert all(not Path(file.path).is_absolute() and ".." not in file.path for file in files), name
        for one in [*files, *row.archives]:
            assert one.checksum is None or re.fullmatch("[0-9a-f]{64}|md5:[0-9a-f]{32}", one.checksum), name
            for url in one.urls:
                assert re.match(r"https?://", url) and not re.search(r"pypi|npmjs|debian|proxy|localhost", url), name
        if row.kind == "files":
            assert all(file.urls and (file.checksum or file.size and file.header) for file in row.files), name
        if row.kind == "archive":  # the archive's bytes are pinned, or its files are
            assert all(one.checksum or row.files or row.name == "cifar10-jpg" for one in row.archives), name
    assert [len(rows[name].files) for name in ("camvid", "isbi2012", "novels", "dsb2018")] == [1405, 60, 48, 120]


def test_the_registry_agrees_with_torchvision():
    # Its source is read: importing it takes seconds.
    folder = Path(importlib.util.find_spec("torchvision").submodule_search_locations[0], "datasets")
    for name, module in (("oxford-iiit-pet", "oxford_iiit_pet"), ("voc2012", "voc"), ("cifar10", "cifar")):
        source = (folder / f"{module}.py").read_text("utf-8")
        row = registry()[name]
        for one in row.archives:
            assert one.urls[0] in source and one.checksum.removeprefix("md5:") in source
        for one in row.files:
            pattern = rf'"{Path(one.path).name}",\s+("md5": )?"{one.checksum.removeprefix("md5:")}"'
            assert re.search(pattern, re.sub(r'"key": .*', "", source)), one.path


def test_the_door_hands_names_on():
    assert datasets.available is available and datasets.DataMissing is DataMissing and datasets.path is path


def test_no_bar_where_nobody_watches(monkeypatch, capsys):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    assert bring.bar(registry()["nsmc"], True) is None  # a test, even at a terminal
    for name in ("CI", "PYTEST_CURRENT_TEST", "COURSE_STRICT"):
        monkeypatch.delenv(name, raising=False)
    assert bring.bar(registry()["nsmc"], True) is not None
    assert bring.bar(registry()["nsmc"], False) is None
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    assert bring.bar(registry()["nsmc"], True) is None


# Real data


class TestReal:
    pytestmark = real

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("camvid", "split 'test' is not here (466 files)"),
            ("dsb2018", "a subset: 120 of 669 in stage1_train"),
            ("cifar10-jpg", "25,000 of the 60,000 pictures: the first 2,000 + 500 of each class"),
            *((name, None) for name in ("isbi2012", "novels", "nsmc", "punkt_tab", "stopwords", "ws353-korean")),
        ],
    )
    def test_what_lies_there_is_right(self, name, said, no_network):
        if not available(name):
            pytest.skip(f"{name} is not in {REAL}")
        assert verify(name) == [] and path(name, download=False).exists()
        if store.incomplete(registry()[name]):
            assert store.incomplete(registry()[name]) == [said]

    def test_asking_is_fast(self, no_network):
        if not available("camvid"):
            pytest.skip(f"camvid is not in {REAL}")
        began = time.perf_counter()
        for split in (None, "train", "val"):
            assert available("camvid", split)
        assert (time.perf_counter() - began) / 3 < 0.1

    def test_real_files_through_the_real_registry(self, server, tmp_path, monkeypatch):
        """The registry as it is, its addresses led to this machine, the files as upstream serves them."""
        text = re.sub(r'"https?://', f'"{server.url}', catalogue.REGISTRY.read_text("utf-8"))
        shutil.copytree(catalogue.REGISTRY.parent / "manifests", tmp_path / "manifests")
        (tmp_path / "registry.toml").write_text(text, "utf-8")
        monkeypatch.setattr(catalogue, "REGISTRY", tmp_path / "registry.toml")
        there = [name for name in ("isbi2012", "nsmc", "punkt_tab", "ws353-korean") if available(name)]
        if not there:
            pytest.skip(f"none of them is in {REAL}")
        for name in there:
            for file in registry()[name].files:
                server.put(file.urls[0].removeprefix(server.url), (Path(REAL) / file.path).read_bytes())
        monkeypatch.setenv("COURSE_DATA", str(tmp_path / "cache"))
        for name in there:
            assert not available(name)
            fetch(name)
            assert available(name) and verify(name) == []
