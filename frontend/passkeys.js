// Fills the forms of passkeys: asks the node for a challenge, the browser for an answer, then posts it as a plain form.
const read = {
  get: (options) => ({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options.publicKey) }),
  create: (options) => ({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options.publicKey) }),
};

async function ask(form) {
  const kind = form.dataset.passkey;
  const token = form.querySelector('[name="csrfmiddlewaretoken"]').value;
  const answer = await fetch(form.dataset.options, { method: 'POST', headers: { 'X-CSRFToken': token } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  const credential = await navigator.credentials[kind](read[kind](await answer.json()));
  form.elements.answer.value = JSON.stringify(credential);
  form.submit();
}

export function watchPasskeys() {
  if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) return;
  for (const form of document.querySelectorAll('form[data-passkey]')) {
    form.hidden = false;
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const button = form.querySelector('button');
      const fault = form.querySelector('[data-passkey-error]');
      button.disabled = true;
      fault.hidden = true;
      try {
        await ask(form);
      } catch {
        fault.hidden = false;
      } finally {
        button.disabled = false;
      }
    });
  }
}
