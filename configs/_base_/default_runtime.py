from mmdet.models.layers import ExpMomentumEMA
from mmengine.hooks import (
    DistSamplerSeedHook,
    EMAHook,
    IterTimerHook,
    LoggerHook,
    ParamSchedulerHook,
)
from mmengine.runner import LogProcessor
from mmengine.visualization import LocalVisBackend, TensorboardVisBackend, Visualizer

from seg.engine.hooks import (
    AtomicCheckpointHook,
    DataWorkersHook,
    EpochSeedHook,
    NormStatisticsHook,
    PanopticPictureHook,
)

default_scope = 'seg'

default_hooks = dict(
    timer=dict(type=IterTimerHook),
    logger=dict(type=LoggerHook, interval=50),
    param_scheduler=dict(type=ParamSchedulerHook),
    checkpoint=dict(
        type=AtomicCheckpointHook, interval=1, max_keep_ckpts=2, save_best='PQ', rule='greater'
    ),
    sampler_seed=dict(type=DistSamplerSeedHook),
    epoch_seed=dict(type=EpochSeedHook),
    data_workers=dict(type=DataWorkersHook),
    norm_statistics=dict(type=NormStatisticsHook),
)
env_cfg = dict(
    cudnn_benchmark=True,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl'),
)
custom_hooks = [dict(type=PanopticPictureHook)]
# Averages of the weights; tools/train.py --ema adds it to custom_hooks.
ema_hook = dict(type=EMAHook, ema_type=ExpMomentumEMA, momentum=0.0002, gamma=2000)
randomness = dict(seed=0)
log_processor = dict(type=LogProcessor, window_size=50)
log_level = 'INFO'
visualizer = dict(
    type=Visualizer, vis_backends=[dict(type=LocalVisBackend), dict(type=TensorboardVisBackend)]
)
load_from = None
resume = False
