"""How the page looks, and the little that it does by script. It holds all that without a script, too."""

STYLE = """
:root {
  color-scheme: light dark;
  --page: #ffffff; --card: #f4f5f7; --line: #d5d8de; --text: #1b1f26; --quiet: #555d6b;
  --link: #0b57b0; --odd: #8a3b00; --odd-back: #fdeedd; --bar: #9dbce4; --focus: #0b57b0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171c; --card: #1f242c; --line: #3a414d; --text: #e9ecf1; --quiet: #a9b2c0;
    --link: #8ab8f5; --odd: #ffb780; --odd-back: #3b2613; --bar: #3f5f8c; --focus: #8ab8f5;
  }
}
* { box-sizing: border-box; }
body {
  font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page);
  max-width: 100rem; margin: 0 auto; padding: 1rem clamp(1rem, 3vw, 2.5rem) 4rem;
}
h1, h2 { line-height: 1.2; overflow-wrap: anywhere; text-wrap: balance; }
h1 { font-size: 1.7rem; margin: 1rem 0 .3rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .8rem; scroll-margin-top: 1rem; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
.quiet { color: var(--quiet); } small, .small { font-size: .85rem; }
.path { overflow-wrap: anywhere; }
nav { display: flex; gap: 1.2rem; margin: .8rem 0; }
.numbers { display: flex; flex-wrap: wrap; gap: 1rem; margin: 1.2rem 0; }
.numbers div {
  display: flex; flex-direction: column; flex: 1 1 9rem;
  background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .7rem 1rem;
}
.numbers dd { margin: 0; color: var(--quiet); font-size: .85rem; }
.numbers dd.number { order: -1; color: inherit; font-size: 1.9rem; font-weight: 650; line-height: 1.15; }
.kinds { list-style: none; margin: 0; padding: 0; display: grid; gap: .6rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); align-items: start; }
.kinds > li { border-left: .3rem solid var(--odd); background: var(--card);
  border-radius: .3rem; padding: .5rem .9rem; overflow-wrap: anywhere; }
.kinds b { color: var(--odd); } .kinds p { margin: .1rem 0; }
.kinds ul { margin: .3rem 0; padding-left: 1.2rem; max-height: 16rem; overflow: auto; }
summary { cursor: pointer; color: var(--link); }
.scroll { overflow: auto; max-height: 34rem; border: 1px solid var(--line); border-radius: .6rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .8rem; text-align: right; white-space: nowrap; }
tbody tr { border-top: 1px solid var(--line); }
thead th { position: sticky; top: 0; background: var(--card); z-index: 2; vertical-align: bottom;
  font-size: .85rem; box-shadow: 0 1px var(--line); }
th:first-child, td:nth-child(2), thead th:nth-child(2) { text-align: left; }
tbody th { font-weight: 500; white-space: normal; min-width: 11rem; max-width: 24rem; overflow-wrap: anywhere; }
.swatch { display: inline-block; width: .9em; height: .9em; border-radius: .2em; margin-right: .5em;
  vertical-align: -.08em; border: 1px solid var(--quiet); }
.badge { display: inline-block; font-size: .75rem; font-weight: 600; padding: 0 .45em; margin-left: .4em;
  border-radius: .8em; color: var(--odd); background: var(--odd-back); white-space: nowrap; }
.bar { display: block; height: .25rem; margin-left: auto; background: var(--bar); border-radius: .2rem; }
.controls { display: flex; flex-wrap: wrap; gap: .6rem 1.4rem; align-items: center; margin: .8rem 0; }
.controls label { display: flex; gap: .5rem; align-items: center; max-width: 100%; }
.controls form { display: contents; } .controls form[hidden] { display: none; }
select, button { font: inherit; color: var(--text); background: var(--card); border: 1px solid var(--quiet);
  border-radius: .4rem; padding: .3rem .7rem; max-width: 100%; min-width: 0; min-height: 2.2rem; }
input[type=checkbox] { width: 1.2rem; height: 1.2rem; accent-color: var(--link); }
.grid { display: grid; gap: 1.2rem; align-items: start;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)); }
figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
  overflow: hidden; content-visibility: auto; contain-intrinsic-size: auto 24rem; }
figure.odd { border-color: var(--odd); } figure[hidden] { display: none; }
figure img { display: block; width: 100%; height: auto; max-height: 30rem; object-fit: contain; background: #808080; }
figure button { display: block; width: 100%; padding: 0; border: 0; border-radius: 0; cursor: zoom-in; }
figure button:focus-visible { outline-offset: -4px; outline-color: #fff; box-shadow: inset 0 0 0 8px #000; }
.missing { padding: 3rem 1rem; text-align: center; color: var(--quiet); border-bottom: 1px dashed var(--line); }
figcaption .facts { display: block; }
figcaption { padding: .6rem .9rem .8rem; overflow-wrap: anywhere; }
.why { margin: .3rem 0; padding: 0; list-style: none; }
.why li { color: var(--odd); background: var(--odd-back); border-radius: .3rem; padding: .1rem .5rem; margin: .25rem 0; }
.segments { columns: 2 9rem; list-style: none; margin: .4rem 0 0; padding: 0; font-size: .85rem; }
.segments li { break-inside: avoid; }
img.plain, body:has(#bare:checked) img.drawn.twin { display: none; }
body:has(#bare:checked) img.plain, img.plain.alone { display: block; }
dialog { width: min(96vw, 80rem); max-height: 96vh; padding: 1rem; color: var(--text); background: var(--page);
  border: 1px solid var(--line); border-radius: .8rem; }
dialog::backdrop { background: rgb(0 0 0 / .75); }
dialog img { width: 100%; height: 70vh; object-fit: contain; background: #808080; }
dialog figcaption { padding: .6rem 0; } dialog .segments { columns: 5 11rem; }
@media (max-width: 30rem) { .numbers { gap: .6rem; } .numbers div { flex-basis: 40%; padding: .5rem .7rem; }
  .numbers dd.number { font-size: 1.5rem; } th, td { padding: .3rem .55rem; } .controls label { width: 100%; }
  .controls select { flex: 1; } tbody th { min-width: 9rem; } }
@media print { .controls, nav { display: none; } .scroll { max-height: none; } figure { break-inside: avoid; } }
"""

