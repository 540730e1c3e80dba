// The reader chooses the columns of a list; the first heading and the row's title always stay. Kept in this browser.
const keyOf = (menu) => `lt-columns:${menu.dataset.columns}`;

function kept(menu) {
  try {
    return new Set(JSON.parse(localStorage.getItem(keyOf(menu)) ?? '[]'));
  } catch {
    return new Set();
  }
}

function apply(menu, table) {
  const away = kept(menu);
  const heads = [...table.tHead.rows[0].cells];
  for (const row of table.rows) {
    heads.forEach((head, at) => {
      if (row.cells[at]) row.cells[at].hidden = away.has(head.textContent.trim());
    });
  }
}

/** Set up the column menus under `root`. */
export function columns(root) {
  for (const menu of root.querySelectorAll('details[data-columns]')) {
    const table = menu.nextElementSibling?.querySelector('table');
    if (!table?.tHead) continue;
    apply(menu, table);
    const list = menu.querySelector('.lt-menu__list');
    if (list.childElementCount) continue;
    const title = table.tBodies[0]?.querySelector('th[scope="row"]')?.cellIndex;
    [...table.tHead.rows[0].cells].forEach((head, at) => {
      const name = head.textContent.trim();
      if (!name || at === title || head.classList.contains('is-check')) return;
      const label = document.createElement('label');
      const box = document.createElement('input');
      box.type = 'checkbox';
      box.checked = !kept(menu).has(name);
      box.addEventListener('change', () => {
        const away = kept(menu);
        if (box.checked) away.delete(name);
        else away.add(name);
        localStorage.setItem(keyOf(menu), JSON.stringify([...away]));
        apply(menu, table);
      });
      label.append(box, name);
      list.append(label);
    });
  }
}
