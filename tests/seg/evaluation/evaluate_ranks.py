"""Evaluates images as mmengine's validation loop does, each rank its share; rank 0 prints the results.

python evaluate_ranks.py SAMPLES.json CASES.json, where a case has images, batch_size, options.
"""

import json
import os
import sys
from pathlib import Path

import numpy as np
import torch
from mmengine.dataset import DefaultSampler
from torch.utils.data import DataLoader

from seg.evaluation import PanopticQualityMetric
from seg.runtime.launch import init_distributed


def evaluate(samples, dataset_meta, batch_size=1, **options):
    metric = PanopticQualityMetric(**options)
    metric.dataset_meta = dataset_meta
    sampler = DefaultSampler(samples, shuffle=False)
    for batch in DataLoader(samples, batch_size, sampler=sampler, collate_fn=list):
        metric.process({}, [with_prediction(sample) for sample in batch])
    return metric.evaluate(len(samples))


def with_prediction(sample):
    sem_seg = torch.from_numpy(np.load(sample['prediction']))[None]
    return {**sample, 'pred_panoptic_seg': {'sem_seg': sem_seg}}


if __name__ == '__main__':
    init_distributed('pytorch')
    data = json.loads(Path(sys.argv[1]).read_text())
    results = [
        evaluate(
            data['samples'][: case['images']], data['meta'], case['batch_size'], **case['options']
        )
        for case in json.loads(Path(sys.argv[2]).read_text())
    ]
    if os.environ['RANK'] == '0':
        print('RESULTS', json.dumps(results))
