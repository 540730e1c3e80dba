// Menus are <details>; scripts close them by Escape, by a click outside, and when another opens.
export function watchMenus() {
  document.addEventListener('click', (event) => {
    for (const menu of document.querySelectorAll('details.lt-menu[open]')) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener('keydown', (event) => {
    const menu = event.target.closest?.('details.lt-menu[open]');
    if (!menu) return;
    if (event.key === 'Escape') {
      menu.open = false;
      menu.querySelector('summary').focus();
      event.stopPropagation();
      return;
    }
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    if (event.target.matches('input, select, textarea')) return;
    const items = [...menu.querySelectorAll('.lt-menu__list :is(a, button, input, select)')];
    const at = items.indexOf(document.activeElement);
    const next = event.key === 'ArrowDown' ? at + 1 : at - 1;
    items[(next + items.length) % items.length]?.focus();
    event.preventDefault();
  });

  const fold = document.querySelector('[data-rail-fold]');
  fold?.addEventListener('click', () => {
    const frame = document.querySelector('.lt-frame');
    const mini = frame.classList.toggle('lt-frame--mini');
    fold.setAttribute('aria-expanded', String(!mini));
    document.cookie = `lt_rail=${mini ? 'mini' : 'full'};path=/;max-age=31536000;samesite=lax`;
  });
}
