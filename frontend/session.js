// Keys, clicks, scroll and page turns keep the session; a live stream does not (CORE-82). Two minutes before its end a
// dialog says so; staying is one press, and what is typed is kept either way.
const WARN_MS = 120_000;
const TELL_MS = 60_000;
const ACTS = ['keydown', 'pointerdown', 'scroll', 'wheel', 'touchmove'];

export function watchSession() {
  const root = document.documentElement;
  const seconds = Number(root.dataset.sessionSeconds);
  const dialog = document.getElementById('lt-idle');
  if (!seconds || !dialog?.showModal) return;
  let warning;
  let later;
  let told = Date.now();

  const arm = () => {
    clearTimeout(warning);
    warning = setTimeout(() => dialog.open || dialog.showModal(), Math.max(seconds * 1000 - WARN_MS, 1000));
  };
  // The node hears of an act at once, then at most once a minute; the last act of a minute is told at its end.
  const tell = async () => {
    clearTimeout(later);
    later = undefined;
    told = Date.now();
    const answer = await fetch(root.dataset.sessionUrl, { method: 'HEAD', redirect: 'manual' }).catch(() => null);
    return answer?.ok ?? false;
  };
  const act = (event) => {
    if (dialog.open || !event.isTrusted) return;
    arm();
    if (later) return;
    const rest = TELL_MS - (Date.now() - told);
    if (rest <= 0) tell();
    else later = setTimeout(tell, rest);
  };

  arm();
  for (const name of ACTS) document.addEventListener(name, act, { capture: true, passive: true });
  document.addEventListener('htmx:afterRequest', () => dialog.open || arm());
  dialog.querySelector('[data-session-stay]')?.addEventListener('click', async () => {
    if (await tell()) {
      dialog.close();
      arm();
    } else {
      location.reload();
    }
  });
}
