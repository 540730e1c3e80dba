// Nothing typed is lost: a form with data-draft="key" is kept in this browser within 5 s of the last key, put back
// after a lost session, and forgotten once it is sent. A form with data-unsaved warns before one leaves it.
const WAIT_MS = 5000;
const PREFIX = 'lt-draft:';
const SKIP = ':is([type=password], [type=file], [type=hidden], [name=csrfmiddlewaretoken], [data-no-draft])';

const keyOf = (form) => `${PREFIX}${document.documentElement.dataset.user ?? ''}:${form.dataset.draft}`;

function read(form) {
  const values = {};
  for (const field of form.elements) {
    if (!field.name || field.disabled || field.matches(SKIP) || field.matches('button, fieldset')) continue;
    if (field.type === 'checkbox' || field.type === 'radio') {
      values[field.name] ??= [];
      if (field.checked) values[field.name].push(field.value);
    } else if (field.multiple) {
      values[field.name] = [...field.selectedOptions].map((option) => option.value);
    } else {
      (values[field.name] ??= []).push(field.value);
    }
  }
  return values;
}

function write(form, values) {
  const seen = {};
  for (const field of form.elements) {
    const saved = values[field.name];
    if (!saved || field.matches(SKIP)) continue;
    if (field.type === 'checkbox' || field.type === 'radio') field.checked = saved.includes(field.value);
    else if (field.multiple) for (const option of field.options) option.selected = saved.includes(option.value);
    else field.value = saved[(seen[field.name] = (seen[field.name] ?? -1) + 1)] ?? field.value;
    field.tomselect?.sync();
  }
}

function say(form, text) {
  const state = form.querySelector('[data-save-state]');
  if (state) state.textContent = text;
}

function keep(form) {
  try {
    localStorage.setItem(keyOf(form), JSON.stringify({ at: Date.now(), values: read(form) }));
  } catch {
    return say(form, form.dataset.draftFailed ?? '');
  }
  const time = new Intl.DateTimeFormat('vi-VN', { hour: '2-digit', minute: '2-digit', timeZone: 'Asia/Ho_Chi_Minh' });
  say(form, `${form.dataset.draftSaved ?? 'Đã giữ trên máy này lúc'} ${time.format(new Date())}`);
}

export function watchDrafts() {
  const timers = new WeakMap();
  for (const form of document.querySelectorAll('form[data-draft]')) {
    const stored = localStorage.getItem(keyOf(form));
    if (!stored) continue;
    const { values } = JSON.parse(stored);
    if (form.dataset.draftSent !== undefined || JSON.stringify(values) === JSON.stringify(read(form))) {
      localStorage.removeItem(keyOf(form));
      continue;
    }
    const offer = form.querySelector('[data-draft-offer]');
    if (!offer) {
      write(form, values);
      continue;
    }
    offer.hidden = false;
    offer.querySelector('[data-draft-restore]').addEventListener('click', () => {
      write(form, values);
      offer.hidden = true;
      form.dispatchEvent(new Event('input', { bubbles: true }));
    });
    offer.querySelector('[data-draft-drop]').addEventListener('click', () => {
      localStorage.removeItem(keyOf(form));
      offer.hidden = true;
    });
  }

  const typed = (event) => {
    const form = event.target.form ?? event.target.closest?.('form');
    if (!form) return;
    if (form.matches('[data-unsaved], [data-draft]')) form.dataset.changed = '1';
    if (!form.matches('[data-draft]')) return;
    clearTimeout(timers.get(form));
    timers.set(form, setTimeout(() => keep(form), WAIT_MS));
  };
  document.addEventListener('input', typed);
  document.addEventListener('change', typed);
  document.addEventListener('submit', (event) => {
    const form = event.target;
    delete form.dataset.changed;
    if (!form.matches('[data-draft]')) return;
    clearTimeout(timers.get(form));
    keep(form); // kept until the next page proves that it was accepted (lt:saved, or the form not shown again)
    sessionStorage.setItem('lt-sent', keyOf(form));
  });
  window.addEventListener('pagehide', () => {
    for (const form of document.querySelectorAll('form[data-draft][data-changed]')) keep(form);
  });
  window.addEventListener('beforeunload', (event) => {
    if (document.querySelector('form[data-unsaved][data-changed]')) event.preventDefault();
  });

  // The page after a sent form: signed in and without that form means it was accepted.
  const sent = sessionStorage.getItem('lt-sent');
  if (sent && document.documentElement.dataset.user) {
    sessionStorage.removeItem('lt-sent');
    const again = [...document.querySelectorAll('form[data-draft]')].some((form) => keyOf(form) === sent);
    if (!again) localStorage.removeItem(sent);
  }
}
