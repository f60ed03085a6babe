from urllib.error import URLError

import pytest
import torch
from mmengine.config import Config
from torch.utils.data import DataLoader

from seg.apis.run_errors import explaining_errors
from seg.runtime.image_files import UnreadableImageError

CFG = Config({'model': {'backbone': {'init_cfg': {'checkpoint': 'open-mmlab://regnet'}}}})


@pytest.mark.parametrize(
    ('raised', 'kind', 'words'),
    [
        (URLError('no network'), OSError, 'open-mmlab://regnet: no network; give a local file'),
        (torch.cuda.OutOfMemoryError('tried 2 GiB'), MemoryError, '^tried 2 GiB; a smaller'),
        (RuntimeError('gloo: Connection closed by peer [1]'), ConnectionError, 'has said why'),
        (
            RuntimeError('each data_itement in list of batch should be of equal size'),
            ValueError,
            'has to end in PackDetInputs$',
        ),
        (
            Exception('Cannot find valid image after 1000! Please check your image path'),
            ValueError,
            'none has a segment left to learn from after its pipeline; .*check_ade_files.py$',
        ),
        (Exception('other'), Exception, '^other$'),
        (RuntimeError('shapes differ'), RuntimeError, '^shapes differ$'),
        (ValueError('as it was'), ValueError, '^as it was$'),
        (TypeError('not iterable'), TypeError, '^not iterable$'),
    ],
)
def test_what_a_person_can_mend_is_told_and_the_rest_is_left(raised, kind, words):
    with pytest.raises(kind, match=words), explaining_errors(CFG):
        raise raised


class Broken(torch.utils.data.Dataset):
    def __init__(self, error):
        self.error = error

    def __len__(self):
        return 1

    def __getitem__(self, index):
        raise self.error


@pytest.mark.parametrize('kind', [UnreadableImageError, FileNotFoundError, ValueError])
def test_of_a_data_workers_error_its_own_words_are_left(kind):
    loader = DataLoader(Broken(kind('image a.jpg: no picture')), num_workers=1)
    with pytest.raises(kind, match=r'^image a\.jpg: no picture$'), explaining_errors(CFG):
        next(iter(loader))


def test_a_backbone_without_weights_is_no_error_of_its_own():
    with (
        pytest.raises(OSError, match='weights None: '),
        explaining_errors(Config({'model': {'backbone': {'init_cfg': None}}})),
    ):
        raise URLError('no network')
