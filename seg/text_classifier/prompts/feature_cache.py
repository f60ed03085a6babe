"""Candidate features kept between runs, so that a changed class costs its own prompts alone."""

import hashlib
import json
import sqlite3
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor

from seg.runtime.file_owners import others_may_write
from seg.text_classifier.storage import NORM_TOLERANCE

# A new number wherever the same inputs would give other features.
FORMAT = 1
MAX_BYTES = 512 * 2**20
_CHECK_BYTES = 8
_TABLE = """CREATE TABLE IF NOT EXISTS features
    (key BLOB PRIMARY KEY, value BLOB NOT NULL, used REAL NOT NULL) WITHOUT ROWID"""
Result = TypeVar('Result')


class FeatureCache:
    """Features by the digest of all that decides them: weights, templates, precision, candidate.

    One SQLite file serves several processes at once and survives being killed at any point: an
    entry is there whole or not at all. It is read only if it is what every feature must be, a unit
    vector of the right size with its checksum, and dropped if not. A cache that cannot be read or
    written, or that others may write to, costs time and a warning, never a result.

    Args:
        path: The SQLite file.
        deciding: What decides the features besides the candidate, as JSON can hold it.
        size: Number D of a feature's values.
        max_bytes: Bound on the features kept; those unused for longest go first.
    """

    def __init__(
        self, path: Path, deciding: dict[str, Any], size: int, max_bytes: int = MAX_BYTES
    ) -> None:
        self.path = path
        self.size = size
        self.max_bytes = max_bytes
        self._deciding = json.dumps([FORMAT, deciding], sort_keys=True)
        self._is_usable = True

    def get(self, candidates: Iterable[str]) -> dict[str, Tensor]:
        """Those of the candidates that are kept, each Tensor[D], float32."""
        keys = {self._key(name): name for name in candidates}

        def read(connection: sqlite3.Connection) -> dict[str, Tensor]:
            found, broken, now = {}, [], time.time()
            for key, name in keys.items():
                row = connection.execute(
                    'SELECT value FROM features WHERE key = ?', (key,)
                ).fetchone()
                feature = _unpack(row[0], self.size) if row else None
                if feature is not None:
                    found[name] = feature
                elif row:
                    broken.append((key,))
            connection.executemany('DELETE FROM features WHERE key = ?', broken)
            used = [(now, self._key(name)) for name in found]
            connection.executemany('UPDATE features SET used = ? WHERE key = ?', used)
            return found

        return self._attempt(read) or {}

    def put(self, candidates: Sequence[str], features: Tensor) -> None:
        """Keep the features Tensor[N, D] of N candidates, and drop the oldest beyond the bound."""
        now = time.time()
        rows = [
            (self._key(name), _pack(feature), now)
            for name, feature in zip(candidates, features, strict=True)
        ]

        def write(connection: sqlite3.Connection) -> None:
            connection.executemany('INSERT OR REPLACE INTO features VALUES (?, ?, ?)', rows)
            count, size = connection.execute(
                'SELECT count(*), coalesce(sum(length(value)), 0) FROM features'
            ).fetchone()
            if size > self.max_bytes:
                surplus = -(-(size - self.max_bytes) * count // size)
                connection.execute(
                    'DELETE FROM features WHERE key IN '
                    '(SELECT key FROM features ORDER BY used LIMIT ?)',
                    (surplus,),
                )

        self._attempt(write)

    def _key(self, candidate: str) -> bytes:
        return hashlib.sha256(json.dumps([self._deciding, candidate]).encode()).digest()

    def _attempt(self, action: Callable[[sqlite3.Connection], Result]) -> Result | None:
        """Run ``action`` in one transaction; after a failure, warn and leave the cache alone."""
        if not self._is_usable:
            return None
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            for place in (self.path.parent, self.path):
                if others_may_write(place):
                    raise OSError(f'others may write to {place}; chmod go-w it')
            connection = sqlite3.connect(self.path, timeout=30)
            try:
                with connection:
                    connection.execute(_TABLE)
                    return action(connection)
            finally:
                connection.close()
        except (sqlite3.Error, OSError) as error:
            self._is_usable = False
            warnings.warn(f'feature cache {self.path} is not used: {error}', stacklevel=3)
            return None


def _pack(feature: Tensor) -> bytes:
    content = feature.float().numpy().tobytes()
    return hashlib.sha256(content).digest()[:_CHECK_BYTES] + content


def _unpack(value: Any, size: int) -> Tensor | None:
    """The feature of an entry; None if it is no whole unit vector of ``size`` values."""
    if not isinstance(value, bytes) or len(value) != _CHECK_BYTES + 4 * size:
        return None
    content = value[_CHECK_BYTES:]
    if hashlib.sha256(content).digest()[:_CHECK_BYTES] != value[:_CHECK_BYTES]:
        return None
    feature = torch.frombuffer(bytearray(content), dtype=torch.float32)
    return feature if abs(feature.norm().item() - 1) < NORM_TOLERANCE else None  # no NaN, either
