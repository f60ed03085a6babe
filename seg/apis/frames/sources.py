"""What the words of a command line name: pictures, video files, cameras and streams."""

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from seg.panoptic.picture import IMAGE_SUFFIXES, image_files
from seg.runtime.video.camera import Camera
from seg.runtime.video.frame import Video
from seg.runtime.video.reading import VIDEO_SUFFIXES, VideoFile

_CAMERA = re.compile(r'(?:/dev/video)?(\d{1,4})')
_SCHEME = re.compile(r'([a-z][a-z0-9+.-]*)://.', re.IGNORECASE)
_SCHEMES = ('rtsp', 'rtsps', 'http', 'https', 'rtmp', 'srt', 'udp', 'rtp', 'tcp')


@dataclass(frozen=True)
class VideoSource:
    """A video that can be opened.

    Args:
        name: For people; without the password that a URL may hold.
        file: The file, None for a camera or stream.
        camera: The camera's number. Defaults to None, it is none.
        url: The stream. Defaults to None, it is none.
    """

    name: str
    file: Path | None = None
    camera: int | None = None
    url: str | None = None

    def open(self, timeout: float) -> Video:
        """Open it; see :class:`VideoFile` and :class:`Camera` for errors.

        Args:
            timeout: Seconds that a stream may be silent.
        """
        if self.camera is not None:
            return Camera(self.camera)
        return VideoFile(self.url or str(self.file), self.name, timeout)

    def recording_name(self) -> str:
        """Name of the file for a camera or stream, with the time: no recording is made a second time."""
        word = re.sub(r'\W+', '-', self.name.split('://')[-1]).strip('-')
        return f'{word[:60]}_{time.strftime("%Y-%m-%d_%H-%M-%S")}.mp4'


def find_sources(words: Iterable[str]) -> tuple[list[Path], list[VideoSource]]:
    """Pictures and videos, each once, in the order of the words.

    Args:
        words: A file, a folder, a camera's number such as ``0``, or a URL. Of a folder, the pictures and videos in
            it by their suffixes. Of other files, those with a video's suffix are videos, all others pictures.

    Raises:
        FileNotFoundError: If one does not exist, or a folder holds neither pictures nor videos.
        ValueError: If streams of a URL's kind are not known.
    """
    pictures: list[Path] = []
    videos: list[VideoSource] = []
    for word in words:
        camera = _CAMERA.fullmatch(word)
        if camera:
            number = int(camera[1])
            videos.append(VideoSource(f'camera {number}', camera=number))
        elif _SCHEME.match(word):
            videos.append(_stream(word))
        else:
            files = _files(Path(word).expanduser())
            videos += [VideoSource(str(f), f) for f in files if _is_video(f)]
            pictures += [f for f in files if not _is_video(f)]
    return list(dict.fromkeys(pictures)), list(dict.fromkeys(videos))


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return image_files(path)
    suffixes = (*IMAGE_SUFFIXES, *VIDEO_SUFFIXES)
    files = sorted(f for f in path.iterdir() if f.suffix.lower() in suffixes)
    if not files:
        raise FileNotFoundError(
            f'folder {path} holds no pictures or videos ({", ".join(suffixes)})'
        )
    return files


def _is_video(file: Path) -> bool:
    return file.suffix.lower() in VIDEO_SUFFIXES


def _stream(url: str) -> VideoSource:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise ValueError(f'{url} is no address of a stream: {error}') from None
    if parts.scheme not in _SCHEMES or not parts.netloc:
        raise ValueError(
            f'{url} is no address of a stream; expected e.g. rtsp://HOST/PATH or http://HOST/PATH '
            f'({", ".join(_SCHEMES)})'
        )
    host = parts.netloc.rpartition('@')[2]
    return VideoSource(f'{parts.scheme}://{host}{parts.path}', url=url)
