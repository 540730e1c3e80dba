// Lists: selection with its bulk bar, and the current row that j, k, Enter and x act on.
const rows = (table) => [...table.querySelectorAll('tbody tr:has(a[data-row-link], [data-row-check])')];

function count(form) {
  const chosen = form.querySelectorAll('[data-row-check]:checked').length;
  const all = form.querySelector('[data-check-all]');
  const total = form.querySelectorAll('[data-row-check]').length;
  if (all) {
    all.checked = chosen > 0 && chosen === total;
    all.indeterminate = chosen > 0 && chosen < total;
  }
  const bar = form.querySelector('.lt-bulk');
  if (!bar) return;
  bar.toggleAttribute('data-empty', chosen === 0);
  const label = bar.querySelector('[data-bulk-count]');
  if (label) label.textContent = label.dataset.bulkCount.replace('%n', chosen.toLocaleString('vi-VN'));
}

export function current() {
  return document.querySelector('.lt-table tr.is-current');
}

function makeCurrent(row) {
  current()?.classList.remove('is-current');
  row.classList.add('is-current');
  (row.querySelector('a[data-row-link]') ?? row.querySelector('[data-row-check]'))?.focus({ preventScroll: true });
  row.scrollIntoView({ block: 'nearest' });
}

/** Move the current row by `step`; the first press takes the first row. */
export function move(step) {
  const table = document.querySelector('main .lt-table:has(a[data-row-link], [data-row-check])');
  if (!table) return;
  const list = rows(table);
  if (!list.length) return;
  const at = list.indexOf(current());
  makeCurrent(list[Math.min(Math.max(at + step, 0), list.length - 1)]);
}

export function toggle() {
  const box = current()?.querySelector('[data-row-check]');
  if (box) box.click();
}

export function openCurrent() {
  current()?.querySelector('a[data-row-link]')?.click();
}

const WIDE = matchMedia('(min-width: 1400px)');
let waiting;

// On wide screens the current row shows itself in the pane beside the list.
function preview(htmx, row) {
  const pane = document.querySelector('[data-preview-pane]');
  if (!pane || !WIDE.matches || !row.dataset.preview || pane.dataset.shown === row.dataset.preview) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    pane.dataset.shown = row.dataset.preview;
    htmx.ajax('GET', row.dataset.preview, { target: pane, swap: 'innerHTML' });
  }, 200);
}

export function watchTables(htmx) {
  let last = null;
  document.addEventListener('click', (event) => {
    const box = event.target.closest('[data-row-check]');
    if (!box) return;
    const boxes = [...(box.form ?? document).querySelectorAll('[data-row-check]')];
    if (event.shiftKey && last && boxes.includes(last)) {
      const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
      for (const other of boxes.slice(from, to + 1)) other.checked = box.checked;
    }
    last = box;
  });
  document.addEventListener('change', (event) => {
    const form = event.target.form;
    if (!form) return;
    if (event.target.matches('[data-check-all]')) {
      for (const box of form.querySelectorAll('[data-row-check]')) box.checked = event.target.checked;
      count(form);
    } else if (event.target.matches('[data-row-check]')) {
      count(form);
    } else if (event.target.matches('select[data-submit], input[data-submit]')) {
      form.requestSubmit();
    }
  });
  const start = (root) => root.querySelectorAll?.('form:has(.lt-bulk)').forEach(count);
  start(document);
  document.addEventListener('htmx:load', (event) => start(event.detail.elt));
  document.addEventListener('focusin', (event) => {
    const row = event.target.closest('.lt-table tbody tr');
    if (row && row !== current()) {
      current()?.classList.remove('is-current');
      row.classList.add('is-current');
    }
    if (row) preview(htmx, row);
  });
}
