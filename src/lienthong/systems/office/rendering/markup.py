"""The HTML of a document; every text is escaped, nothing of the drafter's is ever markup (CORE-109, OF-44)."""

from html import escape
from typing import Any

from lienthong.kit.vietnamese import issue_date_text, repair
from lienthong.systems.office.rendering import body as bodies
from lienthong.systems.office.rendering.fields import DEPTH
from lienthong.systems.office.rendering.fonts import Face, Faces, wrap
from lienthong.systems.office.rendering.paper import Annex, Attached, Paper, Signer
from lienthong.systems.office.rendering.rules import Rules

POINTS_PER_MM = 72 / 25.4
DATE_SAMPLE = "ngày 30 tháng 12 năm 2026"
BLANK_DATE = "ngày {} tháng {} năm {}"


class Writer:
    """Writes one document; `fields` marks the room where form fields will stand (OF-21 mode A)."""

    def __init__(self, rules: Rules, faces: Faces, *, fields: bool) -> None:
        self.rules = rules
        self.faces = faces
        self.fields = fields

    # --- small pieces -----------------------------------------------------------------------------------------------

    def centred(self, text: str, face: Face, size: float, width_mm: float, *, line: bool = False) -> str:
        """A centred text broken evenly, with the solid line of one third to one half of it below (boxes 2, 5a)."""
        rows = wrap(repair(text), face, size, width_mm * POINTS_PER_MM)
        html = "<br>".join(escape(row) for row in rows)
        if line and rows:
            longest = max(face.width(row, size) for row in rows)
            html += f'<div class="line" style="width: {longest * self.rules.text["line_share"]:.2f}pt"></div>'
        return html

    def blank(self, width: float, ident: str = "") -> str:
        """Empty room of `width` points on the base line; named, so that a form field can be put there."""
        mark = f' id="{ident}"' if ident else ""
        return f'<span class="blank"{mark} style="width: {width:.2f}pt; vertical-align: {-DEPTH}em"></span>'

    def text(self, runs: list[Any]) -> str:
        """Runs of a text with their marks."""
        out = []
        for run in runs:
            html = escape(run if isinstance(run, str) else run["text"])
            if not isinstance(run, str):
                for mark, tag in (("underline", "u"), ("italic", "i"), ("bold", "b")):
                    if run.get(mark):
                        html = f"<{tag}>{html}</{tag}>"
            out.append(html)
        return "".join(out)

    # --- the head: boxes 1 to 4, 5b, 10b, 11 ------------------------------------------------------------------------

    def national(self) -> str:
        """Box 1: Quốc hiệu, Tiêu ngữ and a line as long as the latter."""
        text, size = self.rules.text, self.rules.sizes
        width = self.faces.bold.width(text["motto"], size["motto"])
        return (
            f'<p class="national">{text["national"]}</p><p class="motto">{text["motto"]}</p>'
            f'<div class="line" style="width: {width:.2f}pt"></div>'
        )

    def organ(self, header: tuple[str, ...]) -> str:
        """Box 2: the superior body, then the issuing body in bold over its line."""
        width, size = self.rules.page["header_left"] - 2, self.rules.sizes["organ"]
        superior = "".join(
            f'<p class="superior">{self.centred(name.upper(), self.faces.regular, size, width)}</p>'
            for name in header[:-1]
        )
        body = self.centred(header[-1].upper(), self.faces.bold, size, width, line=True) if header else ""
        return f'{superior}<div class="organ">{body}</div>'

    def number(self, paper: Paper) -> str:
        """Box 3: "Số: 05/QĐ-BNV", or room for the number between its fixed parts."""
        before, after = escape(paper.number_prefix), escape(paper.suffix)
        if paper.number:
            return f"Số: {escape(paper.document_number)}"
        width = self.faces.regular.width(paper.number_sample, self.rules.sizes["number"]) + 2
        return f"Số: {before}{self.blank(width, 'field-so' if self.fields else '')}{after}"

    def place(self, paper: Paper) -> str:
        """Box 4: place and date, days below 10 and months 1, 2 with a leading zero (OF-33, F-OF-12)."""
        if paper.issued_on:
            return escape(issue_date_text(paper.issued_on, paper.place))
        size = self.rules.sizes["place"]
        if self.fields:
            width = self.faces.italic.width(DATE_SAMPLE, size) + 2
            return f"{escape(paper.place)}, {self.blank(width, 'field-ngay')}"
        gaps = [self.blank(size * share) for share in (1.4, 1.4, 2.2)]
        return f"{escape(paper.place)}, {BLANK_DATE.format(*gaps)}"

    def head(self, paper: Paper) -> str:
        """Both columns of the head."""
        size = self.rules.sizes
        rows = [f'<tr><td class="left">{self.organ(paper.header)}</td><td>{self.national()}</td></tr>']
        number = f'<span class="number">{self.number(paper)}</span>' if paper.has("number") else ""
        place = f'<span class="place">{self.place(paper)}</span>' if paper.has("place") else ""
        if number or place:
            rows.append(f'<tr class="row2"><td>{number}</td><td class="place">{place}</td></tr>')
        if not paper.has("type") and paper.has("subject") and paper.subject:
            subject = self.centred(
                f"V/v {paper.subject}", self.faces.regular, size["subject_letter"], self.rules.page["header_left"] - 4
            )
            rows.append(f'<tr><td class="letter">{subject}</td><td></td></tr>')
        if paper.urgency:
            width, height = self.rules.urgency[paper.urgency.upper().replace("HOẢ", "HỎA")]
            frame = f'<div class="urgency" style="width: {width}mm; height: {height}mm">{escape(paper.urgency.upper())}'
            rows.append(f"<tr><td>{frame}</div></td><td></td></tr>")
        if paper.circulation:
            frame = f'<div class="circulation">{escape(paper.circulation.upper())}</div>'
            rows.append(f"<tr><td>{frame}</td><td></td></tr>")
        return f'<table class="head"><colgroup><col class="left"><col></colgroup>{"".join(rows)}</table>'

    # --- title and addressees: boxes 5a, 9a -------------------------------------------------------------------------

    def title(self, paper: Paper) -> str:
        """Box 5a; a text issued with a decision names that decision below its own title (mẫu 1.3)."""
        if not paper.heading:
            return ""
        size, width = self.rules.sizes, self.rules.text_width * 0.82
        has_subject = paper.has("subject") and bool(paper.subject)
        kind = self.centred(paper.heading, self.faces.bold, size["type_name"], width, line=not has_subject)
        out = f'<div class="type">{kind}</div>'
        if has_subject:
            last = paper.attached is None
            subject = self.centred(paper.subject, self.faces.bold, size["subject"], width, line=last)
            out += f'<div class="subject">{subject}</div>'
        if paper.attached:
            out += f'<div class="attached">{self.kept_with(paper.attached, line=True)}</div>'
        return f'<div class="title">{out}</div>'

    def kept_with(self, to: Attached, *, line: bool = False) -> str:
        """What the text belongs to, "(Kèm theo Quyết định số …)"; number and date stay blank until known (OF-51)."""
        size = self.rules.sizes["body"]
        gap = self.blank(size * 2.2)
        number = escape(to.number) if to.number else gap
        notation = to.notation if to.notation[:1] in {"/", "-", ""} else f"/{to.notation}"
        day = (
            issue_date_text(to.issued_on)
            if to.issued_on
            else BLANK_DATE.format(*(self.blank(size * share) for share in (1.4, 1.4, 2.2)))
        )
        html = f"(Kèm theo {escape(to.type_name)} số {number}{escape(notation)}<br>{day} của {escape(to.issuer)})"
        if line:
            length = self.rules.text_width * POINTS_PER_MM / 4
            html += f'<div class="line" style="width: {length:.2f}pt"></div>'
        return html

    def addressees(self, paper: Paper) -> str:
        """Box 9a: one addressee on the line, several as a list with dashes, the last with a full stop."""
        word = (paper.salutation or paper.sample.salutation or "Kính gửi:").format(body=paper.issuing_body)
        names = [repair(name).strip().rstrip(";.,") for name in paper.addressees]
        if not names:
            return ""
        if len(names) == 1:
            rows = f"<tr><td>{escape(word)}</td><td>{escape(names[0])}</td></tr>"
        else:
            marked = [f"- {escape(name)}{';' if n < len(names) else '.'}" for n, name in enumerate(names, 1)]
            rows = f"<tr><td>{escape(word)}</td><td></td></tr>"
            rows += "".join(f"<tr><td></td><td>{line}</td></tr>" for line in marked)
        return f'<table class="addressees">{rows}</table>'

    # --- the text: box 6 --------------------------------------------------------------------------------------------

    def main(self, paper: Paper) -> str:
        """Authority, căn cứ, the word that enacts, then the content, ended by "./."."""
        enacting = paper.sample.enacting if paper.enacting is None else paper.enacting
        out = []
        if paper.enacted_by:
            out.append(f'<p class="authority heading">{escape(repair(paper.enacted_by))}</p>')
        grounds = [repair(ground).strip().rstrip(";.,") for ground in paper.grounds]
        for n, ground in enumerate(grounds, 1):
            out.append(f'<p class="ground">{escape(ground)}{";" if n < len(grounds) else "."}</p>')
        if enacting:
            out.append(f'<p class="enacting heading">{escape(enacting)}</p>')
        out.append(self.blocks(ended(paper.body, self.rules.text["ending"])))
        return f'<div class="main">{"".join(out)}</div>'

    def blocks(self, body: dict[str, Any]) -> str:
        """The structured content."""
        return "".join(
            getattr(self, f"_{block['kind']}")(block, number) for block, number in bodies.numbered(body["blocks"])
        )

    def _paragraph(self, block: bodies.Block, _number: str) -> str:
        align = block.get("align", "justify")
        kinds = [align] if align != "justify" else []
        if not block.get("indent", True):
            kinds.append("flush")
        return f'<p class="{" ".join(kinds)}">{self.text(block["text"])}</p>'

    def _division(self, block: bodies.Block, number: str) -> str:
        word = f"{bodies.WORDS[block['kind']]} {number}"
        title = self.centred(
            block["title"].upper(), self.faces.bold, self.rules.sizes["body"], self.rules.text_width * 0.9
        )
        return f'<p class="heading first">{word}</p><p class="heading second">{title}</p>'

    _part = _chapter = _section = _subsection = _division

    def _article(self, block: bodies.Block, number: str) -> str:
        title, text = escape(block.get("title", "")), self.text(block.get("text", []))
        if not text:
            return f'<p class="article">Điều {number}. {title}</p>'
        plain = f' <span class="plain">{text}</span>'
        return f'<p class="article lead">Điều {number}.{" " + title if title else ""}{plain}</p>'

    def _clause(self, block: bodies.Block, number: str) -> str:
        title, text = escape(block.get("title", "")), self.text(block.get("text", []))
        head = f'<p class="clause-title">{number}. {title}</p>' if title else ""
        if title:
            return head + (f"<p>{text}</p>" if text else "")
        return f"<p>{number}. {text}</p>"

    def _point(self, block: bodies.Block, number: str) -> str:
        return f"<p>{number}) {self.text(block['text'])}</p>"

    def _list(self, block: bodies.Block, _number: str) -> str:
        return "".join(
            f"<p>{bodies.list_mark(block, n)} {self.text(item)}</p>" for n, item in enumerate(block["items"], 1)
        )

    def _table(self, block: bodies.Block, _number: str) -> str:
        widths = block.get("widths", [])
        total = sum(widths)
        columns = "".join(f'<col style="width: {share / total * 100:.2f}%">' for share in widths)
        caption = f'<p class="caption">{escape(block["caption"])}</p>' if block.get("caption") else ""
        head = "".join(self._row(row, "th") for row in block.get("head", ()))
        rows = "".join(self._row(row, "td") for row in block["rows"])
        head = f"<thead>{head}</thead>" if head else ""
        return f'{caption}<table class="grid"><colgroup>{columns}</colgroup>{head}<tbody>{rows}</tbody></table>'

    def _row(self, row: list[bodies.Block], tag: str) -> str:
        cells = []
        for cell in row:
            spans = "".join(f' {name}="{cell[name]}"' for name in ("colspan", "rowspan") if name in cell)
            kind = f' class="{cell["align"]}"' if "align" in cell else ""
            text = self.text(cell["text"])
            cells.append(f"<{tag}{spans}{kind}>{f'<b>{text}</b>' if cell.get('bold') else text}</{tag}>")
        return f"<tr>{''.join(cells)}</tr>"

    def _page_break(self, _block: bodies.Block, _number: str) -> str:
        return '<div class="break"></div>'

    # --- the foot: boxes 7, 8, 9b, 12, 13 ---------------------------------------------------------------------------

    def foot(self, paper: Paper) -> str:
        """Nơi nhận left, the signer right; two signers side by side with Nơi nhận below (biên bản, liên tịch)."""
        if not paper.has("signature"):
            return ""
        to = self.recipients(paper)
        if len(paper.signers) == 1:
            return (
                '<table class="foot"><colgroup><col class="to"><col></colgroup>'
                f"<tr><td>{to}</td><td>{self.signer(paper.signers[0], 1)}</td></tr></table>"
            )
        cells = "".join(f"<td>{self.signer(signer, n)}</td>" for n, signer in enumerate(paper.signers, 1))
        return f'<table class="foot"><tr>{cells}</tr></table><div class="below">{to}</div>'

    def signer(self, signer: Signer, n: int) -> str:
        """Boxes 7a, 7c, 7b."""
        lines = "".join(f'<p class="power">{escape(repair(line).upper())}</p>' for line in signer.lines)
        image = f'<div class="image" id="field-ky-{n}"></div>'
        post = f'<p class="power">{escape(repair(signer.post).upper())}</p>' if signer.post else ""
        return f'<div class="signer">{lines}{image}{post}<p class="name">{escape(repair(signer.name))}</p></div>'

    def recipients(self, paper: Paper) -> str:
        """Box 9b: opened by "Như trên" or "Như Điều …", closed by "Lưu: VT, ‹đơn vị› (số bản)." and box 12."""
        if not paper.has("recipients") and not paper.recipients:
            return ""
        names = [repair(name).strip().lstrip("- ").rstrip(";.,") for name in paper.recipients]
        opening = opening_recipient(paper)
        if opening and opening not in names:
            names.insert(0, opening)
        archive = f"Lưu: {paper.archive}" + (f", {paper.archive_unit}" if paper.archive_unit else "")
        archive += f" ({paper.archive_copies})" if paper.archive_copies else ""
        drafter = paper.drafter.upper() + (f".{paper.issued_copies}" if paper.issued_copies else "")
        lines = [f"<p>- {escape(name)};</p>" for name in names]
        lines.append(f"<p>- {escape(archive)}.{f' {escape(drafter)}' if paper.drafter else ''}</p>")
        return f'<div class="recipients"><div class="recipients-head">Nơi nhận:</div>{"".join(lines)}</div>'

    def address(self, paper: Paper) -> str:
        """Box 13, at the foot of page 1 under a line of the full width."""
        lines = "<br>".join(escape(repair(line)) for line in paper.address.splitlines())
        return f'<div class="address">{lines}</div>' if lines else ""

    # --- annexes ----------------------------------------------------------------------------------------------------

    def annex(self, annex: Annex, to: Attached | None, *, page: int = 0) -> str:
        """The word Phụ lục, Roman number where there are several, title, what it belongs to (mẫu 2.1, 2.2)."""
        word = f"Phụ lục {bodies.roman(annex.number)}" if annex.number else "Phụ lục"
        title = self.centred(
            annex.title.upper(), self.faces.bold, self.rules.sizes["annex_title"], self.rules.text_width * 0.85
        )
        of = f'<div class="annex-of">{self.kept_with(to, line=True)}</div>' if to else ""
        named = f' class="annex{page}"' if page else ""
        return (
            f'<section{named}><p class="annex-word">{word}</p><div class="annex-title">{title}</div>{of}'
            f'<div class="main">{self.blocks(annex.body)}</div></section>'
        )


