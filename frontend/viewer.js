// The document viewer: <div class="lt-viewer" data-viewer="/tep/…"> with its bar. Pages are drawn when they come near
// the view and dropped when far; words lie over them for selection, search in the page and screen readers.
import { GlobalWorkerOptions, TextLayer, getDocument } from 'pdfjs-dist';

const STEPS = [0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4];
const part = (name) => new URL(`./pdf/${name}/`, import.meta.url).href;

class Viewer {
  constructor(root) {
    this.root = root;
    this.box = root.querySelector('[data-pages]');
    this.input = root.querySelector('[data-page-input]');
    this.total = root.querySelector('[data-page-total]');
    this.scale = 0; // 0 = as wide as the view
    this.sheets = [];
  }

  async open() {
    GlobalWorkerOptions.workerSrc = document.querySelector('meta[name="lt-pdf-worker"]').content;
    try {
      this.pdf = await getDocument({
        url: this.root.dataset.viewer,
        standardFontDataUrl: part('standard_fonts'),
        wasmUrl: part('wasm'),
        useWasm: false, // the policy of our pages allows no compiled code
        isEvalSupported: false,
        enableXfa: false,
      }).promise;
    } catch {
      return; // the fallback with its link to the file stays on the page
    }
    this.total.textContent = this.pdf.numPages;
    this.input.max = this.pdf.numPages;
    this.first = await this.pdf.getPage(1);
    this.box.replaceChildren();
    const size = this.first.getViewport({ scale: 1 });
    for (let number = 1; number <= this.pdf.numPages; number += 1) {
      const sheet = document.createElement('div');
      sheet.className = 'lt-viewer__sheet';
      sheet.setAttribute('role', 'region');
      sheet.setAttribute('aria-label', `${this.root.dataset.pageWord ?? 'Trang'} ${number}`);
      this.box.append(sheet);
      this.sheets.push({ number, node: sheet, width: size.width, height: size.height, drawn: 0 });
    }
    this.watch = new IntersectionObserver((entries) => this.near(entries), { root: this.box, rootMargin: '600px' });
    this.sheets.forEach((sheet) => this.watch.observe(sheet.node));
    this.bind();
    this.layout();
    new ResizeObserver(() => this.scale === 0 && this.layout()).observe(this.box);
  }

  factor() {
    if (this.scale) return this.scale;
    return Math.max((this.box.clientWidth - 34) / this.sheets[0].width, 0.2);
  }

  layout() {
    const factor = this.factor();
    if (factor === this.drawnAt) return;
    const page = this.drawnAt ? this.page() : 1;
    this.drawnAt = factor;
    for (const sheet of this.sheets) {
      sheet.node.style.width = `${Math.round(sheet.width * factor)}px`;
      sheet.node.style.height = `${Math.round(sheet.height * factor)}px`;
      if (sheet.drawn) this.draw(sheet);
    }
    this.go(page);
  }

  near(entries) {
    for (const entry of entries) {
      const sheet = this.sheets.find((one) => one.node === entry.target);
      if (entry.isIntersecting) this.draw(sheet);
      else if (sheet.drawn) {
        sheet.node.replaceChildren();
        sheet.drawn = 0;
      }
    }
  }

  async draw(sheet) {
    const factor = this.factor();
    if (sheet.drawn === factor) return;
    sheet.drawn = factor;
    const page = await this.pdf.getPage(sheet.number);
    const own = page.getViewport({ scale: 1 });
    if (own.width !== sheet.width || own.height !== sheet.height) {
      Object.assign(sheet, { width: own.width, height: own.height });
      sheet.node.style.width = `${Math.round(own.width * factor)}px`;
      sheet.node.style.height = `${Math.round(own.height * factor)}px`;
    }
    const viewport = page.getViewport({ scale: factor });
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    const canvas = document.createElement('canvas');
    canvas.width = Math.floor(viewport.width * ratio);
    canvas.height = Math.floor(viewport.height * ratio);
    canvas.setAttribute('aria-hidden', 'true');
    const transform = ratio === 1 ? undefined : [ratio, 0, 0, ratio, 0, 0];
    await page.render({ canvas, viewport, transform }).promise;
    if (sheet.drawn !== factor) return;
    const words = document.createElement('div');
    words.className = 'textLayer';
    sheet.node.style.setProperty('--total-scale-factor', factor);
    sheet.node.replaceChildren(canvas, words);
    await new TextLayer({ textContentSource: page.streamTextContent(), container: words, viewport }).render();
  }

  page() {
    const top = this.box.scrollTop + this.box.clientHeight / 3;
    const found = this.sheets.filter((sheet) => sheet.node.offsetTop <= top).at(-1);
    return found?.number ?? 1;
  }

  go(number) {
    const sheet = this.sheets[Math.min(Math.max(number, 1), this.sheets.length) - 1];
    if (sheet) this.box.scrollTop = sheet.node.offsetTop - 8;
  }

  zoom(way) {
    const now = this.factor();
    const next = way > 0 ? STEPS.find((step) => step > now + 0.01) : STEPS.findLast((step) => step < now - 0.01);
    if (!next) return;
    this.scale = next;
    this.layout();
  }

  bind() {
    const acts = {
      prev: () => this.go(this.page() - 1),
      next: () => this.go(this.page() + 1),
      in: () => this.zoom(1),
      out: () => this.zoom(-1),
      fit: () => {
        this.scale = 0;
        this.layout();
      },
      full: () => (document.fullscreenElement ? document.exitFullscreen() : this.root.requestFullscreen()),
    };
    for (const button of this.root.querySelectorAll('[data-view]')) {
      button.addEventListener('click', acts[button.dataset.view]);
    }
    this.input.addEventListener('change', () => this.go(Number(this.input.value)));
    this.box.addEventListener('scroll', () => { this.input.value = this.page(); }, { passive: true });
    const keys = { '+': 'in', '=': 'in', '-': 'out', 0: 'fit', n: 'next', p: 'prev', f: 'full' };
    this.root.addEventListener('keydown', (event) => {
      if (event.target === this.input || event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
      acts[keys[event.key]]();
      event.preventDefault();
      event.stopPropagation();
    });
  }
}

export function start(root) {
  new Viewer(root).open();
}
