// Two minutes before the session ends a dialog says so; staying is one press, and what is typed is kept either way.
const WARN_MS = 120_000;

export function watchSession() {
  const root = document.documentElement;
  const seconds = Number(root.dataset.sessionSeconds);
  const dialog = document.getElementById('lt-idle');
  if (!seconds || !dialog?.showModal) return;
  let timer;
  const arm = () => {
    clearTimeout(timer);
    timer = setTimeout(() => dialog.open || dialog.showModal(), Math.max(seconds * 1000 - WARN_MS, 1000));
  };
  arm();
  document.addEventListener('htmx:afterRequest', arm);
  dialog.querySelector('[data-session-stay]')?.addEventListener('click', async () => {
    const answer = await fetch(root.dataset.sessionUrl, { method: 'HEAD', redirect: 'manual' });
    if (answer.ok) {
      dialog.close();
      arm();
    } else {
      location.reload();
    }
  });
}
