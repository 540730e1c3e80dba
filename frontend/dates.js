// Dates are typed as dd/mm/yyyy; a button opens the browser's calendar and writes what it gives in our form.
const ours = (value) => {
  const [day, time] = value.split('T');
  const written = day.split('-').reverse().join('/');
  return time ? `${written} ${time}` : written;
};
const theirs = (text) => {
  const found = /^(\d{1,2})\/(\d{1,2})\/(\d{4})(?: (\d{2}:\d{2}))?$/.exec(text.trim());
  if (!found) return '';
  const [, day, month, year, time] = found;
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}${time ? `T${time}` : ''}`;
};

/** Give each `input[data-date]` under `root` its calendar button. */
export function dates(root) {
  for (const input of root.querySelectorAll('input[data-date]')) {
    if (input.dataset.started || !HTMLInputElement.prototype.showPicker) continue;
    input.dataset.started = '1';
    const box = document.getElementById('lt-date-button').content.firstElementChild.cloneNode(true);
    const [button, picker] = box.children;
    picker.type = input.dataset.date;
    input.replaceWith(box);
    box.prepend(input);
    button.addEventListener('click', () => {
      picker.value = theirs(input.value);
      picker.showPicker();
    });
    picker.addEventListener('change', () => {
      if (!picker.value) return;
      input.value = ours(picker.value);
      input.dispatchEvent(new Event('input', { bubbles: true }));
      input.focus();
    });
  }
}