SCRIPT = """
(() => {
  const figures = [...document.querySelectorAll('.grid figure')];
  const form = document.querySelector('.controls form');
  if (!form) return;
  const byClass = form.elements.class, byKind = form.elements.kind;
  const status = document.querySelector('#status'), bare = document.querySelector('#bare');
  const has = (figure, key, value) => !value || figure.dataset[key].split(' ').includes(value);
  const filter = () => {
    let count = 0;
    for (const figure of figures) {
      const wanted = has(figure, 'classes', byClass.value) && has(figure, 'kinds', byKind.value);
      figure.hidden = !wanted;
      count += wanted;
    }
    status.textContent = `${count} of ${figures.length} shown`;
  };
  form.hidden = false;
  form.addEventListener('input', filter);
  form.addEventListener('reset', () => setTimeout(filter));
  for (const link of document.querySelectorAll('a[data-pick]')) {
    link.addEventListener('click', () => {
      const [key, value] = link.dataset.pick.split(' ');
      form.reset();
      form.elements[key].value = value;
      filter();
    });
  }
  filter();

  const dialog = document.querySelector('dialog'), place = dialog.querySelector('.place');
  const caption = dialog.querySelector('.caption');
  let current = null;
  const show = (figure) => {
    current = figure;
    place.replaceChildren(...[...figure.querySelectorAll('img')].map((img) => img.cloneNode()));
    caption.replaceChildren(figure.querySelector('figcaption').cloneNode(true));
  };
  const step = (by) => {
    const shown = figures.filter((figure) => !figure.hidden && figure.querySelector('img'));
    show(shown[(shown.indexOf(current) + by + shown.length) % shown.length]);
  };
  for (const figure of figures) {
    const images = [...figure.querySelectorAll('img')];
    if (!images.length) continue;
    const button = document.createElement('button');
    button.type = 'button';
    button.ariaLabel = `Enlarge ${figure.dataset.title}`;
    figure.prepend(button);
    button.append(...images);
    button.addEventListener('click', () => { show(figure); dialog.showModal(); });
  }
  dialog.addEventListener('click', (event) => {
    const by = event.target.dataset.step;
    if (by) step(Number(by));
    if (event.target === dialog) dialog.close();
    if ('toggle' in event.target.dataset) bare.checked = !bare.checked;
    if ('close' in event.target.dataset) dialog.close();
  });
  dialog.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowRight') step(1);
    if (event.key === 'ArrowLeft') step(-1);
  });
  dialog.addEventListener('close', () => current?.querySelector('button').focus());
})();
"""
