"""``demo/app.py`` as a process, used in a headless Chromium as a person would."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

APP = Path(__file__).parents[2] / 'demo/app.py'
PATIENCE = 300  # seconds, for machines with much else to do


@pytest.fixture
def server(random_open_model, tmp_path):
    """Address of the running demo, and the file with what it prints."""
    pytest.importorskip('gradio')
    config, weights, options = random_open_model
    log = tmp_path / 'log.txt'
    with log.open('w') as file:
        process = subprocess.Popen(
            [sys.executable, str(APP), config, weights, '--cfg-options', *options],
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, 'HOME': str(tmp_path), 'TMPDIR': str(tmp_path)},
        )
    try:
        yield wait_for(lambda: address_in(log.read_text(), process)), log
        process.terminate()
        assert process.wait(30) == 143 and not list(tmp_path.glob('rps-page-*'))
    finally:
        process.kill()


@pytest.fixture
def browser(tmp_path):
    for program, package in (('chromium', 'chromium'), ('chromedriver', 'chromium-driver')):
        if shutil.which(program) is None:
            pytest.skip(f'no {program}: on Debian, apt-get install {package}')
    webdriver = pytest.importorskip('selenium.webdriver')

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which('chromium')
    options.set_capability('goog:loggingPrefs', {'performance': 'ALL'})
    flags = ['--headless=new', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run']
    if os.geteuid() == 0:
        flags.append('--no-sandbox')  # Chromium has none for root
    for flag in (*flags, '--window-size=1280,1100', f'--user-data-dir={tmp_path}/profile'):
        options.add_argument(flag)
    driver = webdriver.Chrome(options, webdriver.ChromeService(shutil.which('chromedriver')))
    yield driver
    driver.quit()


class Page:
    """What a person does on the page, and sees."""

    def __init__(self, driver, address):
        self.driver = driver
        driver.get(address)
        wait_for(lambda: self.find('#picture img').get_property('naturalWidth'))

    def find(self, selector):
        return self.driver.find_element('css selector', selector)

    def type(self, things, stuff):
        for box, words in (('things', things), ('stuff', stuff)):
            self.driver.execute_script(
                'arguments[0].value = arguments[1];'
                'arguments[0].dispatchEvent(new Event("input", {bubbles: true}))',
                self.find(f'#{box} textarea, #{box} input'),
                words,
            )

    def press(self):
        """Press the button; the new message."""
        shown = '#message [class^=rps-]'
        before = self.find(shown).text
        self.find('#segment').click()
        return wait_for(lambda: (now := self.find(shown).text) not in ('', before) and now)

    def take_picture_away(self):
        self.find('#picture button[aria-label="Remove Image"]').click()
        wait_for(lambda: self.find('#picture input[type=file]'))

    def upload(self, file):
        self.find('#picture input[type=file]').send_keys(str(file))

    def segments(self):
        """Cells of the table of segments: class, kind, score, share."""
        rows = self.driver.find_elements('css selector', '#segments tr')[1:]
        return [[c.text for c in row.find_elements('css selector', 'td')][1:] for row in rows]

    def has_overlay(self):
        images = self.driver.find_elements('css selector', '#overlay img')
        return bool(images) and images[0].get_property('naturalWidth') > 0


@pytest.mark.slow
def test_words_give_labelled_segments_and_wrong_input_a_message(browser, server, tmp_path):
    address, log = server
    page = Page(browser, address)
    page.type('red star; zebra, striped horse', 'sand; sky, blue sky')
    message = page.press()
    assert 'of 4 classes. Words encoded in' in message and 'picture segmented in' in message
    wait_for(page.has_overlay)
    segments = page.segments()
    assert segments and f'{len(segments)} segment' in message
    kinds = {'red star': 'thing', 'zebra': 'thing', 'sand': 'stuff', 'sky': 'stuff'}
    for name, kind, score, share in segments:
        assert kinds[name] == kind and 0 <= float(score) <= 1 and share.endswith(' %')

    page.type(' ; ', '')
    assert 'Type a word for at least one class' in page.press()
    assert not page.segments() and not page.has_overlay()
    page.type('red star; zebra', 'red star')
    assert "'red star' is given twice" in page.press()
    page.type('red star,,zebra', '')
    assert "in 'red star,,zebra' a comma or slash has no word" in page.press()
    page.type('; '.join(f'thing number {number}' for number in range(480)), 'a\n' * 5 + 'b')
    assert "'a' is given twice" in page.press()
    page.type('; '.join(f'thing number {number}' for number in range(1201)), 'sky; sand')
    assert 'of 1203 classes' in page.press()
    assert {name.rpartition(' ')[0] for name, *_ in page.segments()} <= {'thing number', ''}

    page.take_picture_away()
    assert 'Give a picture first' in page.press()
    (tmp_path / 'words.txt').write_text('no picture')
    page.upload(tmp_path / 'words.txt')
    wait_for(lambda: 'Invalid file type: words.txt' in page.find('body').text)
    (tmp_path / 'words.png').write_text('no picture')
    page.upload(tmp_path / 'words.png')
    wait_for(lambda: page.find('#picture button[aria-label="Remove Image"]'))
    assert 'not a picture that can be read' in page.press()

    assert 'Traceback' not in log.read_text()
    asked = requests_of(browser)
    assert asked and not [url for url in asked if not url.startswith(address)]


def requests_of(driver):
    """What the page asked for over a network."""
    events = [json.loads(entry['message'])['message'] for entry in driver.get_log('performance')]
    sent = [e['params']['request']['url'] for e in events if e['method'].endswith('WillBeSent')]
    return [url for url in sent if url.startswith(('http', 'ws'))]


def address_in(text, process):
    assert process.poll() is None, text
    start = text.find('open http')
    return text[start:].split()[1] if start >= 0 else None


def wait_for(condition):
    from selenium.common.exceptions import WebDriverException

    end = time.monotonic() + PATIENCE
    while True:
        try:
            found = condition()
        except WebDriverException as error:  # not there yet, or replaced while read
            found, reason = None, str(error)
        else:
            reason = f'last seen: {found!r}'
        if found:
            return found
        assert time.monotonic() < end, reason
        time.sleep(0.1)


@pytest.fixture
def app(capsys, monkeypatch):
    """Runs the command; returns exit code and standard error."""
    monkeypatch.setenv('GRADIO_TEMP_DIR', '')  # the command sets it; what it was comes back
    spec = importlib.util.spec_from_file_location('app', APP)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def call(*args):
        try:
            code = module.run([str(arg) for arg in args])
        except SystemExit as stop:  # argparse
            code = stop.code
        return code, capsys.readouterr().err

    return call


def test_a_missing_model_is_one_line(app, random_open_model, tmp_path):
    config, _, options = random_open_model
    for args, words in (
        ([tmp_path / 'none.py', 'none.pth'], 'none.py does not exist'),
        ([config, tmp_path / 'none.pth', '--cfg-options', *options], 'none.pth does not exist'),
    ):
        code, err = app(*args)
        assert code == 1 and words in err and err.startswith('error: ') and err.count('\n') == 1


def test_a_config_needs_a_checkpoint(app):
    code, err = app('config.py')
    assert code == 2 and 'a config needs a checkpoint' in err
