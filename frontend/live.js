// Live pages: one EventSource a page, at the address in <body data-live>. An event named "fragment" carries HTML rendered
// once on the server, swapped in by the id of its root; "resync" says that events were missed. A message of kind
// "notice" counts up the bell; every message is also given to the page as an `lt:live` event. Focus and what is typed
// stay where they are. A hidden page lets its connection go: a browser allows only six to one server.
const REST_MS = 60_000;

const busy = (node) => node.contains(document.activeElement?.closest('form'))
  || node.querySelector('form[data-changed], dialog[open]');

function swap(htmx, html) {
  const holder = document.createElement('template');
  holder.innerHTML = html;
  for (const fresh of holder.content.querySelectorAll('[id]')) {
    if (fresh.parentElement?.closest('[id]')) continue;
    const old = document.getElementById(fresh.id);
    if (!old || busy(old)) continue;
    const focused = old.contains(document.activeElement) ? document.activeElement.id : '';
    old.replaceWith(fresh);
    htmx.process(fresh);
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }
}

function heard(text) {
  let detail;
  try {
    detail = JSON.parse(text);
  } catch {
    detail = text;
  }
  if (detail?.kind === 'notice') {
    for (const bell of document.querySelectorAll('[data-notices]')) {
      const count = Number(bell.dataset.notices) + 1;
      bell.dataset.notices = count;
      bell.textContent = count > 99 ? '99+' : count;
      bell.hidden = false;
    }
    if (detail.urgent) document.dispatchEvent(new CustomEvent('lt:toast', { detail: { text: detail.text, tone: 'warn' } }));
  }
  document.dispatchEvent(new CustomEvent('lt:live', { detail }));
}

// How far a piece of long work is; when it ends, well or not, the page says so by itself.
function worked(text) {
  const { state, done, total, message } = JSON.parse(text);
  const box = document.querySelector('[data-job]');
  if (!box) return;
  if (state !== 'waiting' && state !== 'running') {
    window.location.reload();
    return;
  }
  const bar = box.querySelector('progress');
  bar.max = total || 1;
  bar.value = done;
  const number = new Intl.NumberFormat('vi-VN');
  box.querySelector('[data-job-count]').textContent = `${number.format(done)}/${number.format(total)}`;
  box.querySelector('[data-job-note]').textContent = message;
}

export function watchLive(htmx) {
  const { live, livePage } = document.body.dataset;
  if (!live || !window.EventSource) return;
  const state = document.querySelector('[data-live-state]');
  let source = null;
  let last = '';
  let rest;
  const on = (name, act) => source.addEventListener(name, (event) => {
    last = event.lastEventId || last;
    act(event.data);
  });

  const open = () => {
    clearTimeout(rest);
    if (source) return;
    const address = new URL(live, window.location.href);
    if (last) address.searchParams.set('since', last);
    source = new EventSource(address);
    on('fragment', (html) => swap(htmx, html));
    on('message', heard);
    on('job', worked);
    on('toast', (text) => document.dispatchEvent(new CustomEvent('lt:toast', { detail: JSON.parse(text) })));
    on('resync', () => {
      if (livePage === undefined) return;
      if (busy(document.body)) state.hidden = false;
      else window.location.reload();
    });
    // Each stream ends after a minute or two and is asked for anew: only a lasting silence is worth a word.
    let silence;
    source.addEventListener('open', () => {
      clearTimeout(silence);
      if (state) state.hidden = true;
    });
    source.addEventListener('error', () => {
      clearTimeout(silence);
      silence = setTimeout(() => { if (state && livePage !== undefined) state.hidden = false; }, 10_000);
    });
  };
  const close = () => {
    source?.close();
    source = null;
  };
  document.addEventListener('visibilitychange', () => {
    clearTimeout(rest);
    if (document.hidden) rest = setTimeout(close, REST_MS);
    else open();
  });
  window.addEventListener('pagehide', close);
  window.addEventListener('pageshow', (event) => event.persisted && open());
  if (!document.hidden) open();
}
