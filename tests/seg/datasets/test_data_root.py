from seg.datasets import ADE20KPanopticDataset
from seg.datasets.data_root import expand_data_root

FOLDER = '${SOME_ROOT:-data/some set}'


def test_the_environments_folder_comes_before_the_default(monkeypatch):
    monkeypatch.delenv('SOME_ROOT', raising=False)
    assert expand_data_root(FOLDER) == 'data/some set'
    monkeypatch.setenv('SOME_ROOT', '')
    assert expand_data_root(FOLDER) == 'data/some set'
    monkeypatch.setenv('SOME_ROOT', '/mnt/my data')
    assert expand_data_root(FOLDER) == '/mnt/my data'


def test_any_other_folder_stays_as_it_is(tmp_path):
    assert expand_data_root('data/${SOME_ROOT}/a $b') == 'data/${SOME_ROOT}/a $b'
    assert expand_data_root(tmp_path) == str(tmp_path)


def test_a_dataset_whose_config_another_tool_read_finds_the_environments_folder(monkeypatch):
    monkeypatch.setenv('SOME_ROOT', '/mnt/ade')
    dataset = ADE20KPanopticDataset(
        data_root=FOLDER, ann_file='train.json', data_prefix=dict(img='images/'), lazy_init=True
    )
    assert dataset.ann_file == '/mnt/ade/train.json'
    assert dataset.data_prefix['img'] == '/mnt/ade/images/'
