"""How the page looks, and the little that it does by script. It says all that without a script, too."""

STYLE = """
:root {
  color-scheme: light dark;
  --page: #ffffff; --card: #f4f5f7; --line: #d5d8de; --text: #1b1f26; --quiet: #555d6b;
  --link: #0b57b0; --note: #6b4300; --note-back: #fff2d6; --seen: #2f6fb5; --unseen: #b85c00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171c; --card: #1f242c; --line: #3a414d; --text: #e9ecf1; --quiet: #a9b2c0;
    --link: #8ab8f5; --note: #ffd58a; --note-back: #3a2c0c; --seen: #6ea8e8; --unseen: #f0a04b;
  }
}
* { box-sizing: border-box; }
body {
  font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page);
  max-width: 76rem; margin: 0 auto; padding: 1rem clamp(1rem, 3vw, 2.5rem) 4rem;
}
h1, h2 { line-height: 1.2; text-wrap: balance; }
h1 { font-size: 1.7rem; margin: 1rem 0 .3rem; }
h2 { font-size: 1.3rem; margin: 2.8rem 0 .6rem; scroll-margin-top: 1rem; }
a, summary { color: var(--link); } summary { cursor: pointer; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.quiet { color: var(--quiet); } small { font-size: .85em; }
nav { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; margin: .8rem 0; }
nav a { padding: .3rem 0; }
.numbers { display: grid; grid-template-columns: repeat(3, 1fr); gap: 1rem; margin: 1.2rem 0 .6rem; }
.numbers div { display: flex; flex-direction: column; background: var(--card);
  border: 1px solid var(--line); border-radius: .6rem; padding: .7rem 1rem; }
.numbers dt { color: var(--quiet); }
.numbers dd { order: -1; margin: 0; font-size: 2.2rem; font-weight: 650; line-height: 1.2; white-space: nowrap; }
figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; overflow: hidden; }
figure button { display: block; width: 100%; padding: 0; border: 0; background: none; cursor: zoom-in; }
figure button:focus-visible { outline-offset: -4px; }
figure img { display: block; width: 100%; height: auto; }
figcaption { padding: .4rem .8rem .5rem; color: var(--quiet); font-size: .9rem; }
.found { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: 1.5rem; align-items: start; }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1rem; }
.pairs { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 40rem), 1fr)); gap: 1rem; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: .4rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .6rem; text-align: left; vertical-align: top; }
thead th { color: var(--quiet); font-weight: 500; } tbody tr { border-top: 1px solid var(--line); }
tbody th { font-weight: 600; overflow-wrap: anywhere; } td { white-space: nowrap; }
th:last-child, td:last-child { text-align: right; }
details { margin-top: .8rem; } .asked dt { color: var(--quiet); } .asked dd { margin: 0 0 .5rem; overflow-wrap: anywhere; }
.note { color: var(--note); background: var(--note-back); border-radius: .4rem; padding: .6rem .9rem; margin: 0; }
.bars { columns: 2 22rem; column-gap: 2.5rem; list-style: none; margin: 0; padding: 0; }
.bars li { display: grid; grid-template-columns: minmax(0, 11.5rem) minmax(2rem, 1fr) 6.2rem; gap: .7rem;
  align-items: center; break-inside: avoid; padding: .12rem 0; }
.bars .bar { background: var(--card); border-radius: .2rem; height: .7rem; }
.bars i { display: block; height: 100%; border-radius: .2rem; background: var(--seen); }
.unseen i { background: var(--unseen); }
.value { white-space: nowrap; font-variant-numeric: tabular-nums; } .value small { color: var(--unseen); }
.key { white-space: nowrap; margin-left: .8rem; }
.key::before { content: ""; display: inline-block; width: .8em; height: .8em; border-radius: .2em;
  margin-right: .4em; background: var(--seen); }
.key.unseen::before { background: var(--unseen); }
.next { margin: 0; padding-left: 1.4rem; display: grid; gap: .9rem; }
.next li { padding-left: .2rem; } .time { white-space: nowrap; }
.command { display: flex; gap: .6rem; align-items: start; margin-top: .25rem; background: var(--card);
  border: 1px solid var(--line); border-radius: .4rem; padding: .4rem .5rem .4rem .8rem; }
code { font-size: .875rem; overflow-wrap: anywhere; }
.command span { display: inline-block; max-width: 100%; }  /* no break at hyphens */
.command code { flex: 1; padding: .3rem 0; white-space: pre-wrap; user-select: all; }
.command button, dialog button { font: inherit; color: var(--text); background: var(--page); min-height: 2.4rem;
  border: 1px solid var(--quiet); border-radius: .4rem; padding: .3rem .7rem; cursor: pointer; }
dialog { width: fit-content; max-width: 98vw; max-height: 98vh; padding: .8rem; color: var(--text);
  background: var(--page); border: 1px solid var(--line); border-radius: .6rem; }
dialog::backdrop { background: rgb(0 0 0 / .75); }
.place { overflow: auto; max-height: 78vh; max-height: 78dvh; }
.place img { display: block; margin: 0 auto; width: min(92vw, 78vh); height: auto; cursor: zoom-in; }
.full .place img { width: auto; max-width: none; cursor: zoom-out; }
dialog .caption { margin: .5rem 0; } .controls { display: flex; flex-wrap: wrap; gap: .5rem; }
@media (max-width: 42rem) {
  .numbers { grid-template-columns: 1fr; gap: .5rem; }
  .numbers div { flex-direction: row; align-items: center; gap: .9rem; padding: .4rem .8rem; }
  .numbers dd { font-size: 1.8rem; min-width: 4.2rem; }
  .found { grid-template-columns: minmax(0, 1fr); }
}
@media print { nav, .command button { display: none; } figure, .next li { break-inside: avoid; } }
"""

SCRIPT = """
(() => {
  const figures = [...document.querySelectorAll('figure')], dialog = document.querySelector('dialog');
  const place = dialog.querySelector('.place'), caption = dialog.querySelector('.caption');
  let current = 0;
  const show = (number) => {
    current = (number + figures.length) % figures.length;
    const figure = figures[current];
    place.replaceChildren(figure.querySelector('img').cloneNode());
    caption.textContent = figure.querySelector('figcaption').textContent;
    dialog.classList.toggle('full', 'wide' in figure.dataset);
  };
  figures.forEach((figure, number) => figure.querySelector('button').addEventListener('click', () => {
    show(number);
    dialog.showModal();
  }));
  dialog.addEventListener('click', ({target}) => {
    if (target.dataset.step) show(current + Number(target.dataset.step));
    if (target.tagName === 'IMG' || 'size' in target.dataset) dialog.classList.toggle('full');
    if (target === dialog || 'close' in target.dataset) dialog.close();
  });
  dialog.addEventListener('keydown', ({key, target}) => {
    if (target !== place && key === 'ArrowRight') show(current + 1);
    if (target !== place && key === 'ArrowLeft') show(current - 1);
  });
  dialog.addEventListener('close', () => figures[current].querySelector('button').focus());

  const status = document.querySelector('#status');
  for (const button of document.querySelectorAll('[data-copy]')) {
    const code = button.parentElement.querySelector('code');
    button.hidden = false;
    button.addEventListener('click', async () => {
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = 'Copied';
        status.textContent = `Copied: ${code.textContent}`;
      } catch {  // some browsers give a page from a file no clipboard
        getSelection().selectAllChildren(code);
        status.textContent = 'The command is selected; press Ctrl-C to copy it.';
      }
    });
  }
})();
"""
