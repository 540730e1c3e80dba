// The scripts of every page. Each page works without them; they only make it quicker.
import htmx from 'htmx.org';
import { watchDialogs } from './dialogs.js';
import { watchDrafts } from './drafts.js';
import { watchKeys } from './keys.js';
import { watchLazy, enhance } from './lazy.js';
import { watchLive } from './live.js';
import { watchMenus } from './menus.js';
import { watchPasskeys } from './passkeys.js';
import { watchSession } from './session.js';
import { watchTables } from './tables.js';
import { watchTheme } from './theme.js';
import { watchToasts } from './toasts.js';

// The settings stand in <meta name="htmx-config"> (no eval, no inline style); the token goes with every write.
document.addEventListener('htmx:configRequest', (event) => {
  const token = document.querySelector('meta[name="csrf-token"]')?.content;
  if (token && event.detail.verb !== 'get') event.detail.headers['X-CSRFToken'] = token;
});

// A refused request still has a page that says why: show 4xx fragments in their place.
document.addEventListener('htmx:beforeSwap', (event) => {
  const status = event.detail.xhr.status;
  if ([400, 409, 422].includes(status)) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

watchTheme();
for (const now of document.querySelectorAll('.lt-thread .is-now')) {
  now.scrollIntoView({ block: 'nearest', inline: 'center' });
}
watchMenus();
watchDialogs();
watchTables(htmx);
watchKeys();
watchToasts();
watchDrafts();
watchSession();
watchPasskeys();
watchLive(htmx);
watchLazy();
document.addEventListener('htmx:load', (event) => enhance(event.detail.elt));
