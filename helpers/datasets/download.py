"""One file from the first address that gives it whole: pooch downloads; what is here is what happens when it cannot.

A transfer that breaks off goes on where it was, from the same address or the next; a network that is not there is
noticed in :data:`PATIENCE` seconds; :func:`locked` keeps two processes from fetching the same thing.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import socket
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

PATIENCE = 4.0  # seconds for looking up a name and connecting, over all addresses together
STALLED = 30.0  # seconds without a byte after which the next address is tried


class NotDownloaded(OSError):
    """No address gave the file; the message names what went wrong at each. ``offline``: none of them answered."""

    offline = False


def download(urls, target: Path, checksum: str | None, size: int | None, limit: int, bar=None) -> None:
    """Download a file; ``target`` is there whole and right afterwards, or not at all.

    Parameters
    ----------
    urls : sequence of str
        Tried in turn.
    target : Path
    checksum : str or None
        sha256, or ``"md5:..."``. Without one nothing is resumed: the next address may give other bytes.
    size : int or None
        Bytes that the file has.
    limit : int
        Bytes that an address may send at most.
    bar : callable, optional
        Makes a progress bar; called for each transfer.

    Raises
    ------
    NotDownloaded
    """
    import pooch
    import requests

    pooch.get_logger().setLevel("WARNING")
    part, failed, probes = target.with_name(target.name + ".part"), [], {url: Probe(url) for url in urls}
    part.parent.mkdir(parents=True, exist_ok=True)
    if checksum is None:
        part.unlink(missing_ok=True)
    deadline, connected = time.monotonic() + PATIENCE, False
    for url in urls:
        if failure := probes[url].failure(deadline):
            failed.append(f"{_host(url)}: {failure}")
            continue
        connected = True
        for _ in range(5):
            before = _length(part)
            transfer = _transfer(part, size, limit, bar and bar())
            try:
                pooch.retrieve(url, checksum, target.name, target.parent, downloader=transfer)
                if size is not None and target.stat().st_size != size:
                    failure = f"sent {target.stat().st_size:,} bytes, not {size:,}"
                    target.unlink()
                    break
                return
            except requests.HTTPError as error:
                failure = f"answered {error.response.status_code} {error.response.reason}"
                again = error.response.status_code == 416 and before > 0  # what is here is not the beginning of it
                if not again:
                    break
            except (requests.RequestException, TimeoutError) as error:
                failure = f"stopped for {STALLED:.0f} seconds" if _timed_out(error) else "broke off"
                again = not _timed_out(error) and checksum is not None and _length(part) > before
                if checksum is None:
                    part.unlink(missing_ok=True)
                if not again:
                    break
                continue
            except (_TooLong, ValueError) as error:  # ValueError: pooch's for a wrong checksum
                failure = str(error) if isinstance(error, _TooLong) else "sent other bytes than registered"
                again = before > 0  # what was there already may have been the wrong part of it
            part.unlink(missing_ok=True)
            if not again:
                break
        failed.append(f"{_host(url)}: {failure}")
    if not _length(part):
        part.unlink(missing_ok=True)
    error = NotDownloaded("; ".join(failed))
    error.offline = not connected
    raise error


class _TooLong(Exception):
    """An address sends more than the file can hold."""


def _transfer(part, size, limit, bar):
    """pooch's downloader, told to go on at the end of ``part``, and to hand that over when it is complete."""
    import pooch

    class Resuming(pooch.HTTPDownloader):
        def __call__(self, url, output_file, pooch, check_only=False):
            with part.open("ab") as file:

                def begin(response, **_):
                    """Where the answer is not the rest that was asked for, begin anew."""
                    start = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
                    if response.status_code == 200 or (start and int(start[1]) != file.tell()):
                        file.seek(0)
                        file.truncate()
                    if response.status_code == 206 and start and int(start[1]) != file.tell():
                        response.status_code, response.reason = 416, "gave another part than asked for"

                self.kwargs["hooks"] = {"response": begin}
                self.kwargs["headers"] = {"Accept-Encoding": "identity"}
                if file.tell():
                    self.kwargs["headers"]["Range"] = f"bytes={file.tell()}-"
                if size is None or file.tell() != size:
                    super().__call__(url, _Limited(file, size or limit), pooch)
            os.replace(part, output_file)

    return Resuming(progressbar=bar or False, chunk_size=1 << 16, timeout=(PATIENCE, STALLED))


class _Limited:
    """A file that is not written past a length."""

    def __init__(self, file, limit):
        self.file, self.limit, self.flush = file, limit, file.flush

    def write(self, chunk):
        if self.file.tell() + len(chunk) > self.limit:
            raise _TooLong(f"sent more than {self.limit:,} bytes")
        self.file.write(chunk)


_reached: dict[tuple, float] = {}  # hosts that answered, and when: sets of many files ask once a minute


class Probe:
    """Looks up a host and connects to it, in a thread of its own: a lookup that hangs cannot be interrupted."""

    def __init__(self, url):
        from requests.utils import get_environ_proxies, select_proxy

        parts = urlsplit(select_proxy(url, get_environ_proxies(url)) or url)
        self.address = parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
        self.found = "" if time.monotonic() - _reached.get(self.address, -60.0) < 60.0 else None
        self.thread = threading.Thread(target=self._look, daemon=True)
        if self.found is None:
            self.thread.start()

    def _look(self):
        try:
            socket.create_connection(self.address, timeout=PATIENCE / 2).close()
            _reached[self.address] = time.monotonic()
            self.found = ""
        except socket.gaierror:
            self.found = "its name could not be looked up (is there a network?)"
        except Exception as error:  # whatever it is, it is what this address did
            self.found = f"no connection ({getattr(error, 'strerror', None) or error})"

    def failure(self, deadline):
        """What went wrong by the deadline; an empty string where nothing did."""
        if self.found is None:
            self.thread.join(max(0.0, deadline - time.monotonic()))
        return f"no answer in {PATIENCE:.0f} seconds" if self.found is None else self.found


def _host(url):
    return urlsplit(url).netloc


def _length(path):
    return path.stat().st_size if path.exists() else 0


def _timed_out(error):
    import requests

    return isinstance(error, requests.Timeout | TimeoutError) or "timed out" in str(error)


@contextlib.contextmanager
def locked(path: Path, waiting: str):
    """Hold a lock that the system takes back when its holder dies; ``waiting`` is said once where another holds it."""
    with path.open("a+b") as file:
        said = False
        while not _take(file):
            if not said:
                print(waiting, file=sys.stderr)
                said = True
            time.sleep(0.1)
        yield  # closing the file gives the lock back


if os.name == "nt":
    import msvcrt

    def _take(file):
        try:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _take(file):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            # A network drive without locks says something else than "busy": go on without one.
            return error.errno not in (errno.EWOULDBLOCK, errno.EACCES)
        return True
