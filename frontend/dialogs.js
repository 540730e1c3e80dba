// A link to a <dialog> opens it as a modal; without scripts the same link shows it by :target.
function open(dialog, opener) {
  dialog.returnFocus = opener;
  dialog.showModal();
  (dialog.querySelector('[autofocus]') ?? dialog.querySelector('textarea, input:not([type=hidden]), .btn'))?.focus();
}

export function watchDialogs() {
  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[href^="#"][data-dialog]');
    if (link) {
      const dialog = document.getElementById(link.hash.slice(1));
      if (dialog?.showModal) {
        event.preventDefault();
        open(dialog, link);
      }
      return;
    }
    const closer = event.target.closest('[data-dialog-close]');
    if (closer) {
      event.preventDefault();
      closer.closest('dialog').close();
      return;
    }
    if (event.target.matches('dialog.lt-dialog')) event.target.close(); // the veil
  });
  document.addEventListener('close', (event) => event.target.returnFocus?.focus(), true);

  // One press, one write: the pressed button waits until the answer comes.
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method === 'get' || form.dataset.themeForm !== undefined) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    if (form.matches('[hx-post], [data-repeat]')) return;
    form.dataset.sent = '1';
    event.submitter?.setAttribute('aria-busy', 'true');
  });
  window.addEventListener('pageshow', () => {
    for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent;
    for (const button of document.querySelectorAll('[aria-busy="true"]')) button.removeAttribute('aria-busy');
  });
}
