// Light, dark or as the device: applied at once, kept in a cookie that the server reads on the next page.
export function watchTheme() {
  document.addEventListener('submit', (event) => {
    const form = event.target.closest('form[data-theme-form]');
    if (!form || !event.submitter) return;
    event.preventDefault();
    const theme = event.submitter.value;
    if (theme === 'auto') delete document.documentElement.dataset.bsTheme;
    else document.documentElement.dataset.bsTheme = theme;
    document.cookie = `lt_theme=${theme};path=/;max-age=31536000;samesite=lax`;
    for (const button of form.querySelectorAll('button[name="theme"]')) {
      button.setAttribute('aria-pressed', String(button === event.submitter));
    }
    document.dispatchEvent(new CustomEvent('lt:theme', { detail: theme }));
  });
}
