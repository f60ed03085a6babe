"""Who may ask the page for something, and how much of the disk it may use."""

import ipaddress
import socket
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_REQUEST = 32 * 2**20  # bytes; a picture may have 30 MB
MAX_STORED = 512 * 2**20  # bytes of uploads and answers
#: Of a file that is opened itself: a picture shows, nothing runs or is fetched.
_POLICY = "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'"
_FILES = '/file'  # in the path of every address that serves one


class PageGuard:
    """Middleware: own host and origin only, requests of bounded size, a bounded folder of inert files.

    A page of another site can make a browser call this one; the browser then tells its origin. A
    name that another site lets point to this machine is in the host. An address is no such name. Any
    visitor may lay a file: of one that is opened as a page of its own, no script runs.

    Args:
        app: What it stands before.
        host: The address that is listened on, whose name may be asked for.
        folder: Where uploads and answers are; the oldest make room for new ones.
    """

    def __init__(self, app: ASGIApp, host: str, folder: Path) -> None:
        self.app = app
        self.folder = folder
        self.names = {'localhost', host.lower(), socket.gethostname().lower()}
        self.kept = set(_files(folder))  # examples

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that is not to be served, hand on any other."""
        if scope['type'] == 'http':
            refused = self._refusal(Headers(scope=scope), scope['method'])
            if refused is not None:
                return await refused(scope, receive, send)
            if scope['method'] == 'POST':
                make_room(self.folder, MAX_STORED, self.kept)
            if _FILES in scope['path']:
                send = _inert(send)
        return await self.app(scope, receive, send)

    def _refusal(self, headers: Headers, method: str) -> PlainTextResponse | None:
        host, origin = headers.get('host', ''), headers.get('origin')
        if not self._is_own(host):
            return PlainTextResponse('Unknown host name.', 421)
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return PlainTextResponse('Requests from other sites are not allowed.', 403)
        if method == 'POST':
            length = headers.get('content-length', '')
            if not length.isdecimal():
                return PlainTextResponse('Content-Length is required.', 411)
            if int(length) > MAX_REQUEST:
                return PlainTextResponse(f'At most {MAX_REQUEST >> 20} MiB are taken.', 413)
        return None

    def _is_own(self, host: str) -> bool:
        try:
            name = urlsplit(f'//{host}').hostname or ''
            return name in self.names or bool(ipaddress.ip_address(name))
        except ValueError:
            return False


def _inert(send: Send) -> Send:
    """What sends a file so that a browser takes it for the kind it is said to be, and runs nothing of it."""

    async def call(message: Message) -> None:
        if message['type'] == 'http.response.start':
            headers = MutableHeaders(scope=message)
            headers['Content-Security-Policy'] = _POLICY
            headers['X-Content-Type-Options'] = 'nosniff'
        await send(message)

    return call


def make_room(folder: Path, most: int, kept: Iterable[Path] = ()) -> None:
    """Remove the oldest files of a folder until it holds ``most`` bytes, but none of ``kept``."""
    files = _files(folder)
    held = sum(size for _, size in files.values())
    for path in sorted(files.keys() - set(kept), key=files.__getitem__):
        if held <= most:
            return
        path.unlink(missing_ok=True)
        held -= files[path][1]


def _files(folder: Path) -> dict[Path, tuple[float, int]]:
    """Time of the last change and size of each file; others may be removing some."""
    found = {}
    for path in folder.rglob('*'):
        try:
            stat = path.stat()
        except FileNotFoundError:
            continue
        if path.is_file():
            found[path] = stat.st_mtime, stat.st_size
    return found
