"""Find what programs write where files are attached or were: "<<plan.pdf>>", " - plan.pdf"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.words import words

_FILE = r"[^\[\]<>(){}«»:@]{1,120}\.[a-z0-9]{2,5}"
_ATTACHMENT = re.compile(
    r"^\s*(?:[-*]\s\S[^\t]{0,80}\.[a-z0-9]{2,4}|(?:<<[^<>]{1,120}>>[\s?]*){1,8}"
    rf"|(?:\((?=[^:]{{0,40}}(?:file|datei|fichier|archivo|arquivo|allegat|bijlage|bestand|plik|файл))"
    rf"[^():]{{4,40}}: ?{_FILE}\)\s*){{1,8}}"
    r"|<embedded [^<>]{1,60}>|\[(?:image|cid:[^\]]{1,120})\])\s*$",
    re.IGNORECASE,
)


# "plan.pdf (12 kB)", as programs list files; "Attachment: plan.pdf 12K", "[plan.pdf (12 kB)]"
_SIZE = r"\d[\d.,]{0,8} ?(?:[kmg]i?[bo]?|bytes)"
_SIZED_FILE = re.compile(rf"(?!https?:){_FILE}(?: ?[(\[]{_SIZE}[)\]]|[ \t]+{_SIZE})", re.IGNORECASE)
_BETWEEN_FILES = re.compile(r"(?<=[)\]])[,;]?\s+(?!$)")
_ATTACHMENT_WORD = (
    r"(?:attach|anh[aä]ng|anlage|pi[eè]ces? joint|adjunto|allegat|bijlage|anexo|bilag|vedlegg"
    r"|załącznik|příloh|вложени)\w*"
)
_LABEL = re.compile(rf"{_ATTACHMENT_WORD} ?: ?", re.IGNORECASE)
_COUNT = re.compile(rf"\d{{1,2}} {_ATTACHMENT_WORD}\W*", re.IGNORECASE)
_BULLET = re.compile(r"[-*•]\s+")
_PLACEHOLDER = re.compile(
    r"^\s*(?:\[(?:cid:[^\]]{1,200}|image: ?[^\]]{0,200}|inline (?:image|graphic)(?: \d{1,3})?"
    r"|https?://[^\]\s]{1,300}\.(?:png|gif|jpe?g)[^\]]{0,80}"
    r"|(?:[^\W\d_][\w -]{1,20}: ?)?[^\[\]@:/]{1,100}\."
    r"(?:jpe?g|png|gif|heic|tiff?|pdf|docx?|xlsx?|pptx?|od[tsp]|zip|mov|mp[34]|ics|vcf)"
    r"|attachment \"[^\"\]]{1,200}\" [^\]]{1,80}"
    # Outlook's names of pictures, and what it sees in them
    r"|(?:signature|image|logo)_\d{1,12}|[^\[\]]{1,300}\b(?:automatically generated"
    r"|automatisch (?:generiert|gegenereerd)|générée automatiquement|generada automáticamente"
    r"|generata automaticamente)"
    # What a list or a gateway removed, or shows elsewhere, by its type
    r"|[^\[\]]{0,120}\b(?:application|audio|image|message|text|video)/[\w.+-]+\b[^\]]{0,120}"
    r"|(?:non-text (?:portions|parts)|attachments?(?:\(s\))?|\d+ attachments?)\b[^\[\]]{0,100}"
    r"(?:removed|below|included|stripped|scrubbed|deleted))\.?\]"
    r"|(?:<[^<>\s@:/][^<>@:/]{0,100}\.[a-z0-9]{2,5}>\s*){1,8}"
    rf"|(?:«{_FILE}»[\s,]*){{1,8}})\s*$",
    re.IGNORECASE,
)

# Marks by which help desks find the ticket that an answer belongs to
_TICKET = re.compile(r"\{#\w{1,6}:[\w-]{4,60}#\}|ref:_?\w{6,24}\._?\w{6,40}:ref")
# The banner, a line that ends in "...", and a list of the part's name, type, size and link.
_SCRUBBED = re.compile(
    r"^-{10,} (?:next part|[^\n-]{3,40}(?= -{10,} *\n[^\n]{5,80}\.\.\. *\n)) -{10,} *\n?"
    r"(?:[^\n]{5,80}\.\.\. *\n"
    r"(?:(?:[^\W\d_]\w{1,14} ?:[^\n]{0,300}|<https?:[^\n]{1,300})(?:\n|\Z))*)?",
    re.MULTILINE,
)
_LONGEST_LINE = 200
_LONGEST_READ = 400
_MARK = re.compile(r"[ \t]*<<(?P<name>[^<>\n]{1,120}(?:\n[^<>\n]{1,60})?\.\w{2,5})>>[ \t]*")
_BLANK = "[ \\n]"
_MARKS = "|".join(words("attachments.marks"))
# "(See attached file: plan.pdf)", several of them on a line
_NOTES_MARKS = re.compile(
    rf"\s*(?:\((?![a-z])(?i:{_MARKS})\s?:(?:[^()\n]|\([^()\n]{{0,60}}\)){{1,160}}\)\s*)+"
)
# "Here it is. (See attached file: plan.pdf)", perhaps wrapped within the mark
_MARK_BEHIND_WORDS = re.compile(
    rf"\((?<=[^\s)] \()(?![a-z])(?i:{_MARKS.replace(' ', _BLANK)})\s?:"
    r"(?:[^()\n]|\n(?!\n)|\([^()\n]{0,60}\)){1,160}\)"
)
_LISTED = re.compile(r"^\s*[-*]\s(\S.{0,119}?)\s*$")


def without_scrubbed_parts(text: str) -> str:
    """Return the text without what Mailman writes in place of a part that it took off."""
    return _SCRUBBED.sub("", text)


def is_placeholder(line: str) -> bool:
    """Return whether a line replaces an image or file: "[image: logo.png]", "<plan.pdf>"."""
    text = line[:_LONGEST_READ].strip()
    if text.startswith(("{#", "ref:_")) and _TICKET.fullmatch(text):
        return True
    if text.startswith(("[", "<", "«")):
        return bool(_PLACEHOLDER.match(text)) or _are_sized(text[1:-1])
    label = _LABEL.match(text)
    return label is not None and _are_sized(text[label.end() :])


def _are_sized(text: str) -> bool:
    """Return whether a text is files with their sizes: "plan.pdf (12 kB), map.png (3 MB)"."""
    return all(map(_SIZED_FILE.fullmatch, _BETWEEN_FILES.split(text.rstrip(",;"))))


def without_attachment_marks(text: str) -> str:
    """Return the text without Exchange's marks "<<plan.pdf>>" and the list of the same files.

    Exchange writes the mark where the file is in the text, and Lotus Notes the list at its end.
    """
    names = {" ".join(found["name"].split()).lower() for found in _MARK.finditer(text)}
    if not names:
        return text
    # A mark at either end of a line goes with the spaces around it; one within it leaves a space.
    text = _MARK.sub(lambda found: " " if _is_within_line(found) else "", text)
    kept = [line for line in text.split("\n") if not _is_listed(line, names)]
    return "\n".join(kept)


def without_notes_marks(text: str) -> str:
    """Return the text without Lotus Notes' marks behind the words on a line.

    Those on lines of their own go at the end of the text, see `is_programs_list`.
    """
    return _MARK_BEHIND_WORDS.sub("", text)


def _is_within_line(found: re.Match[str]) -> bool:
    text = found.string
    starts_line = not text[text.rfind("\n", 0, found.start()) + 1 : found.start()].strip()
    ends_line = found.end() == len(text) or text[found.end()] == "\n"
    return not (starts_line or ends_line)


def _is_listed(line: str, names: set[str]) -> bool:
    found = _LISTED.match(line[:_LONGEST_LINE])
    return found is not None and found.group(1).lower() in names


def attachment_list_start(lines: Sequence[str]) -> int:
    """Return the start of the list of attachments at the end; len(lines) if there is none."""
    end = start = len(lines)
    while end > 0 and (not lines[end - 1].strip() or _is_attachment(lines[end - 1])):
        end -= 1
        if lines[end].strip():
            start = end
    return start


def is_programs_list(lines: Sequence[str], start: int) -> bool:
    """Return whether a program wrote the list at the end from `start` on.

    It has the files' sizes, or is Lotus Notes' marks alone. A list that the line above it announces
    is the writer's.
    """
    above = next((line.rstrip() for line in reversed(lines[:start]) if line.strip()), ":")
    listed = [line for line in lines[start:] if line.strip()]
    return not above.endswith((":", "：")) and (
        any(map(_is_sized_item, listed)) or all(map(_NOTES_MARKS.fullmatch, listed))
    )


def _is_attachment(line: str) -> bool:
    text = line[:_LONGEST_READ]
    is_counted = _COUNT.fullmatch(text.strip()) is not None
    return is_counted or _ATTACHMENT.match(text[:300]) is not None or _is_sized_item(text)


def _is_sized_item(line: str) -> bool:
    text = line[:_LONGEST_READ].strip()
    bullet = _BULLET.match(text)
    return _are_sized(text[bullet.end() :] if bullet else text)
