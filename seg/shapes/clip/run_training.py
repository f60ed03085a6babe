"""Train the embedded CLIP: progress for a person who watches, snapshots, weights and manifest."""

from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path

from open_clip import CLIP
from tqdm import tqdm

from seg.models.embedded.clip import WEIGHTS_FILE
from seg.shapes.clip.accuracy import Accuracy, evaluate_shapes_clip
from seg.shapes.clip.captions import naming_words
from seg.shapes.clip.storage import read_manifest, write_manifest, write_weights
from seg.shapes.clip.training import Progress, Schedule, train

MODEL = 'shapes_clip'
#: Seconds of training between two snapshots.
SNAPSHOT_SECONDS = 120


def train_shapes_clip(
    out: Path,
    schedule: Schedule,
    *,
    seed: int,
    command: str,
    start: Path | None = None,
    crops: int = 5,
    scenes: int = 200,
) -> Accuracy:
    """Train, write weights and manifest to a folder, and evaluate them.

    Until the end the folder holds a snapshot, whose manifest says ``"finished": false``.

    Args:
        out: Folder of ``open_clip_model.safetensors`` and ``manifest.json``.
        schedule: How to train.
        seed: Of weights and data.
        command: The command line, for the manifest.
        start: Folder of an earlier training to go on from; its manifest becomes part of the new
            one. None for random weights.
        crops: Crops of each combination in the evaluation.
        scenes: Scenes in the evaluation.
    """
    manifest = {
        'model_name': MODEL,
        'command': command,
        'seed': seed,
        'date': datetime.now(timezone.utc).isoformat(timespec='seconds'),
        'schedule': asdict(schedule),
        'words': naming_words(),
        'start': None if start is None else read_manifest(start),
    }
    out.mkdir(parents=True, exist_ok=True)  # an error now, not after an hour
    snapshots = 0
    with tqdm(
        total=1.0, disable=None, bar_format='{desc}{percentage:5.1f}%|{bar}| {postfix}'
    ) as bar:

        def report(progress: Progress, model: CLIP) -> None:
            nonlocal snapshots
            _show(bar, progress)
            if progress.seconds >= (snapshots + 1) * SNAPSHOT_SECONDS or progress.part == 1:
                snapshots = int(progress.seconds // SNAPSHOT_SECONDS)
                state = {'finished': progress.part == 1, 'steps': progress.step}
                write_weights(model, out, {**manifest, **state, 'loss': round(progress.loss, 4)})

        weights = None if start is None else start / WEIGHTS_FILE
        train(MODEL, schedule, seed=seed, report=report, start=weights)
    accuracy = evaluate_shapes_clip(str(out), crops=crops, scenes=scenes)
    write_manifest(out, {**read_manifest(out), 'accuracy': accuracy.as_dict()})
    return accuracy


def _show(bar: tqdm, progress: Progress) -> None:
    left = progress.seconds * (1 / progress.part - 1)
    bar.set_postfix_str(
        f'step {progress.step}, loss {progress.loss:.3f}, '
        f'{progress.step / progress.seconds:.2f} steps/s, {tqdm.format_interval(left)} left',
        refresh=False,
    )
    bar.update(progress.part - bar.n)
