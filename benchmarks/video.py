"""What a video costs beside its model: reading, drawing and writing, for the embedded model.

In each round the model runs alone over half of the frames, which are in memory; then the video runs end to end, from
file to file, with lines of JSON; then the model runs alone over the other half. The ratio is that of the two times.
That of CPU time is printed too: where other programs fill the cores, nothing can be hidden behind the model.

    python benchmarks/video.py
    python benchmarks/video.py --size 1280 720 --frames 50 --rounds 5
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from seg import Segmenter
from seg.apis.arguments import positive
from seg.apis.command_line import run_command
from seg.apis.frames.segmenting import segment_video
from seg.runtime.video.frame import VideoFormat
from seg.runtime.video.reading import VideoFile
from seg.runtime.video.writing import writing_video
from seg.shapes.scene import render_scene
from seg.shapes.worlds import get_world

RATE = Fraction(25)
SIDE = 128  # pixels of the pictures that the model knows


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--size', nargs=2, type=positive, default=(640, 480), metavar=('W', 'H'))
    parser.add_argument('--frames', type=positive, default=100)
    parser.add_argument('--rounds', type=positive, default=3)
    return parser.parse_args(argv)


def moving_pictures(count: int, size: tuple[int, int]) -> list[np.ndarray]:
    """Frames of a camera that moves along a row of drawn scenes."""
    rng, world = np.random.default_rng(0), get_world('shapes_open')
    scenes = [render_scene(world, rng, (SIDE, SIDE)).image[..., ::-1] for _ in range(6)]
    row = np.ascontiguousarray(np.hstack(scenes))
    lefts = np.linspace(0, row.shape[1] - SIDE, count).round().astype(int)
    return [cv2.resize(row[:, left : left + SIDE], size) for left in lefts]


def measured(work: Callable[[], object]) -> np.ndarray:
    """Seconds on the clock and of all CPUs."""
    begin = np.array([time.perf_counter(), time.process_time()])
    work()
    return np.array([time.perf_counter(), time.process_time()]) - begin


def main(args: argparse.Namespace) -> None:
    frames = moving_pictures(args.frames, tuple(args.size))
    segmenter = Segmenter.embedded()
    with tempfile.TemporaryDirectory() as folder:
        source, target, lines = (Path(folder, name) for name in ('a.mp4', 'b.mp4', 'a.jsonl'))
        with writing_video(source, VideoFormat(RATE, 1 / RATE, None)) as out:
            for number, frame in enumerate(frames):
                out.write(frame, number / RATE)

        def end_to_end() -> None:
            with lines.open('w') as file:
                segment_video(
                    segmenter, VideoFile(source), target, record=lambda one: print(one, file=file)
                )

        def alone(part: list[np.ndarray]) -> Callable[[], object]:
            return lambda: [segmenter(frame) for frame in part]

        alone(frames[:3])()
        middle = len(frames) // 2
        ratios = []
        for number in range(args.rounds):
            before = measured(alone(frames[:middle]))
            whole = measured(end_to_end)
            model = before + measured(alone(frames[middle:]))
            ratios.append(whole / model)
            print(
                f'round {number + 1}: model {1e3 * model[0] / len(frames):.1f} ms a frame, video '
                f'{1e3 * whole[0] / len(frames):.1f} ms a frame: {ratios[-1][0]:.3f} times '
                f'(CPU {1e3 * model[1] / len(frames):.1f} and {1e3 * whole[1] / len(frames):.1f} ms: '
                f'{ratios[-1][1]:.3f} times)',
                flush=True,
            )
    clock, cpu = (statistics.median(column) for column in zip(*ratios, strict=True))
    width, height = args.size
    print(
        f'{len(frames)} frames of {width} x {height}: {clock:.3f} times the model alone, CPU {cpu:.3f}'
    )


def run(argv: list[str] | None = None) -> int:
    args = parse_args(argv)
    return run_command(lambda: main(args))


if __name__ == '__main__':
    sys.exit(run())
