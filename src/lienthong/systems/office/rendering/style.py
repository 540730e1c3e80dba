"""The style sheet of official paper, made from the layout rules (OF-43, OF-44; PL I.II, PL I.V)."""

from lienthong.systems.office.rendering.fonts import FAMILY, Faces
from lienthong.systems.office.rendering.rules import Rules

SCHEME = "lienthong-font:"


def resources(faces: Faces) -> dict[str, bytes]:
    """The only resources that a rendering may fetch, by the names that the style sheet gives them."""
    return {f"{SCHEME}{face.name}": face.path.read_bytes() for face in faces.all()}


def font_faces() -> str:
    """The `@font-face` rules of the four faces."""
    styles = {
        "regular": ("normal", "normal"),
        "bold": ("bold", "normal"),
        "italic": ("normal", "italic"),
        "bold_italic": ("bold", "italic"),
    }
    return "".join(
        f'@font-face {{ font-family: "{FAMILY}"; font-weight: {weight}; font-style: {style};'
        f' src: url("{SCHEME}{name}"); }}\n'
        for name, (weight, style) in styles.items()
    )


def sheet(rules: Rules, *, address: bool = False, annexes: int = 0, landscape: frozenset[int] = frozenset()) -> str:
    """The style sheet of one document; annexes in the same file are named pages numbered apart (OF-43)."""
    page, size, text, sign = rules.page, rules.sizes, rules.text, rules.signature
    number = f"content: counter(page); font: {page['number_size']}pt {FAMILY}; vertical-align: middle"
    margins = f"{page['top']}mm {page['right']}mm {page['bottom']}mm {page['left']}mm"
    out = [
        f"@page {{ size: {page['width']}mm {page['height']}mm; margin: {margins}; @top-center {{ {number} }} }}",
        "@page :first { @top-center { content: none } }",
    ]
    if address:
        out.append(
            "@page :first { @bottom-center { content: element(address); width: 100%; vertical-align: top } }"
            ".address { position: running(address) }"
        )
    for n in range(1, annexes + 1):
        turned = f"size: {page['height']}mm {page['width']}mm;" if n in landscape else ""
        out.append(
            f"@page annex{n} {{ {turned} }}"
            f"@page :nth(1 of annex{n}) {{ counter-reset: page 1; @top-center {{ content: none }} }}"
            f".annex{n} {{ page: annex{n}; break-before: page }}"
        )
    out.append(f"""
html {{ font-family: {FAMILY}; font-size: {size["body"]}pt; line-height: {text["line_spacing"]}; color: #000;
  hyphens: manual; font-kerning: normal; font-variant-ligatures: none; }}
body {{ margin: 0 }}
p {{ margin: 0 }}
.upper {{ text-transform: uppercase }}
.line {{ border-bottom: 0.75pt solid #000; height: 0; margin: 2pt auto 0 }}
table {{ border-collapse: collapse }}

.head {{ width: 100%; table-layout: fixed; line-height: 1.15 }}
.head td {{ padding: 0; vertical-align: top; text-align: center }}
.head .left {{ width: {page["header_left"]}mm }}
.head .place, .head .national {{ white-space: nowrap }}
.national {{ font-size: {size["national"]}pt; font-weight: bold }}
.motto {{ font-size: {size["motto"]}pt; font-weight: bold }}
.superior {{ font-size: {size["organ"]}pt }}
.organ {{ font-size: {size["organ"]}pt; font-weight: bold }}
.head .row2 td {{ padding-top: 8pt; vertical-align: baseline }}
.number {{ font-size: {size["number"]}pt; white-space: nowrap }}
.place {{ font-size: {size["place"]}pt; font-style: italic }}
.blank {{ display: inline-block; height: 1.15em }}
.letter {{ font-size: {size["subject_letter"]}pt; padding-top: 6pt !important }}
.urgency {{ margin: 8pt auto 0; border: 1pt solid #f00; color: #f00; font-size: {size["urgency"]}pt; font-weight: bold;
  display: flex; align-items: center; justify-content: center; line-height: 1; box-sizing: border-box }}
.circulation {{ margin-top: 8pt; display: inline-block; border: 0.75pt solid #000; padding: 3pt 8pt;
  font-size: {size["circulation"]}pt; font-weight: bold; line-height: 1 }}

.title {{ margin-top: 18pt; text-align: center; line-height: 1.2 }}
.title .type {{ font-size: {size["type_name"]}pt; font-weight: bold }}
.title .subject {{ font-size: {size["subject"]}pt; font-weight: bold }}
.title .attached {{ font-size: {size["subject"]}pt; font-style: italic; font-weight: normal }}
.addressees {{ margin: 18pt auto 6pt; font-size: {size["addressee"]}pt }}
.addressees td {{ padding: 0; vertical-align: top; text-align: left }}
.addressees td:first-child {{ white-space: nowrap; padding-right: 0.35em }}
.main {{ margin-top: 12pt }}
.authority, .enacting {{ text-align: center; font-weight: bold; margin-top: 10pt; break-after: avoid }}

.main p, .annex p.text {{ text-align: justify; text-indent: {text["first_line_mm"]}mm;
  margin-top: {text["paragraph_gap_pt"]}pt; orphans: 2; widows: 2; overflow-wrap: break-word }}
.main p.flush {{ text-indent: 0 }}
.main p.left {{ text-align: left }}
.main p.center {{ text-align: center; text-indent: 0 }}
.main p.right {{ text-align: right; text-indent: 0 }}
.main .ground {{ font-style: italic }}
.main p.heading {{ text-align: center; text-indent: 0; font-weight: bold; break-after: avoid }}
.main p.heading.first {{ margin-top: 12pt }}
.main p.heading.second {{ margin-top: 0 }}
.main p.article, .main p.clause-title {{ font-weight: bold; break-after: avoid }}
.main p.lead {{ break-after: auto }}
.main p.lead .plain {{ font-weight: normal }}
.main p.caption {{ text-align: center; text-indent: 0; font-weight: bold; break-after: avoid }}
.grid {{ width: 100%; table-layout: fixed; margin-top: {text["paragraph_gap_pt"]}pt; line-height: 1.15 }}
.grid th, .grid td {{ border: 0.5pt solid #000; padding: 2pt 4pt; vertical-align: top; text-align: left;
  font-weight: normal; overflow-wrap: break-word }}
.grid th {{ font-weight: bold; text-align: center; vertical-align: middle }}
.grid tr {{ break-inside: avoid }}
.grid .center {{ text-align: center }} .grid .right {{ text-align: right }} .grid .justify {{ text-align: justify }}
.break {{ break-after: page; height: 0 }}

.foot {{ width: 100%; table-layout: fixed; margin-top: 14pt; break-inside: avoid; break-before: avoid;
  line-height: 1.15 }}
.foot td {{ padding: 0; vertical-align: top }}
.foot .to {{ width: 45% }}
.recipients-head {{ font-size: {size["recipients_head"]}pt; font-weight: bold; font-style: italic }}
.recipients p {{ font-size: {size["recipients"]}pt; padding-left: 0.55em; text-indent: -0.55em; margin-right: 4mm }}
.signer {{ text-align: center }}
.signer .power {{ font-size: {size["power"]}pt; font-weight: bold }}
.signer .name {{ font-size: {size["signer"]}pt; font-weight: bold }}
.signer .image {{ width: {sign["image_width"]}mm; height: {sign["image_height"]}mm;
  margin: {(sign["gap"] - sign["image_height"]) / 2}mm auto }}
.below {{ margin-top: 10pt; break-inside: avoid }}

.address {{ border-top: 0.75pt solid #000; font-size: {size["address"]}pt; text-align: center; padding-top: 3pt;
  line-height: 1.15; width: 100% }}
.annex-word {{ font-size: {size["annex_word"]}pt; font-weight: bold; text-align: center }}
.annex-title {{ font-size: {size["annex_title"]}pt; font-weight: bold; text-align: center }}
.annex-of {{ font-style: italic; text-align: center }}
""")
    return "\n".join(out)
