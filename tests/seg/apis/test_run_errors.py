from urllib.error import URLError

import pytest
import torch
from mmengine.config import Config

from seg.apis.run_errors import explaining_errors

CFG = Config({'model': {'backbone': {'init_cfg': {'checkpoint': 'open-mmlab://regnet'}}}})


@pytest.mark.parametrize(
    ('raised', 'kind', 'words'),
    [
        (URLError('no network'), OSError, 'open-mmlab://regnet: no network; give a local file'),
        (torch.cuda.OutOfMemoryError('tried 2 GiB'), MemoryError, '^tried 2 GiB; a smaller'),
        (RuntimeError('gloo: Connection closed by peer [1]'), ConnectionError, 'has said why'),
        (RuntimeError('shapes differ'), RuntimeError, '^shapes differ$'),
        (ValueError('as it was'), ValueError, '^as it was$'),
    ],
)
def test_what_a_person_can_mend_is_told_and_the_rest_is_left(raised, kind, words):
    with pytest.raises(kind, match=words), explaining_errors(CFG):
        raise raised


def test_a_backbone_without_weights_is_no_error_of_its_own():
    with (
        pytest.raises(OSError, match='weights None: '),
        explaining_errors(Config({'model': {'backbone': {'init_cfg': None}}})),
    ):
        raise URLError('no network')
