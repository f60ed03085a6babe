"""``demo/image_demo.py`` on videos, cameras and streams, with a model that finds the same in all pictures."""

import functools
import http.server
import importlib.util
import json
import resource
import signal
import socket
import struct
import sys
import threading
import time
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import torch
from tqdm import TMonitor

from seg.panoptic.segmentation import Segmentation

DEMO = Path(__file__).parents[2] / 'demo/image_demo.py'
NTSC = Fraction(30_000, 1001)


class Model:
    """Stands for a segmenter: the left half of each picture is a cat."""

    device, model = torch.device('cpu'), None  # several calls at once
    calls: list = []
    at_call: dict = {}  # what happens in the call of a number
    lock = threading.Lock()

    def __init__(self, *_, **__):
        Model.calls, Model.at_call = [], {**Model.at_call}

    def __call__(self, images, batch_size=1):
        with Model.lock:
            Model.calls.append(len(images))
            number = len(Model.calls)
        Model.at_call.get(number, lambda: None)()
        return [self.segment(image) for image in images]

    def segment(self, image):
        panoptic = np.ones(image.shape[:2], int)
        panoptic[:, : image.shape[1] // 2] = 1000
        return Segmentation.from_mmdet(image, panoptic, {1: 0.5, 1000: 0.75}, ['cat', 'sky'], 1)


@pytest.fixture
def demo(monkeypatch, capsys, tmp_path):
    """Runs the command; returns exit code, standard output and standard error. No thread may be left."""
    monkeypatch.setattr('seg.apis.segmenter.Segmenter', Model)
    monkeypatch.setattr('seg.apis.published.opening.read_model', lambda *_: None)
    monkeypatch.setattr(Model, 'at_call', {})
    monkeypatch.chdir(tmp_path)
    spec = importlib.util.spec_from_file_location('image_demo', DEMO)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    before = set(threading.enumerate())
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    def call(*words):
        code = module.run([*map(str, words[:1]), 'config.py', 'weights.pth', *map(str, words[1:])])
        left = set(threading.enumerate()) - before
        assert {type(thread) for thread in left} <= {TMonitor}  # one, which tqdm keeps
        assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)] == [
            handlers[0],
            signal.SIG_DFL,
        ]
        return code, *capsys.readouterr()

    return call