def opening_recipient(paper: Paper) -> str:
    """How the receivers open: as the paper says, else "Như trên" after Kính gửi, "Như Điều n" after articles."""
    if paper.opening_recipient is not None:
        return paper.opening_recipient
    if paper.addressees:
        return "Như trên"
    articles = [number for block, number in bodies.numbered(paper.body["blocks"]) if block["kind"] == "article"]
    return f"Như Điều {articles[-1]}" if articles and paper.has("recipients") else ""


def ended(body: dict[str, Any], ending: str) -> dict[str, Any]:
    """The content with "./." at the end of its last text (OF-44 box 6); a closing table gets a line of its own."""
    blocks = [dict(block) for block in body["blocks"]]
    while blocks and blocks[-1]["kind"] == "page_break":
        blocks.pop()
    if not blocks:
        return {**body, "blocks": blocks}
    last = blocks[-1]
    if last["kind"] == "list":
        last["items"] = [*last["items"][:-1], _end(last["items"][-1], ending)]
    elif last.get("text"):
        last["text"] = _end(last["text"], ending)
    elif last.get("title"):
        last["title"] = _end([last["title"]], ending)[0]
    else:
        blocks.append({"kind": "paragraph", "text": [ending], "indent": False})
    return {**body, "blocks": blocks}


def _end(text: list[Any], ending: str) -> list[Any]:
    if not text:
        return [ending]
    *before, run = text
    words = (run if isinstance(run, str) else run["text"]).rstrip().removesuffix(ending).rstrip(" .;,/")
    return [*before, f"{words}{ending}" if isinstance(run, str) else {**run, "text": f"{words}{ending}"}]
