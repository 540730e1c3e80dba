// select[data-enhance]: type to find, without accents too. data-source="/…?q=" asks the server for the options.
import TomSelect from 'tom-select/base';
import removeButton from 'tom-select/plugins/remove_button/plugin.js';

TomSelect.define('remove_button', removeButton);

// A link of the error summary that names the select leads to its control.
document.addEventListener('click', (event) => {
  const link = event.target.closest('.lt-errors a[href^="#"]');
  document.getElementById(link?.hash.slice(1))?.tomselect?.focus();
});

export function start(select) {
  const source = select.dataset.source;
  const words = { none: select.dataset.none ?? 'Không có mục nào khớp', remove: select.dataset.remove ?? 'Bỏ mục này' };
  const settings = {
    plugins: select.multiple ? { remove_button: { title: words.remove } } : {},
    maxOptions: 200,
    refreshThrottle: 50,
    allowEmptyOption: true,
    placeholder: select.dataset.placeholder ?? '',
    render: {
      no_results: () => {
        const node = document.createElement('div');
        node.className = 'no-results';
        node.textContent = words.none;
        return node;
      },
    },
  };
  if (source) {
    Object.assign(settings, {
      valueField: 'value',
      labelField: 'text',
      searchField: ['text', 'code'],
      load: (query, done) => {
        fetch(source + encodeURIComponent(query), { headers: { Accept: 'application/json' } })
          .then((answer) => (answer.ok ? answer.json() : []))
          .then(done, () => done());
      },
    });
  }
  const widget = new TomSelect(select, settings);
  widget.control_input.setAttribute('autocomplete', 'off');
  select.setAttribute('aria-hidden', 'true'); // the control that took its label stands for it
  const described = select.getAttribute('aria-describedby');
  if (described) widget.control_input.setAttribute('aria-describedby', described);
}
