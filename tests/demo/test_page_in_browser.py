"""``demo/app.py`` as a process, with the model that comes with RPS, used in a browser as a person would.

One server and one browser serve all tests. A visit is a new window without a past.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip('gradio')
INSTALL = 'not installed: pip install -e ".[test]"'
playwright = pytest.importorskip('playwright.sync_api', reason=INSTALL)

APP = Path(__file__).parents[2] / 'demo/app.py'
PATIENCE = 120  # seconds, for machines with much else to do
DESKTOP = dict(viewport=dict(width=1280, height=900))
PHONE = dict(viewport=dict(width=390, height=844), is_mobile=True, has_touch=True)
NOTHING_DARK = """() => {
    const canvas = document.querySelector('.rps-stage canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return document.querySelector('.rps-tip').hidden && data.every((value) => !value);
}"""
HAS_OUTLINE = "() => getComputedStyle(document.activeElement).outlineStyle === 'solid'"
IN_FOCUS_AND_ABOVE_THE_BUTTON = """() => {
    const [own, button] = [document.activeElement, document.querySelector('#segment')];
    return own.tagName === 'TEXTAREA' && getComputedStyle(own).outlineStyle === 'solid' &&
        own.getBoundingClientRect().bottom <= button.getBoundingClientRect().top;
}"""
WCAG_AA = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

pytestmark = pytest.mark.slow


@pytest.fixture(scope='module')
def browser():
    program = next(
        filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome'))), None
    )
    if program is None:
        pytest.skip('no Chromium: on Debian, apt-get install chromium')
    with playwright.sync_playwright() as started:
        # Chromium has no sandbox for root.
        flags = ['--no-sandbox'] if os.geteuid() == 0 else []
        yield started.chromium.launch(executable_path=program, args=flags)


@pytest.fixture(scope='module')
def address(browser, tmp_path_factory):
    """Where the running page is; at the end it has printed no traceback and leaves nothing."""
    folder = tmp_path_factory.mktemp('server')
    log = folder / 'log.txt'
    with log.open('w') as file:
        process = subprocess.Popen(
            [sys.executable, str(APP)],
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, 'HOME': str(folder), 'TMPDIR': str(folder)},
        )
    try:
        end = time.monotonic() + PATIENCE
        while not (found := re.search(r'open (http\S+)', log.read_text())):
            assert process.poll() is None and time.monotonic() < end, log.read_text()
            time.sleep(0.1)
        yield found[1]
        process.terminate()
        assert process.wait(30) == 143 and not list(folder.glob('rps-page-*'))
        assert 'Traceback' not in log.read_text()
    finally:
        process.kill()


@pytest.fixture
def visit(browser, address):
    """Opens the page in a new window; nothing may have asked another host for anything."""

    @contextmanager
    def call(query='', **window):
        context = browser.new_context(**window)
        page = context.new_page()
        page.set_default_timeout(1000 * PATIENCE)
        asked = []
        page.on('request', lambda request: asked.append(request.url))
        page.goto(address + query)
        page.wait_for_selector('#chips li')
        yield page
        own = (address, 'data:', 'blob:')
        assert asked and not [url for url in asked if not url.startswith(own)]
        context.close()

    return call


def press(page):
    """Press the button; what is said when it is done."""
    page.evaluate("document.querySelector('#message .rps-box').dataset.old = true")
    page.locator('#segment').click()
    return page.locator('#message .rps-box:not(.rps-working):not([data-old])').inner_text()


def require_accessible(page):
    """No violation of the rules of WCAG AA that axe-core can check."""
    axe = pytest.importorskip('axe_playwright_python.sync_playwright', reason=INSTALL).Axe()
    page.wait_for_timeout(300)  # until what fades in has its colours
    found = axe.run(page, options={'runOnly': WCAG_AA, 'resultTypes': ['violations']}).response
    assert found['passes'] and not [
        (rule['id'], node['target'], node['failureSummary'])
        for rule in found['violations']
        for node in rule['nodes']
    ]


def require_in_view(page, selector):
    """A part lies within the window from its top to its bottom, at the latest when it has scrolled."""
    page.wait_for_function(
        """selector => {
            const box = document.querySelector(selector).getBoundingClientRect();
            return box.height && box.top >= 0 && box.bottom <= window.innerHeight;
        }""",
        arg=selector,
        timeout=30_000,
    )


def test_a_first_visit_leads_to_a_result_that_can_be_pointed_at(visit, tmp_path):
    with visit(**DESKTOP) as page:
        assert 'Choose a picture' in page.inner_text('.rps-introduction')
        assert page.locator('#picture img').get_attribute('alt') == 'Picture'
        assert page.locator('html').get_attribute('lang') == 'en'
        require_in_view(page, '#segment')
        require_accessible(page)
        page.get_by_label('Things').fill('orange circle, orange disc; red star; zebra')
        page.get_by_label('Stuff').fill('sand; water, sea; sky')
        page.wait_for_selector('#chips >> text=orange circle or orange disc')
        assert 'looking for 6 classes. Words encoded in' in press(page)
        rows = page.locator('#details tbody tr')
        names = rows.locator('button').all_inner_texts()
        assert {'orange circle', 'red star', 'sand', 'water', 'sky'} == set(names)
        require_accessible(page)

        tip, stage = page.locator('.rps-tip'), page.locator('.rps-stage')
        size = stage.bounding_box()
        stage.hover(position=dict(x=0.15 * size['width'], y=0.5 * size['height']))
        assert re.fullmatch(r'orange circle \d\.\d\d', tip.inner_text())
        assert page.locator('tr.rps-shown button').inner_text() == 'orange circle'
        page.mouse.move(1, 1)
        assert tip.is_hidden() and not page.locator('tr.rps-shown').count()

        # What the keyboard comes to is not behind the button, and can be seen to have the focus.
        page.set_viewport_size(dict(width=1280, height=600))
        page.evaluate('window.scrollTo(0, 0)')
        page.get_by_role('button', name='Shapes only').focus()
        for _ in range(2):
            page.keyboard.press('Tab')
            page.wait_for_function(IN_FOCUS_AND_ABOVE_THE_BUTTON)
        page.locator('#least input[type=range]').focus()
        page.wait_for_function(HAS_OUTLINE)
        page.set_viewport_size(DESKTOP['viewport'])

        # The keyboard goes through the rows, and shows why.
        page.locator('#outlines input').focus()
        page.keyboard.press('Tab')
        assert page.locator('tr.rps-shown button').inner_text() == names[0] and tip.is_visible()
        assert page.locator('#details small').first.is_hidden()
        page.keyboard.press('Enter')
        assert 'Closest to it in meaning' in page.locator('#details small').first.inner_text()
        page.keyboard.press('Escape')
        assert tip.is_hidden()

        with page.expect_download() as download:
            page.get_by_text('Segments (JSON)').click()
        record = json.loads(Path(download.value.path()).read_text())
        assert [segment['name'] for segment in record['segments']] == names

        # Shown in another way, without the model.
        said, picture = page.inner_text('#message'), page.locator('.rps-stage > img').first
        before = picture.get_attribute('src')
        stage.click(position=dict(x=0.15 * size['width'], y=0.5 * size['height']))
        assert 'orange circle' in tip.inner_text()
        page.locator('#outlines input').check()
        page.wait_for_function(
            'before => document.querySelector(".rps-stage > img").getAttribute("src") != before',
            arg=before,
        )
        page.wait_for_function(NOTHING_DARK)
        page.locator('#least input[type=number]').fill('1')
        page.locator('#least input[type=number]').press('Enter')
        page.wait_for_selector('#result >> text=the others score less than 1.00')
        assert 0 < rows.count() < len(names) and page.inner_text('#message') == said


def test_a_phone_shows_the_result_and_an_address_brings_the_words(visit):
    with visit(**PHONE) as page:
        require_in_view(page, '#segment')
        page.get_by_label('Things').fill('green cross, green plus; red star')
        page.get_by_label('Stuff').fill('')
        page.wait_for_selector('#chips >> text=green cross or green plus')
        assert '2 segments found, looking for 2 classes' in press(page)
        require_in_view(page, '#message')
        require_in_view(page, '.rps-stage')
        assert page.evaluate('document.documentElement.scrollWidth') <= 390
        require_accessible(page)
        size = page.locator('.rps-stage').bounding_box()
        page.locator('.rps-stage').tap(
            position=dict(x=0.53 * size['width'], y=0.23 * size['height'])
        )
        assert 'green cross' in page.locator('.rps-tip').inner_text()
        assert 'red star' in page.locator('#details small:visible').inner_text()
        shared = page.evaluate('location.search')
    with visit(shared, **PHONE) as page:
        page.wait_for_selector('#chips >> text=green cross or green plus')
        assert page.get_by_label('Things').input_value() == 'green cross, green plus; red star'
        assert page.get_by_label('Stuff').input_value() == ''
        assert page.get_by_label('Capture from camera').count()
        # Words too long for an address leave no earlier ones in it, and nothing wider than the phone.
        page.get_by_label('Things').fill(f'green cross; {"x" * 5000}')
        page.wait_for_selector('#chips >> text=xxx...')
        assert 'looking for 2 classes' in press(page)
        page.wait_for_function('!location.search')
        assert page.evaluate('document.documentElement.scrollWidth') <= 390


def test_what_cannot_be_served_is_said_in_a_box(visit, tmp_path):
    import gradio

    with visit(**DESKTOP) as page:
        page.get_by_label('Things').fill(' ; ')
        page.wait_for_selector('#chips >> text=has no word')
        assert 'has no word' in press(page) and not page.locator('.rps-stage').count()

        # A photograph, of which the model knows nothing.
        page.get_by_label('Remove Image').click()
        photograph = Path(gradio.__file__).parent / 'media_assets/images/tower.jpg'
        page.locator('#picture input[type=file]').set_input_files(photograph)
        page.wait_for_selector('#picture img[src*=tower]')
        page.get_by_label('Things').fill('car; person; tree')
        page.get_by_label('Stuff').fill('road; building')
        said = press(page)
        assert page.locator('.rps-empty').count() and 'No segment' in said
        assert 'was trained on 30 classes' in said and 'not on car, person, tree' in said
        assert 'does not know what' in said and 'demo/app.py configs/open_vocab' in said
        require_accessible(page)

        page.get_by_label('Remove Image').click()
        assert 'Give a picture first' in press(page)
        require_accessible(page)
        (tmp_path / 'words.png').write_text('no picture')
        page.locator('#picture input[type=file]').set_input_files(tmp_path / 'words.png')
        page.get_by_label('Remove Image').wait_for()
        assert 'not a readable picture' in press(page)


def test_a_chinese_browser_gets_a_chinese_page_also_in_the_dark(visit):
    with visit(**DESKTOP, locale='zh-CN', color_scheme='dark') as page:
        assert page.locator('html').get_attribute('lang') == 'zh-CN'
        assert page.locator('#segment').inner_text() == '开始分割'
        page.get_by_role('button', name='新词').click()
        page.wait_for_selector('#chips >> text=violet wedge')
        assert '找到' in press(page)
        assert page.locator('#details th').first.inner_text() == '类别'
        require_accessible(page)
