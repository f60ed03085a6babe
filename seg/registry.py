"""Child registries of mmdet's, scope ``seg``.

A type that is not found here is looked up in mmdet, then in mmengine, so configs may mix ours and
theirs. Importing ``seg`` from another project (``custom_imports=dict(imports=['seg'])``) makes
``type='seg.OpenCLIPBackbone'`` work there.
"""

from seg.compat import require_packages

require_packages()

from mmdet import registry as mmdet  # noqa: E402
from mmengine.registry import Registry  # noqa: E402

MODELS = Registry(
    'model',
    parent=mmdet.MODELS,
    scope='seg',
    locations=[
        f'seg.models.{folder}'
        for folder in (
            'backbones',
            'text_encoders',
            'necks',
            'heads',
            'detectors',
            'exported',
            'start_average',
        )
    ],
)
DATASETS = Registry(
    'dataset',
    parent=mmdet.DATASETS,
    scope='seg',
    locations=[
        f'seg.datasets.{name}'
        for name in ('builtin', 'own_panoptic', 'semantic_ov', 'lvis', 'concat_ov')
    ],
)
TRANSFORMS = Registry(
    'transform', parent=mmdet.TRANSFORMS, scope='seg', locations=['seg.datasets.transforms']
)
METRICS = Registry('metric', parent=mmdet.METRICS, scope='seg', locations=['seg.evaluation'])
HOOKS = Registry(
    'hook',
    parent=mmdet.HOOKS,
    scope='seg',
    locations=['seg.engine.hooks'],
)
OPTIM_WRAPPERS = Registry(
    'optimizer wrapper',
    parent=mmdet.OPTIM_WRAPPERS,
    scope='seg',
    locations=['seg.engine.cpu_amp'],
)
VISBACKENDS = Registry(
    'vis_backend', parent=mmdet.VISBACKENDS, scope='seg', locations=['seg.engine.trackers']
)
VISUALIZERS = Registry('visualizer', parent=mmdet.VISUALIZERS, scope='seg')
TASK_UTILS = Registry('task util', parent=mmdet.TASK_UTILS, scope='seg')

# Nothing of ours is in these. mmengine warns at each look-up in a tree without a branch for the scope.
for _name in (
    'DATA_SAMPLERS',
    'LOG_PROCESSORS',
    'LOOPS',
    'MODEL_WRAPPERS',
    'OPTIMIZERS',
    'OPTIM_WRAPPER_CONSTRUCTORS',
    'PARAM_SCHEDULERS',
    'WEIGHT_INITIALIZERS',
):
    _parent = getattr(mmdet, _name)
    Registry(_parent.name, parent=_parent, scope='seg')  # its parent keeps it
