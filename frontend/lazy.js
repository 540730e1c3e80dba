// The large parts are fetched only by pages that hold what they serve; their addresses stand in <meta name="lt-…">.
import { columns } from './columns.js';
import { dates } from './dates.js';

const PARTS = { select: 'select[data-enhance]', viewer: '[data-viewer]', charts: '[data-chart]' };

/** Start the parts that `root` needs. */
export async function enhance(root) {
  if (root.querySelectorAll) {
    dates(root);
    columns(root);
  }
  for (const [name, selector] of Object.entries(PARTS)) {
    const found = [...(root.querySelectorAll?.(selector) ?? [])];
    if (root.matches?.(selector)) found.push(root);
    const address = document.querySelector(`meta[name="lt-${name}"]`)?.content;
    if (!found.length || !address) continue;
    const part = await import(address);
    found.filter((node) => !node.dataset.started).forEach((node) => {
      node.dataset.started = '1';
      part.start(node);
    });
  }
}

export function watchLazy() {
  enhance(document);
}