def make_video(path, frames=8, size=(64, 48), rate=Fraction(25), codec='mpeg4', times=None):
    """Grey frames, each brighter than the last."""
    options = {'movflags': 'faststart'} if path.suffix == '.mp4' else {}
    with av.open(str(path), 'w', options=options) as container:
        stream = container.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt = *size, 'yuv420p'
        stream.codec_context.time_base = 1 / rate
        stream.codec_context.gop_size = 4
        for number in range(frames):
            grey = np.full((*size[::-1], 3), 20 + 200 * number // frames, np.uint8)
            grey[:, : size[0] // 4] = 255
            frame = av.VideoFrame.from_ndarray(grey, format='bgr24')
            frame.pts = times[number] if times else number
            frame.time_base = 1 / rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def read_video(path):
    """Its frames, uint8 [H, W, 3] in BGR; their times; its rate."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == 'h264'
        frames = list(container.decode(stream))
        return (
            [frame.to_ndarray(format='bgr24') for frame in frames],
            [frame.pts * frame.time_base for frame in frames],
            stream.average_rate,
        )


def read_lines(path):
    return [json.loads(line) for line in path.read_text(encoding='utf-8').splitlines()]


def files_in(folder):
    return sorted(str(f.relative_to(folder)) for f in folder.rglob('*') if f.is_file())


def one_line(err):
    assert err.count('\n') == 1 and err.startswith('error: '), err
    return err


@pytest.mark.parametrize(('size', 'rate'), [((64, 48), Fraction(25)), ((66, 50), NTSC)])
def test_a_video_keeps_its_size_rate_and_frames(demo, tmp_path, size, rate):
    make_video(tmp_path / 'a.mp4', size=size, rate=rate)
    code, out, err = demo('a.mp4', '--jsonl', 'a.jsonl')
    assert code == 0 and not err
    assert out.startswith('demo_output/a.mp4.mp4: 8 frames in ')
    frames, times, found_rate = read_video(tmp_path / 'demo_output/a.mp4.mp4')
    assert found_rate == rate and times == [n / rate for n in range(8)]
    assert {frame.shape for frame in frames} == {(*size[::-1], 3)}
    lines = read_lines(tmp_path / 'a.jsonl')
    assert [line['frame'] for line in lines] == list(range(8))
    assert [line['time'] for line in lines] == pytest.approx(
        [n / float(rate) for n in range(8)], abs=1e-6
    )
    first = lines[0]
    assert first['source'] == 'a.mp4' and (first['width'], first['height']) == size
    assert {segment['name'] for segment in first['segments']} == {'cat', 'sky'}
    assert files_in(tmp_path) == ['a.jsonl', 'a.mp4', 'demo_output/a.mp4.mp4']


def test_an_odd_size_stays_and_what_is_drawn_is_seen(demo, tmp_path):
    with av.open(str(tmp_path / 'a.avi'), 'w') as container:
        stream = container.add_stream('ffv1', rate=10)
        stream.width, stream.height, stream.pix_fmt = 65, 47, 'bgr0'
        for _ in range(3):
            grey = np.full((47, 65, 3), 128, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format='bgr24')))
        container.mux(stream.encode())
    assert demo('a.avi', '--out', 'b.mkv')[0] == 0
    frames, _, rate = read_video(tmp_path / 'b.mkv')
    assert len(frames) == 3 and rate == 10 and frames[0].shape == (47, 65, 3)
    left, right = frames[0][20, 10].astype(int), frames[0][20, 55].astype(int)
    assert np.abs(left - 128).max() > 40 and np.abs(left - right).max() > 20


def test_frames_at_uneven_times_keep_them(demo, tmp_path):
    times = [0, 1, 5, 6, 20, 21]
    make_video(tmp_path / 'a.mkv', 6, times=times)
    assert demo('a.mkv', '--jsonl', 'a.jsonl')[0] == 0
    _, found, _ = read_video(tmp_path / 'demo_output/a.mkv.mp4')
    expected = [number / 25 for number in times]
    assert [float(t) for t in found] == pytest.approx(expected)
    assert [line['time'] for line in read_lines(tmp_path / 'a.jsonl')] == pytest.approx(expected)


def test_a_video_that_was_filmed_upright_stands_upright(demo, tmp_path):
    make_video(tmp_path / 'a.mp4', 3)
    content = bytearray((tmp_path / 'a.mp4').read_bytes())
    matrix = content.index(b'tkhd') + 44
    quarter = struct.pack('>9i', 0, 1 << 16, 0, -(1 << 16), 0, 0, 48 << 16, 0, 1 << 30)
    content[matrix : matrix + 36] = quarter
    (tmp_path / 'a.mp4').write_bytes(content)
    upright = cv2.VideoCapture(str(tmp_path / 'a.mp4'))
    _, expected = upright.read()
    upright.release()
    seen = []
    Model.at_call = {}
    segment = Model.segment
    try:
        Model.segment = lambda self, image: seen.append(image) or segment(self, image)
        assert demo('a.mp4')[0] == 0
    finally:
        Model.segment = segment
    assert seen[0].shape == expected.shape == (64, 48, 3)
    assert np.abs(seen[0].astype(int) - expected).max() < 8


def test_frames_and_batches_are_counted(demo, tmp_path):
    make_video(tmp_path / 'a.mp4')
    code, out, _ = demo('a.mp4', '--frames', 5, '--batch-size', 2)
    assert code == 0 and '5 frames' in out
    assert Model.calls == [2, 2, 1]
    assert len(read_video(tmp_path / 'demo_output/a.mp4.mp4')[0]) == 5


def test_what_is_no_video_is_one_line_and_leaves_nothing(demo, tmp_path):
    (tmp_path / 'empty.mp4').touch()
    (tmp_path / 'text.mkv').write_text('no video')
    make_video(tmp_path / 'cut.mov')  # its index is at the end
    (tmp_path / 'cut.mov').write_bytes((tmp_path / 'cut.mov').read_bytes()[:-400])
    with av.open(str(tmp_path / 'sound.mp4'), 'w') as container:
        stream = container.add_stream('aac', rate=8000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), 'fltp', 'mono')
        sound.rate = 8000
        container.mux(stream.encode(sound))
        container.mux(stream.encode())
    before = files_in(tmp_path)
    for name in before:
        code, out, err = demo(name, '--jsonl', 'a.jsonl')
        assert code == 1 and not out and f'video {name} cannot be read: ' in one_line(err)
    code, _, err = demo('none.mp4')
    assert code == 1 and 'none.mp4 does not exist' in one_line(err)
    assert files_in(tmp_path) == before and not (tmp_path / 'demo_output').exists()


@pytest.mark.parametrize('name', ['a.mp4', 'a.mkv', 'a.avi'])
def test_of_a_video_that_is_cut_off_the_rest_is_used(demo, tmp_path, name):
    whole = make_video(tmp_path / name, 40, (160, 120)).read_bytes()
    (tmp_path / name).write_bytes(whole[: len(whole) * 6 // 10])
    code, out, err = demo(name, '--jsonl', 'a.jsonl')
    assert code == 1 and f'{name} is cut off: it has ' in one_line(err)
    count = len(read_lines(tmp_path / 'a.jsonl'))
    assert 5 < count < 38 and f'; {count} frames were used' in err and f': {count} frames' in out
    assert len(read_video(tmp_path / f'demo_output/{name}.mp4')[0]) == count


def test_damage_in_the_middle_is_told(demo, tmp_path):
    content = bytearray(make_video(tmp_path / 'a.mp4', 40, (160, 120)).read_bytes())
    middle = content.index(b'mdat') + 2 * (len(content) - content.index(b'mdat')) // 3
    content[middle : middle + 300] = bytes(number * 7919 >> 3 & 255 for number in range(300))
    (tmp_path / 'a.mp4').write_bytes(content)
    code, _, err = demo('a.mp4')
    assert code == 1 and 'a.mp4 is damaged: ' in one_line(err) and 'frames were used' in err
    assert 30 < len(read_video(tmp_path / 'demo_output/a.mp4.mp4')[0]) <= 40


def test_a_camera_that_is_not_there_is_one_line(demo, tmp_path):
    for camera in (97, '/dev/video97'):
        code, out, err = demo(camera)
        assert code == 1 and not out and 'camera 97 cannot be read' in one_line(err)
    assert not files_in(tmp_path)


class FakeCapture:
    """As ``cv2.VideoCapture`` of a camera that is unplugged after a while."""

    frames = 10**6

    def __init__(self, number):
        self.left = FakeCapture.frames

    def read(self):
        time.sleep(0.002)
        self.left -= 1
        return self.left >= 0, np.full((48, 64, 3), 99, np.uint8) if self.left >= 0 else None

    def get(self, _):
        return 500.0

    def release(self):
        pass


@pytest.fixture
def camera(monkeypatch):
    monkeypatch.setattr(cv2, 'VideoCapture', FakeCapture)
    return FakeCapture


def test_ctrl_c_ends_a_camera_with_a_whole_video(demo, camera, tmp_path):
    Model.at_call = {4: lambda: signal.raise_signal(signal.SIGINT)}
    code, out, err = demo(0, '--jsonl', 'a.jsonl')
    assert code == 0 and not err and ': 4 frames in ' in out
    (video,) = (tmp_path / 'demo_output').iterdir()
    assert video.name.startswith('camera-0_2')
    _, times, _ = read_video(video)
    lines = read_lines(tmp_path / 'a.jsonl')
    assert [float(t) for t in times] == pytest.approx([one['time'] for one in lines], abs=1e-4)
    assert len(lines) == 4 and times == sorted(times)


def test_no_recording_takes_the_place_of_another(demo, camera, tmp_path, monkeypatch):
    monkeypatch.setattr(time, 'strftime', lambda _: 'now')
    for _ in range(2):
        assert demo(0, '--frames', 2)[0] == 0
    assert files_in(tmp_path / 'demo_output') == ['camera-0_now.mp4', 'camera-0_now_2.mp4']


def test_frames_that_come_too_fast_are_left_out_and_counted(demo, camera, tmp_path):
    Model.at_call = dict.fromkeys(range(1, 4), lambda: time.sleep(0.1))
    code, out, _ = demo(0, '--frames', 3)
    assert code == 0 and ': 3 frames in ' in out and 'more came too fast' in out


def test_a_camera_that_is_unplugged_leaves_what_it_gave(demo, camera, tmp_path, monkeypatch):
    monkeypatch.setattr(camera, 'frames', 3)
    code, _, err = demo(0, '--out', 'a.mp4')
    assert code == 1 and 'camera 0 broke off; ' in one_line(err)
    assert 1 <= len(read_video(tmp_path / 'a.mp4')[0]) <= 3


def test_ctrl_c_on_a_file_keeps_the_frames_so_far_and_says_so(demo, tmp_path):
    make_video(tmp_path / 'a.mp4', 30)
    for number, code_expected in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        Model.at_call = {3: lambda number=number: signal.raise_signal(number)}
        code, out, err = demo('a.mp4')
        assert code == code_expected and err == 'interrupted; what was done is kept\n'
        frames = len(read_video(tmp_path / 'demo_output/a.mp4.mp4')[0])
        assert 3 <= frames <= 8 and f': {frames} frames' in out  # with those that were at hand


def test_a_second_ctrl_c_ends_at_once_and_leaves_nothing(demo, tmp_path):
    def twice():
        signal.raise_signal(signal.SIGINT)
        time.sleep(0.5)  # which the main thread has to take note
        signal.raise_signal(signal.SIGINT)

    make_video(tmp_path / 'a.mp4')
    Model.at_call = {3: twice}
    code, _, err = demo('a.mp4', '--jsonl', 'a.jsonl')
    assert code == 130 and err == 'interrupted\n'
    assert files_in(tmp_path) == ['a.mp4']


@pytest.fixture
def server(tmp_path, monkeypatch):
    """Serves the folder ``served``; the address."""
    monkeypatch.setenv('no_proxy', '*')

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    (tmp_path / 'served').mkdir()
    handler = functools.partial(Quiet, directory=str(tmp_path / 'served'))
    with http.server.HTTPServer(('127.0.0.1', 0), handler) as serving:
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        yield f'127.0.0.1:{serving.server_port}'
        serving.shutdown()
        thread.join()


def test_a_stream_is_read_and_its_password_is_kept(server, demo, tmp_path):
    make_video(tmp_path / 'served/a.ts')
    code, out, err = demo(f'http://me:secret@{server}/a.ts?token=secret', '--jsonl', 'a.jsonl')
    assert code == 0 and not err and ' frames in ' in out
    count = len(read_lines(tmp_path / 'a.jsonl'))
    assert 1 <= count <= 8  # a stream without an end does not wait for the model
    assert {line['source'] for line in read_lines(tmp_path / 'a.jsonl')} == {
        f'http://{server}/a.ts'
    }
    (video,) = (tmp_path / 'demo_output').iterdir()
    assert len(read_video(video)[0]) == count
    code, _, err = demo(f'http://me:secret@{server}/none.ts')
    assert code == 1 and f'video http://{server}/none.ts cannot be read: ' in one_line(err)
    assert 'secret' not in out + err + video.name


def test_a_stream_that_does_not_answer_ends_after_the_timeout(demo, tmp_path, monkeypatch):
    monkeypatch.setenv('no_proxy', '*')
    with socket.create_server(('127.0.0.1', 0)) as silent:
        for scheme in ('http', 'rtsp'):
            url = f'{scheme}://127.0.0.1:{silent.getsockname()[1]}/a'
            code, _, err = demo(url, '--timeout', 0.3)
            assert code == 1 and f'{url} cannot be read: no answer within 0.3 s' in one_line(err)
    code, _, err = demo(url)
    assert code == 1 and 'cannot be read: Connection refused' in one_line(err)
    code, _, err = demo('gopher://host/a')
    assert code == 1 and 'is no address of a stream' in one_line(err)
    assert not files_in(tmp_path)


def test_outputs_that_cannot_be_made_are_refused_before_the_work(demo, tmp_path):
    make_video(tmp_path / 'a.mp4', 2)
    (tmp_path / 'mine.mp4').write_text('mine')
    (tmp_path / 'mine.jsonl').write_text('mine')
    (tmp_path / 'folder.mp4').mkdir()
    for words, expected in (
        (('--out', 'none/b.mp4'), 'there is no folder none'),
        (('--jsonl', 'none/b.jsonl'), 'there is no folder none'),
        (('--out', 'mine.mp4/b.mp4'), 'there is no folder mine.mp4'),
        (('--out', 'folder.mp4'), 'it is a folder'),
        (
            ('--out', 'b.gif'),
            "'.gif' is the suffix of no video that can be written; use one of .mp4",
        ),
        (('--out', 'b'), "'' is the suffix of no video"),
        (('--jsonl', 'b.json'), 'lines of JSON go to a file in .jsonl'),
        (('--out', 'mine.mp4'), 'mine.mp4 exists; give another name, or --overwrite'),
        (('--jsonl', 'mine.jsonl'), 'mine.jsonl exists'),
        (('--out', 'a.mp4', '--overwrite'), 'is itself one of the input files'),
        (('--out-dir', 'mine.mp4'), 'cannot write mine.mp4/a.mp4.mp4'),
    ):
        code, out, err = demo('a.mp4', *words)
        assert code == 1 and expected in one_line(err) and not out
    assert files_in(tmp_path) == ['a.mp4', 'mine.jsonl', 'mine.mp4']
    assert (tmp_path / 'mine.mp4').read_text() == (tmp_path / 'mine.jsonl').read_text() == 'mine'
    code, *_ = demo('a.mp4', '--out', 'mine.mp4', '--jsonl', 'mine.jsonl', '--overwrite')
    assert code == 0 and len(read_lines(tmp_path / 'mine.jsonl')) == 2
    assert len(read_video(tmp_path / 'mine.mp4')[0]) == 2


def test_a_folder_of_pictures_and_videos_of_which_some_are_broken(demo, tmp_path):
    mine = tmp_path / 'mine'
    mine.mkdir()
    code, _, err = demo('mine')
    assert code == 1 and 'folder mine holds no pictures or videos' in one_line(err)
    for name in ('a.png', 'c.png', 'd.png'):
        cv2.imwrite(str(mine / name), np.full((40, 60, 3), 128, np.uint8))
    (mine / 'b.jpg').write_text('no picture')
    (mine / 'e.mkv').write_text('no video')
    (mine / 'notes.txt').touch()
    make_video(mine / 'f.mp4')
    code, out, err = demo('mine', '--jsonl', 'a.jsonl', '--batch-size', 2, '--frames', 4)
    assert code == 1 and out.count('\n') == 4
    skipped = err.splitlines()
    assert skipped[0].startswith('skipped: image mine/b.jpg cannot be read')
    assert skipped[1].startswith('skipped: video mine/e.mkv cannot be read')
    assert skipped[2:] == ['error: 2 of 6 pictures and videos could not be used and were skipped']
    assert Model.calls == [1, 2, 2, 2]
    sources = [line['source'] for line in read_lines(tmp_path / 'a.jsonl')]
    assert sources == ['mine/a.png', 'mine/c.png', 'mine/d.png', *['mine/f.mp4'] * 4]
    made = [
        f'{name}{suffix}' for name in ('a.png', 'c.png', 'd.png') for suffix in ('.json', '.png')
    ]
    assert files_in(tmp_path / 'demo_output') == [*made, 'f.mp4.mp4']


def test_a_disk_that_is_full_leaves_no_part_of_a_video(demo, tmp_path):
    make_video(tmp_path / 'a.mp4', 60, (320, 240))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    for words, name in ((('--out', 'b.mp4'), 'b.mp4'), (('--out', 'b.mkv'), 'b.mkv')):
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, limits[1]))
        try:
            code, out, err = demo('a.mp4', *words)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert code == 1 and not out and f'cannot write {name}: File too large' in one_line(err)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        code, _, err = demo('a.mp4', '--jsonl', 'a.jsonl', '--frames', 2)
        assert code == 0, err
        code, _, err = demo('a.mp4', '--jsonl', 'b.jsonl')
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert code == 1 and 'cannot write' in one_line(err)
    assert files_in(tmp_path) == ['a.jsonl', 'a.mp4', 'demo_output/a.mp4.mp4']


def test_a_model_that_fails_leaves_nothing(demo, tmp_path):
    def fail():
        raise MemoryError

    make_video(tmp_path / 'a.mp4')
    Model.at_call = {3: fail}
    code, _, err = demo('a.mp4', '--jsonl', 'a.jsonl')
    assert code == 1 and one_line(err) == 'error: out of memory\n'
    assert files_in(tmp_path) == ['a.mp4']


def test_without_av_a_video_is_one_line_and_a_picture_works(demo, tmp_path, monkeypatch):
    make_video(tmp_path / 'a.mp4')
    cv2.imwrite(str(tmp_path / 'a.png'), np.zeros((40, 60, 3), np.uint8))
    monkeypatch.setitem(sys.modules, 'av', None)
    code, _, err = demo('a.mp4')
    assert code == 1 and 'videos need the package av' in one_line(err) and 'pip install av' in err
    assert demo('a.png')[0] == 0


def test_times_that_are_none_are_refused(demo, capsys):
    for value in ('0', '-1', 'nan', 'soon', '1e9'):
        with pytest.raises(SystemExit):
            demo('0', '--timeout', value)
        assert 'expected seconds above 0' in capsys.readouterr().err
