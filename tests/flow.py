"""The commands of the READMEs, one after the other, as processes of the Python that runs this.

For an environment: `python tests/flow.py OUT` runs them all in a few minutes on two CPU cores, writes
`OUT/numbers.json`, and stops at the first that fails. `--like OTHER` also compares the numbers with
those of another environment, for which it ran before.
"""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parents[1]
MODEL = 'ViT-S-32-alt'  # the smallest text tower of open_clip's registry
ADE20K = 'ADE20KPanopticDataset'
CONFIG = ROOT / 'configs/reg_sam/regnet_shapes.py'
OPEN_CONFIG = ROOT / 'configs/reg_sam/clip_shapes.py'
OPEN_MODEL = ROOT / 'seg/models/embedded/shapes_open/shapes_open.pth'


class Flow:
    """Runs commands in a folder; prints what they took."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.environment = {
            **os.environ,
            'PYTHON': sys.executable,
            'HF_HUB_OFFLINE': '1',
            'OMP_NUM_THREADS': '1',
            'SHAPES_ROOT': str(out / 'shapes/ADEChallengeData2016'),
            'SHAPES_OPEN_ROOT': str(out / 'open/ADEChallengeData2016'),
            'RPS_CLASSIFIER_ROOT': str(out / 'embd'),
        }

    def __call__(self, step: str, *command: object, code: int = 0, **environment: str) -> str:
        """Standard output and error of a command.

        Raises:
            SystemExit: If it ends with another code.
        """
        start = time.monotonic()
        done = self._start(command, environment, stdout=subprocess.PIPE)
        text, _ = done.communicate()
        if done.returncode != code:
            sys.exit(f'{text}\nerror: {step}: exit code {done.returncode}, expected {code}')
        print(f'{step:44}{time.monotonic() - start:6.1f} s', flush=True)
        return text

    def kill_when(self, step: str, pattern: str, *command: object) -> None:
        """Start a command and kill it, with all that it started, once its log matches."""
        log = self.out / 'killed.log'
        with log.open('w') as file:
            process = self._start(command, {}, stdout=file)
        while not re.search(pattern, log.read_text()):
            if process.poll() is not None:
                sys.exit(f'{log.read_text()}\nerror: {step}: ended before it could be killed')
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        print(step, flush=True)

    def _start(self, command, environment, **options) -> subprocess.Popen:
        return subprocess.Popen(
            [str(part) for part in command],
            env=self.environment | environment,
            cwd=self.out,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            **options,
        )


def run(out: Path) -> dict[str, float]:
    """Run the flow; the panoptic qualities that it measured."""
    from safetensors.torch import save_file

    flow, python = Flow(out), sys.executable
    tools, work = ROOT / 'tools', out / 'work'
    weights = out / 'clip.safetensors'
    save_file(random_clip(), weights)
    text = ('--model', MODEL, '--checkpoint', weights, '--templates', 'simple')

    flow('gen_ade20k_classifier.sh', ROOT / 'gen_ade20k_classifier.sh', *text)
    two = ('bash', tools / 'dist_train.sh', ROOT / 'configs/reg_sam/gen_ade20k_classifier.py', 2)
    two += ('--launcher', 'pytorch', *text, '--out-dir', out / 'two', '--no-cache')
    flow('dist_train.sh of the classifier, 2 processes', *two)
    require_near(classifier(out / 'embd'), classifier(out / 'two'), 'one process and two')

    make = (python, tools / 'make_shapes.py')
    flow('make_shapes.py', *make, out / 'shapes', '--images', 32, '--val', 8, '--size', 64)
    opened = (out / 'open', '--vocabulary', 'shapes_open', '--images', 1, '--val', 40)
    flow('make_shapes.py --vocabulary shapes_open', *make, *opened)
    check = (python, tools / 'check_ade_files.py', '--config', CONFIG, '--deep')
    flow('check_ade_files.py --deep', *check)
    flow('gen_cls.py of the config', python, tools / 'gen_cls.py', CONFIG)

    small = ('train_cfg.max_epochs=2', 'train_dataloader.num_workers=2')
    small += ('default_hooks.logger.interval=1', 'train_dataloader.batch_size=4')
    train = (python, tools / 'train.py', CONFIG, '--cfg-options', *small, '--work-dir')
    flow('train.py', *train, out / 'plain')
    flow('train.py --amp --ema', *train, out / 'amp', '--amp', '--ema')
    flow.kill_when('train.py, killed', r'Epoch\(train\)\s+\[2\]\[1/', *train, work, '--ema')
    resumed = flow('train.py --resume', *train, work, '--ema', '--resume')
    if 'Epoch(train) [1]' in ' '.join(resumed.split()):
        sys.exit('error: train.py --resume: began anew')
    trained = work / 'epoch_2.pth'
    flow(
        'dist_train.sh, 2 processes',
        'bash',
        tools / 'dist_train.sh',
        CONFIG,
        2,
        *train[3:],
        out / 'both',
    )
    for name in ('amp', 'work', 'both'):
        dumped = out / name / CONFIG.name
        flow(f'test.py on the config of {name}', python, tools / 'test.py', dumped, trained)
    flow('dist_test.sh, 2 processes', 'bash', tools / 'dist_test.sh', CONFIG, trained, 2)

    for split in ('train', 'val'):
        step = f'gen_cls.py --split {split} of the open model'
        flow(step, python, tools / 'gen_cls.py', OPEN_CONFIG, '--split', split)
    tested = flow('test.py of the open model', python, tools / 'test.py', OPEN_CONFIG, OPEN_MODEL)
    photo = next((out / 'shapes').rglob('validation/*.jpg'))
    demo = (python, ROOT / 'demo/image_demo.py', photo)
    flow('image_demo.py', *demo, out / 'amp' / CONFIG.name, trained, '--out-dir', out / 'demo')
    words = ('--classes', 'red ball; blue ring', '--stuff', 'sand;', '--out-dir', out / 'words')
    flow('image_demo.py --classes', *demo, OPEN_CONFIG, OPEN_MODEL, *words)

    broken = out / 'broken.py'
    broken.write_text('lr = 1\nmodel = dict(\n    lr=[1, 2][lr * 5])\n')
    said = flow('train.py of a config that raises', python, tools / 'train.py', broken, code=1)
    expected = [str(broken), 'line 3', 'IndexError']
    if len(said.splitlines()) != 1 or not all(word in said for word in expected):
        sys.exit(f'{said}\nerror: expected one line with {", ".join(expected)}')
    return {name: float(value) for name, value in re.findall(r'\b([PSR]Q\w*): ([\d.]+)', tested)}


def random_clip() -> dict[str, torch.Tensor]:
    """Weights of a small CLIP that every version of PyTorch draws alike: numbers of NumPy."""
    import numpy as np
    import open_clip

    rng = np.random.default_rng(0)
    state = open_clip.create_model(MODEL).state_dict()
    return {
        key: torch.from_numpy(rng.normal(0, 0.02, value.shape).astype('f'))
        if value.is_floating_point()
        else value.clone()
        for key, value in sorted(state.items())
    }


def classifier(folder: Path) -> torch.Tensor:
    """The classifier of ADE20K that was made in a folder."""
    return torch.load(folder / f'{MODEL}_{ADE20K}.pth', weights_only=True)


def require_near(found: torch.Tensor, expected: torch.Tensor, what: str) -> None:
    """Print the largest difference between two classifiers; end above 1e-6."""
    far = float((found - expected).abs().max())
    print(f'largest difference of the classifiers of {what}: {far:.1e}')
    if far > 1e-6:
        sys.exit(f'error: classifiers of {what} differ')


def main() -> None:
    """Run the flow, keep its numbers, compare them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('out', type=Path, help='a new folder')
    parser.add_argument('--like', type=Path, help='OUT of another environment')
    args = parser.parse_args()
    out = args.out.resolve()
    if out.exists():
        parser.error(f'{out} is there already; name a new folder')
    if args.like and not (args.like / 'numbers.json').is_file():
        parser.error(f'{args.like} has no numbers.json; run this in the other environment first')
    out.mkdir(parents=True)
    numbers = run(out)
    (out / 'numbers.json').write_text(json.dumps(numbers, indent=1))
    print(json.dumps(numbers))
    if args.like:
        require_near(classifier(out / 'embd'), classifier(args.like / 'embd'), 'both environments')
        other = json.loads((args.like / 'numbers.json').read_text())
        if numbers != other:
            sys.exit(f'error: the other environment measured {json.dumps(other)}')
        print('the same qualities, to the last digit printed')


if __name__ == '__main__':
    main()
