// One-key commands, off while someone types: / search, j k rows, Enter open, x choose, g then h home, p position, ? list.
import { current, move, openCurrent, toggle } from './tables.js';

const typing = (target) => target.closest?.('input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], dialog');

export function watchKeys() {
  let leader = -Infinity;
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    if (typing(event.target)) {
      if (event.key === 'Escape' && event.target.matches('[data-search]')) event.target.blur();
      return;
    }
    const led = event.timeStamp - leader < 1200;
    leader = -Infinity;
    if (led) {
      const link = document.querySelector(`a[data-go="${CSS.escape(event.key)}"]`);
      if (link) {
        event.preventDefault();
        link.click();
      }
      return;
    }
    const menu = document.querySelector('details.lt-acting[open]');
    if (menu && /^[1-9]$/.test(event.key)) {
      menu.querySelectorAll('button[name="seat"]')[Number(event.key) - 1]?.click();
      return;
    }
    switch (event.key) {
      case '/': {
        const search = document.querySelector('[data-search]');
        if (!search?.offsetParent) return;
        search.focus();
        search.select();
        break;
      }
      case 'j':
        move(1);
        break;
      case 'k':
        move(-1);
        break;
      case 'x':
        toggle();
        break;
      case 'Enter':
        if (!current() || event.target.closest('a, button, summary')) return;
        openCurrent();
        break;
      case 'g':
        leader = event.timeStamp;
        return;
      case 'p': {
        const acting = document.querySelector('details.lt-acting');
        if (!acting) return;
        acting.open = true;
        acting.querySelector('button[name="seat"], a, summary')?.focus();
        break;
      }
      case '?': {
        const help = document.getElementById('lt-keys');
        if (!help?.showModal) return;
        help.showModal();
        break;
      }
      default:
        return;
    }
    event.preventDefault();
  });
}
