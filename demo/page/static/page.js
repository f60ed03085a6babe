// What the page does in the browser: shows the segment that is pointed at, keeps the words in the address,
// and brings the result into view. Results come and go, so events are taken where they bubble to.
(() => {
  'use strict';
  let map = { address: '', codes: [] }; // the label map that is there, and the segment of each pixel
  let pinned = -1; // the segment that stays shown
  let shown = -1;
  let summit = [0, 0]; // above the shown one, in parts of width and height

  const find = (selector) => document.querySelector(`#found ${selector}`);
  const closest = (event, selector) => event.target instanceof Element && event.target.closest(selector);
  const numberOf = (row) => Number(row.dataset.segment);

  // Segment numbers of all pixels, -1 for none; see label_map in result.py.
  function readCodes() {
    const image = find('.rps-map');
    if (image.src !== map.address && image.naturalWidth) {
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
      const context = canvas.getContext('2d');
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
      const codes = Int32Array.from({ length: data.length / 4 }, (_, i) => data[4 * i] + 256 * data[4 * i + 1] - 1);
      map = { address: image.src, codes };
    }
    return map.codes;
  }

  // Darken all but a segment, and return the place above its middle.
  function darkenAllBut(number) {
    const canvas = find('canvas');
    const context = canvas.getContext('2d');
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (number < 0) return [0, 0];
    const shade = context.createImageData(canvas.width, canvas.height);
    let [count, x, top] = [0, 0, canvas.height];
    readCodes().forEach((code, i) => {
      if (code !== number) {
        shade.data[4 * i + 3] = 130;
      } else {
        count += 1;
        x += i % canvas.width;
        top = Math.min(top, Math.floor(i / canvas.width));
      }
    });
    context.putImageData(shade, 0, 0);
    return [x / count / canvas.width, top / canvas.height];
  }

  // Show a segment: in the picture, by its name and score, and in the table. -1 shows none.
  function show(number, place) {
    const tip = find('.rps-tip');
    if (!tip) return;
    if (number !== shown) summit = darkenAllBut(number);
    shown = number;
    tip.hidden = number < 0;
    document.querySelectorAll('#found [data-segment]').forEach((row) => {
      const isShown = numberOf(row) === number;
      const isPinned = numberOf(row) === pinned;
      const button = row.querySelector('button');
      row.classList.toggle('rps-shown', isShown);
      button.setAttribute('aria-expanded', isPinned);
      row.querySelector('small')?.toggleAttribute('hidden', !isPinned);
      if (!isShown) return;
      tip.textContent = `${button.textContent} ${row.cells[2].textContent}`;
      const [x, y] = place ?? summit;
      tip.style.setProperty('--x', `${100 * x}%`);
      tip.style.setProperty('--y', `${100 * y}%`);
    });
  }

  function pin(number, place) {
    pinned = pinned === number ? -1 : number;
    show(pinned, place);
  }

  // Where an event points, in parts of the picture's width and height.
  function placeOf(event) {
    const box = find('canvas').getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  function segmentAt([x, y]) {
    const { width, height } = find('canvas');
    const [column, row] = [Math.floor(x * width), Math.floor(y * height)];
    const isInside = column >= 0 && row >= 0 && column < width && row < height;
    return (isInside ? readCodes()[row * width + column] : -1) ?? -1;
  }

  const showPointed = (event) => {
    if (event.pointerType === 'touch') return; // a tap is a click
    const row = closest(event, '#found [data-segment]');
    if (closest(event, '.rps-stage')) show(segmentAt(placeOf(event)), placeOf(event));
    else if (row) show(numberOf(row));
    else if (shown !== pinned) show(pinned);
  };
  document.addEventListener('pointermove', showPointed);

  document.addEventListener('click', (event) => {
    const row = closest(event, '#found [data-segment]');
    if (closest(event, '.rps-stage')) pin(segmentAt(placeOf(event)), placeOf(event));
    else if (row) pin(numberOf(row));
    else if (closest(event, '#segment')) bringIntoView();
  });

  document.addEventListener('focusin', (event) => {
    const row = closest(event, '#found [data-segment]');
    if (row && event.target.matches(':focus-visible')) show(numberOf(row));
  });
  document.addEventListener('focusout', (event) => {
    if (closest(event, '#found [data-segment]')) show(pinned);
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') pin(pinned);
  });

  // Scroll to the message, unless it is in the upper half of the window already.
  function bringIntoView() {
    const message = document.getElementById('message');
    const { top } = message.getBoundingClientRect();
    if (top >= 0 && top < window.innerHeight / 2) return;
    const isCalm = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    message.scrollIntoView({ behavior: isCalm ? 'auto' : 'smooth', block: 'start' });
  }

  // Gradio leaves the given picture without a description.
  function describePicture() {
    const part = document.getElementById('picture');
    const describe = () => part.querySelectorAll('img:not([alt]), img[alt=""]').forEach((image) => {
      image.alt = part.querySelector('label').textContent.trim();
    });
    new MutationObserver(describe).observe(part, { childList: true, subtree: true });
    describe();
  }

  window.rps = {
    // The page is there.
    ready() {
      document.documentElement.lang = navigator.language.startsWith('zh') ? 'zh-CN' : 'en';
      document.getElementById('message').setAttribute('role', 'status');
      describePicture();
    },
    // Another picture of the segments is there, perhaps in the elements of the one before.
    drawn() {
      [pinned, shown] = [-1, NaN];
      show(-1);
    },
    // An answer is there.
    arrived() {
      window.rps.drawn();
      // Without a link the words are too long: an address with earlier ones would belie the result.
      if (find('.rps-files')) history.replaceState(null, '', find('.rps-link')?.href ?? location.pathname);
      bringIntoView();
    },
  };
})();
