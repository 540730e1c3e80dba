// Live pages: one EventSource a page; each event carries a fragment rendered once on the server, swapped in by its id.
// The address stands in <body data-live="/live/?…">. An event named "fragment" carries HTML whose root has an id that
// the page holds; other names are given to the page as `lt:live` events. Focus and what is typed stay where they are.
function swap(htmx, html) {
  const holder = document.createElement('template');
  holder.innerHTML = html;
  for (const fresh of holder.content.querySelectorAll('[id]')) {
    if (fresh.parentElement?.closest('[id]')) continue;
    const old = document.getElementById(fresh.id);
    if (!old || old.contains(document.activeElement?.closest('form'))) continue;
    const focused = old.contains(document.activeElement) ? document.activeElement.id : '';
    old.replaceWith(fresh);
    htmx.process(fresh);
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }
}

export function watchLive(htmx) {
  const address = document.body.dataset.live;
  if (!address || !window.EventSource) return;
  const source = new EventSource(address);
  source.addEventListener('fragment', (event) => swap(htmx, event.data));
  source.addEventListener('toast', (event) => {
    document.dispatchEvent(new CustomEvent('lt:toast', { detail: JSON.parse(event.data) }));
  });
  source.addEventListener('message', (event) => {
    document.dispatchEvent(new CustomEvent('lt:live', { detail: event.data }));
  });
  const state = document.querySelector('[data-live-state]');
  if (state) {
    source.addEventListener('open', () => { state.hidden = true; });
    source.addEventListener('error', () => { state.hidden = false; });
  }
  window.addEventListener('pagehide', () => source.close());
}
