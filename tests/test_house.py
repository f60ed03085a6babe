"""How large a file and a folder may grow before a part has to find a room of its own."""

from collections import Counter
from pathlib import Path

SEG = Path(__file__).parents[1] / 'seg'
FILES = sorted(SEG.rglob('*.py'))


def test_a_file_has_at_most_250_lines():
    lines = {file: len(file.read_text(encoding='utf-8').splitlines()) for file in FILES}
    assert lines and not {str(file): count for file, count in lines.items() if count > 250}


def test_a_folder_has_at_most_15_files_side_by_side():
    count = Counter(file.parent for file in FILES)
    assert count and not {str(folder): files for folder, files in count.items() if files > 15}
