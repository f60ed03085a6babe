"""A server that speaks as much of the Hugging Face hub's protocol as its client needs for a model.

What is committed can be downloaded: small files come with the commit, large ones by Git LFS.
"""

import base64
import hashlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

import yaml

TOKEN = 'hf_of_the_tests'
LARGE = ('.safetensors',)


class LocalHub:
    """The server, in a thread.

    Attributes:
        endpoint: Its address.
        repos: Of each repository, the files of its only revision.
        requests: Method and path of what was asked.
        writers: Whether the token may write.
        header: Of the model card that was sent last.
    """

    def __init__(self):
        self.repos: dict[str, dict[str, bytes]] = {}
        self.requests: list[str] = []
        self.writers = True
        self.header: dict = {}
        self.large: dict[str, bytes] = {}
        handler = type('Handler', (_Handler,), {'hub': self})
        self._server = ThreadingHTTPServer(('127.0.0.1', 0), handler)
        self.endpoint = f'http://127.0.0.1:{self._server.server_port}'

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def commit_of(self, repo):
        """The revision of a repository's files."""
        names = [f'{name} {_digest(own)}' for name, own in sorted(self.repos[repo].items())]
        return hashlib.sha1('\n'.join(names).encode()).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    hub: LocalHub
    protocol_version = 'HTTP/1.1'

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.answer()

    do_HEAD = do_POST = do_PUT = do_GET

    def answer(self):
        path, _, _ = unquote(self.path).partition('?')
        self.hub.requests.append(f'{self.command} {path}')
        body = self.body()
        for pattern, method in (
            (r'/api/models/(\w+/[\w.-]+)/revision/(\w+)', self.info),
            (r'/api/models/(\w+/[\w.-]+)/tree/(\w+)', self.tree),
            (r'/(\w+/[\w.-]+)/resolve/(\w+)/(.+)', self.file),
        ):
            if (match := re.fullmatch(pattern, path)) and self.command in ('GET', 'HEAD'):
                return self.known(*match.groups()) and method(*match.groups())
        if self.command == 'PUT':  # to an address that the hub has signed
            self.hub.large[path.rpartition('/')[2]] = body
            return self.send(b'')
        if self.headers.get('authorization') != f'Bearer {TOKEN}':
            return self.send({'error': 'Invalid username or password.'}, 401)
        if not self.hub.writers:
            return self.send({'error': 'no rights'}, 403)
        if path == '/api/repos/create':
            return self.create(json.loads(body))
        if path == '/api/validate-yaml':
            header = json.loads(body)['content'].split('---\n')[1]
            self.hub.header = yaml.safe_load(header)
            return self.send({'errors': [], 'warnings': []})
        for pattern, method in (
            (r'/api/models/(\w+/[\w.-]+)/preupload/main', self.preupload),
            (r'/(\w+/[\w.-]+)\.git/info/lfs/objects/batch', self.batch),
            (r'/api/models/(\w+/[\w.-]+)/commit/main', self.commit),
        ):
            if match := re.fullmatch(pattern, path):
                return method(match[1], body)
        return self.send({'error': 'not spoken here'}, 501)

    def known(self, repo, revision, *_):
        if repo not in self.hub.repos:
            self.send({'error': 'Repository not found'}, 404, {'X-Error-Code': 'RepoNotFound'})
            return False
        if revision not in ('main', self.hub.commit_of(repo)):
            self.send({'error': 'Invalid rev id'}, 404, {'X-Error-Code': 'RevisionNotFound'})
            return False
        return True

    def info(self, repo, _revision):
        siblings = [{'rfilename': name} for name in self.hub.repos[repo]]
        self.send(
            {'id': repo, 'modelId': repo, 'sha': self.hub.commit_of(repo), 'siblings': siblings}
        )

    def tree(self, repo, _revision):
        entries = []
        for name, content in self.hub.repos[repo].items():
            oid = hashlib.sha1(content).hexdigest()
            entry = {'type': 'file', 'path': name, 'size': len(content), 'oid': oid}
            if name.endswith(LARGE):
                entry['lfs'] = {'oid': _digest(content), 'size': len(content), 'pointerSize': 130}
            entries.append(entry)
        self.send(entries)

    def file(self, repo, _revision, name):
        content = self.hub.repos[repo].get(name)
        if content is None:
            return self.send({'error': 'none'}, 404, {'X-Error-Code': 'EntryNotFound'})
        tag = (_digest if name.endswith(LARGE) else lambda own: hashlib.sha1(own).hexdigest())(
            content
        )
        headers = {'X-Repo-Commit': self.hub.commit_of(repo), 'ETag': f'"{tag}"'}
        return self.send(content, headers=headers)

    def create(self, asked):
        repo = f'{asked["organization"]}/{asked["name"]}'
        code = 409 if repo in self.hub.repos else 200
        self.hub.repos.setdefault(repo, {})
        self.send({'url': f'{self.hub.endpoint}/{repo}', 'name': repo}, code)

    def preupload(self, _repo, body):
        files = [
            {
                'path': own['path'],
                'uploadMode': 'lfs' if own['path'].endswith(LARGE) else 'regular',
                'shouldIgnore': False,
            }
            for own in json.loads(body)['files']
        ]
        self.send({'files': files})

    def batch(self, _repo, body):
        objects = [
            {**own, 'actions': {'upload': {'href': f'{self.hub.endpoint}/large/{own["oid"]}'}}}
            for own in json.loads(body)['objects']
        ]
        self.send({'transfer': 'basic', 'objects': objects})

    def commit(self, repo, body):
        for line in map(json.loads, body.splitlines()):
            value = line['value']
            if line['key'] == 'file':
                self.hub.repos[repo][value['path']] = base64.b64decode(value['content'])
            elif line['key'] == 'lfsFile':
                content = self.hub.large[value['oid']]
                assert _digest(content) == value['oid'] and len(content) == value['size']
                self.hub.repos[repo][value['path']] = content
        commit = self.hub.commit_of(repo)
        url = f'{self.hub.endpoint}/{repo}/commit/{commit}'
        self.send({'success': True, 'commitOid': commit, 'commitUrl': url})

    def body(self):
        if 'chunked' in self.headers.get('transfer-encoding', ''):
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b''.join(parts)
        return self.rfile.read(int(self.headers.get('content-length') or 0))

    def send(self, answer, code=200, headers=None):
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(code)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header('Content-Length', str(len(content)))
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(content)


def _digest(content):
    return hashlib.sha256(content).hexdigest()
