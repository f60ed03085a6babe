"""How long a generation takes that finds its file up to date, beside the import of PyTorch alone."""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from seg.apis.arguments import positive
from seg.apis.config.classifier import templates_from_config, vocabulary_from_config
from seg.apis.config.read import read_config
from seg.text_classifier.candidates import split_classes
from seg.text_classifier.classifier import assemble_classifier, distinct_candidates
from seg.text_classifier.manifest import build_manifest
from seg.text_classifier.naming import classifier_name, classifier_path
from seg.text_classifier.storage import save_classifier

ROOT = Path(__file__).resolve().parents[1]
CONFIG = ROOT / 'configs/reg_sam/gen_ade20k_classifier.py'
MODEL, TAG = 'convnext_large_d_320', 'laion2b_s29b_b131k_ft_soup'


def save_as_generated(folder: str) -> None:
    """The file of the config with random rows, under the manifest of the real one."""
    cfg = read_config(str(CONFIG))
    vocabulary = vocabulary_from_config(cfg)
    candidates = split_classes(vocabulary.classes)
    rows = torch.randn(len(distinct_candidates(candidates)), 768)
    manifest = build_manifest(
        model_name=MODEL,
        dataset_name=vocabulary.dataset_name,
        classes=vocabulary.classes,
        templates=templates_from_config(cfg),
        architecture=MODEL,
        precision='fp32',
        pretrained=f'{MODEL}:{TAG}',
    )
    path = classifier_path(classifier_name(MODEL, vocabulary.dataset_name), folder)
    rows = torch.nn.functional.normalize(rows, dim=-1)
    save_classifier(path, assemble_classifier(rows, candidates), manifest)


def seconds(command: list[str], folder: str) -> float:
    """Wall time of a command that has to succeed."""
    environment = {**os.environ, 'RPS_CLASSIFIER_ROOT': folder}
    start = time.perf_counter()
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> int:
    """Time the commands in turns; print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--runs', type=positive, default=9, help='of each command (default: 9)')
    args = parser.parse_args()
    commands = {
        'import torch': [sys.executable, '-c', 'import torch'],
        'gen_cls.py, up to date': [sys.executable, str(ROOT / 'tools/gen_cls.py'), str(CONFIG)],
        'gen_cls.py --verify': [
            *(sys.executable, str(ROOT / 'tools/gen_cls.py'), str(CONFIG), '--verify')
        ],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory() as folder:
        save_as_generated(folder)
        for _ in tqdm(range(args.runs), unit='round'):
            for name, command in commands.items():
                times[name].append(seconds(command, folder))
    floor = statistics.median(times['import torch'])
    print('| command | seconds | times the import of torch |\n| --- | ---: | ---: |')
    for name, values in times.items():
        median = statistics.median(values)
        print(f'| {name} | {median:.2f} | {median / floor:.2f} |')
    return 0


if __name__ == '__main__':
    sys.exit(main())
