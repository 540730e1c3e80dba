// Messages: closed by hand; those without an undo leave after a while, unless someone is at them.
const STAY_MS = 8000;
const ICONS = { info: 'info-circle', ok: 'circle-check', warn: 'alert-triangle', stop: 'alert-circle' };

function arm(toast) {
  const close = () => toast.remove();
  toast.querySelector('[data-toast-close]')?.addEventListener('click', close);
  if (toast.dataset.stay !== undefined) return;
  let timer = setTimeout(close, STAY_MS);
  const hold = () => clearTimeout(timer);
  const release = () => {
    hold();
    timer = setTimeout(close, STAY_MS);
  };
  toast.addEventListener('mouseenter', hold);
  toast.addEventListener('focusin', hold);
  toast.addEventListener('mouseleave', release);
  toast.addEventListener('focusout', release);
}

/** Show a message: `tone` is ok, warn, stop or info; a warning stays until it is closed. */
export function toast(text, tone = 'info') {
  const template = document.getElementById('lt-toast');
  const box = document.querySelector('.lt-toasts');
  if (!template || !box) return null;
  const node = template.content.firstElementChild.cloneNode(true);
  node.classList.add(`lt-toast--${tone}`);
  const use = node.querySelector('use');
  use.setAttribute('href', use.getAttribute('href').replace(/#.*/, `#${ICONS[tone] ?? ICONS.info}`));
  node.querySelector('.lt-toast__body').textContent = text;
  if (tone === 'warn' || tone === 'stop') node.dataset.stay = '';
  box.append(node);
  arm(node);
  return node;
}

export function watchToasts() {
  document.querySelectorAll('.lt-toast').forEach(arm);
  document.addEventListener('htmx:load', (event) => {
    event.detail.elt.querySelectorAll?.('.lt-toast').forEach(arm);
  });
  document.addEventListener('lt:toast', (event) => toast(event.detail.text ?? event.detail.value, event.detail.tone));
}
