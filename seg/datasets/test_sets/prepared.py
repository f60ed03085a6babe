"""Which test sets have to be prepared, and the command that does it."""

from seg.runtime.project_files import how_to_run

#: Name of the test set, and that of its data set.
PREPARED = {
    'pc59': 'PascalContext59Dataset',
    'pc459': 'PascalContext459Dataset',
    'ade20k_full': 'ADE20KFullDataset',
}


def preparation(name: str) -> str:
    """What to say after a line about missing files.

    Args:
        name: Of a test set, or of its data set.

    Returns:
        The command that makes them; empty where there is none.
    """
    for test_set, dataset in PREPARED.items():
        if name in (test_set, dataset):
            command = how_to_run('tools/prepare_test_sets.py')
            return f'; {command} {test_set} makes it of the released files'
    return ''
