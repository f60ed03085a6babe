"""mmengine's Runner, with checkpoints read by :func:`~seg.runtime.checkpoints.reading.read_checkpoint`."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import torch
from mmengine.config import Config
from mmengine.logging import MMLogger
from mmengine.model import PretrainedInit
from mmengine.runner import CheckpointLoader, Runner
from mmengine.runner.checkpoint import get_external_models, get_torchvision_models
from torch import nn

from seg.engine.config_text import OnceFormatted
from seg.engine.hooks import ProgressHook
from seg.engine.terminal import AboveBars, quiet_terminal
from seg.models.wrappers import innermost
from seg.runtime.checkpoints.reading import read_checkpoint
from seg.runtime.checkpoints.weights import require_most_weights
from seg.runtime.collector import collect_as_usual
from seg.runtime.launch import on_rank_zero

_CATALOGUES = {
    'open-mmlab': get_external_models,
    'openmmlab': get_external_models,
    'torchvision': get_torchvision_models,
}


class SafeRunner(Runner):
    """Reads what it resumes from, ``load_from``, and the ``init_cfg`` of the model, without running it.

    mmengine 0.10.7 unpickles whatever a checkpoint holds, and its fork falls back to doing so. The terminal
    shows what people want to see, see :mod:`seg.engine.terminal`.

    Attributes:
        trust_checkpoint: Run what a checkpoint asks to run. Defaults to False.
    """

    trust_checkpoint = False
    is_verbose = False
    model: nn.Module
    _experiment_name: str

    @classmethod
    def from_cfg(cls, cfg: Config) -> 'SafeRunner':
        """As of ``Runner``, with the config's text formatted once."""
        return super().from_cfg(OnceFormatted.of(cfg))

    def build_logger(self, *args, **kwargs) -> MMLogger:
        """As of ``Runner``; the file has everything, the terminal only if the runner is verbose.

        mmengine names logger, message hub and visualizer after the second: a second runner of that second would
        write into the files of the first.
        """
        name, number = self._experiment_name, 2
        while MMLogger.check_instance_created(self._experiment_name):
            self._experiment_name = f'{name}_{number}'
            number += 1
        logger = super().build_logger(*args, **kwargs)
        if not self.is_verbose:
            quiet_terminal(logger)
        return logger

    def train(self) -> nn.Module:
        """As of ``Runner``; where it is stopped, so are its bars."""
        collect_as_usual()
        with self._bars():
            return super().train()

    def test(self) -> dict[str, float]:
        """As of ``Runner``; where it is stopped, so are its bars."""
        collect_as_usual()
        with self._bars():
            return super().test()

    @contextmanager
    def _bars(self) -> Iterator[None]:
        above = AboveBars(sys.stdout) if sys.stdout.isatty() else sys.stdout
        try:
            with redirect_stdout(above):
                yield
        finally:
            for hook in self.hooks:
                if isinstance(hook, ProgressHook):
                    hook.close()

    def load_checkpoint(self, *args, **kwargs) -> dict[str, Any]:
        """As of ``Runner``; what mmengine prints goes to the log."""
        printed = io.StringIO()
        with safe_loading(trust=self.trust_checkpoint), redirect_stdout(printed):
            checkpoint = super().load_checkpoint(*args, **kwargs)
        if printed.getvalue():
            self.logger.info(printed.getvalue().strip())
        return checkpoint

    def _init_model_weights(self) -> None:
        with safe_loading(trust=self.trust_checkpoint):
            for name, module in innermost(self.model).named_modules():
                self._require_pretrained(name, module)
            super()._init_model_weights()

    def _require_pretrained(self, name: str, module: nn.Module) -> None:
        """See that an ``init_cfg`` of type Pretrained names weights of its module.

        Raises:
            ValueError: If less than half of the module's weights match; mmengine goes on with
                random ones.
        """
        init = getattr(module, 'init_cfg', None)
        if not isinstance(init, dict) or init.get('type') not in ('Pretrained', PretrainedInit):
            return
        path = local_checkpoint(init['checkpoint'])
        saved = read_checkpoint(path, map_location='meta', trust=self.trust_checkpoint)
        prefix = f'{init["prefix"].rstrip(".")}.' if init.get('prefix') else ''
        weights = {
            k[len(prefix) :]: v for k, v in saved['state_dict'].items() if k.startswith(prefix)
        }
        setting = f'model.{name}.init_cfg' if name else 'model.init_cfg'
        found = require_most_weights(module, weights, path, setting=setting)
        self.logger.info(f'{setting}, {path}: {found}')


class VerboseRunner(SafeRunner):
    """The same, with all of the log in the terminal."""

    is_verbose = True


@contextmanager
def safe_loading(*, trust: bool = False) -> Iterator[None]:
    """Within it, mmengine's own loading of checkpoints reads by :func:`read_checkpoint`.

    Args:
        trust: Run what a checkpoint asks to run.
    """

    def load_from_file(filename: str, map_location: Any = None) -> dict[str, Any]:
        path = local_checkpoint(filename)
        return read_checkpoint(path, map_location=map_location, trust=trust)

    schemes = CheckpointLoader._schemes
    before = dict(schemes)
    schemes.update(dict.fromkeys(before, load_from_file))
    try:
        yield
    finally:
        schemes.update(before)


def local_checkpoint(name: str) -> Path:
    """The file of a checkpoint that a config names, downloaded if need be.

    Args:
        name: A path, ``http(s)://...``, ``open-mmlab://...`` or ``torchvision://...``.

    Raises:
        ValueError: If the name is none of these, or not in the catalogue.
        URLError: If the download fails.
    """
    scheme, separator, rest = name.partition('://')
    if not separator:
        return Path(name).expanduser()
    if scheme in _CATALOGUES:
        name = _CATALOGUES[scheme]().get(rest)
        if name is None:
            raise ValueError(f'unknown checkpoint {scheme}://{rest}')
    elif scheme not in ('http', 'https'):
        raise ValueError(
            f'checkpoint {name}: give a file, http(s)://, open-mmlab:// or torchvision://'
        )
    path = Path(torch.hub.get_dir()) / 'checkpoints' / Path(urlparse(name).path).name
    on_rank_zero(lambda: _download(name, path))
    _download(name, path)  # where this rank is another machine's
    return path


def _download(url: str, path: Path) -> None:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(url, str(path), progress=sys.stderr.isatty())
