"""The layout of a published model.

FOLDER/config.json              architecture, classes, prompts: plain data, no program
FOLDER/model.safetensors        weights
FOLDER/classifier.safetensors   the text classifier of the classes
FOLDER/manifest.json            digests of the files, how they were made, results
FOLDER/README.md                the model card
FOLDER/picture.{jpg,png}        a picture with its segments
"""

import hashlib
from pathlib import Path
from typing import Any

import msgspec

CONFIG = 'config.json'
WEIGHTS = 'model.safetensors'
CLASSIFIER = 'classifier.safetensors'
MANIFEST = 'manifest.json'
CARD = 'README.md'
PICTURES = ('picture.jpg', 'picture.png')
#: What is read; the others are for people.
READ = (CONFIG, WEIGHTS, CLASSIFIER)
FORMAT = 1


class FileRecord(msgspec.Struct):
    """What a file of the folder must be."""

    bytes: int
    sha256: str


class ClassifierRecord(msgspec.Struct):
    """How the text classifier was made, see :func:`~seg.text_classifier.manifest.build_manifest`."""

    model_name: str
    architecture: str
    pretrained: str | None
    weights_digest: str | None
    precision: str


class _Versioned(msgspec.Struct):
    """What a manifest of any format has."""

    format: int


class Manifest(msgspec.Struct, kw_only=True):
    """The manifest of a published model.

    Attributes:
        format: :data:`FORMAT`.
        files: What each file of the folder must be, the manifest excepted.
        classifier: How the text classifier was made.
        name: Of the model.
        date: Of publication.
        parameters: Number of the model's.
        precision: 'fp16' or 'fp32'.
        made_by: The command it was trained with.
        results: Of its evaluation, by name.
        versions: Of the libraries.
    """

    format: int
    files: dict[str, FileRecord]
    classifier: ClassifierRecord
    name: str = ''
    date: str = ''
    parameters: int = 0
    precision: str = ''
    made_by: str | None = None
    results: dict[str, Any] | None = None
    versions: dict[str, str] = {}


def record_of(content: bytes) -> FileRecord:
    """What a file of this content must be."""
    return FileRecord(len(content), hashlib.sha256(content).hexdigest())


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a published model.

    Raises:
        FileNotFoundError: If the folder is none, or not there.
        ValueError: If the manifest is damaged, or of another version.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f'there is no folder {folder}')
    if not (folder / CONFIG).is_file():
        raise FileNotFoundError(
            f'{folder} is no published model: it has no {CONFIG}; tools/publish_model.py CHECKPOINT '
            'FOLDER makes one'
        )
    file = folder / MANIFEST
    if not file.is_file():
        raise FileNotFoundError(f'{folder} is not complete: {MANIFEST} is missing')
    try:
        content = file.read_bytes()
        require_format(msgspec.json.decode(content, type=_Versioned).format, folder)
        return msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f'{file} is not the manifest of a published model: {error}') from None


def require_format(found: int, what: Path | str) -> None:
    """See that what was published is of the format that is read.

    Args:
        found: Its format.
        what: What it is the format of, for the message.

    Raises:
        ValueError: If it is another.
    """
    if found != FORMAT:
        way = 'update RPS' if found > FORMAT else 'publish the model again'
        raise ValueError(f'{what} is of format {found}, this RPS reads {FORMAT}; {way}')


def read_file(folder: Path, name: str, manifest: Manifest) -> bytes:
    """The content of a file that is the one of the manifest.

    Raises:
        FileNotFoundError: If it is not there.
        ValueError: If it is another.
    """
    file = folder / name
    if not file.is_file():
        raise FileNotFoundError(f'{folder} is not complete: {name} is missing')
    content = file.read_bytes()
    found, expected = record_of(content), manifest.files.get(name)
    if expected is None:
        raise ValueError(f'{folder / MANIFEST} does not list {name}')
    if found != expected:
        raise ValueError(
            f'{file} is not the file that was published: it has {found.bytes:,} bytes of sha256 '
            f'{found.sha256[:12]}..., the manifest says {expected.bytes:,} of '
            f'{expected.sha256[:12]}...; get the folder again'
        )
    return content
