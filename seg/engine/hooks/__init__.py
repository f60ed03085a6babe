"""Hooks of training and evaluation, one behaviour a file."""

from seg.engine.hooks.checkpoint_hook import AtomicCheckpointHook
from seg.engine.hooks.data_workers_hook import DataWorkersHook
from seg.engine.hooks.epoch_seed_hook import EpochSeedHook
from seg.engine.hooks.norm_statistics_hook import NormStatisticsHook
from seg.engine.hooks.picture_hook import PanopticPictureHook
from seg.engine.hooks.progress_hook import ProgressHook
from seg.engine.hooks.resumed_schedule_hook import ResumedScheduleHook
from seg.engine.hooks.vocabulary_hook import EvalVocabularyHook

__all__ = [
    'AtomicCheckpointHook',
    'DataWorkersHook',
    'EpochSeedHook',
    'EvalVocabularyHook',
    'NormStatisticsHook',
    'PanopticPictureHook',
    'ProgressHook',
    'ResumedScheduleHook',
]
