"""Say one order with its clause as it stands: "ask" "ob er kommt" -> "Kommst du?".

The list `direct.says` has the words for each kind of order, by what its clause begins with:
"tell dass" -> "ich wollte dir sagen, dass {}".
"""

from __future__ import annotations

import re

from engine.checking.lexicon import Lexicon, alternatives
from engine.direct_speech.address import Reader
from engine.direct_speech.clauses import Parsed
from engine.direct_speech.kept_sentences import asks, is_order, is_statement, sentences_of
from engine.direct_speech.moved_verbs import as_question, as_statements
from engine.direct_speech.verbs import is_finite
from engine.direct_speech.wording import sentence


def said_of(kind: str, content: str, reader: Reader, words: Lexicon) -> list[str] | None:
    """Return the sentences of one order; its first is in the order's words."""
    first, *rest = sentences_of(content, words)
    made = _first(kind, first, reader, words)
    if made is None or any(is_order(one, words) for one in rest):
        return None
    return [*made, *(_request(_as_it_is(one, kind, words), reader, words) for one in rest)]


def _as_it_is(text: str, kind: str, words: Lexicon) -> str:
    """Return one more sentence, with a question mark where it asks, too: "und ob sie kommt"."""
    joined, *rest = [word.lower() for word in words.find_words(text)] or [""]
    is_joined = kind == "ask" and joined in words.words("direct.coordinators")
    return sentence(text, "?" if is_joined and asks(" ".join(rest), words) else "")


def _first(kind: str, text: str, reader: Reader, words: Lexicon) -> list[str] | None:
    """Return an order's first sentence in its words; None where the list has none for it."""
    says = words.pairs("direct.says_to_anybody" if reader.is_anybody else "direct.says")
    correlates = alternatives(words.words("direct.correlates"))
    text = re.sub(rf"^{correlates}(?!\w)[,\s]+", "", text, flags=re.IGNORECASE)
    key, text = _opened(kind, text, says, words)
    if key not in says or (key == kind and not is_statement(text, words)):
        return None
    if key in ("tell dass", "tell dat") and (moved := as_statements(text, words)):
        return [_request(sentence(one), reader, words) for one in moved]
    told = ""
    if kind == "ask" and key != kind:
        text, told = _question_apart(text, words)
    if not text.strip(" .?!,;"):
        return None
    if "," in text and re.search(r"\{\} \w", says[key]):
        return None  # The verb would stand far behind what it is for.
    is_dangling = kind in ("thank", "congratulate", "wish") and re.search(
        rf"\s{alternatives(words.words('direct.that'))}\s", text
    )
    if is_dangling and key.split()[-1] not in words.words("direct.that"):
        return None  # "Thank her for the tip, and that it was good."
    is_whether = key in ("ask ob", "ask of")
    if is_whether and (question := as_question(text, reader.is_formal, words)):
        return [sentence(one) for one in (question, told) if one]
    if says[key] == "{}.":
        return [_request(sentence(text), reader, words)]
    template = _worded(says[key], reader, words)
    content = text.strip(" .?!,;")
    if ". {}" in template:  # "I decline. {}"
        content = content[:1].upper() + content[1:]
    made = sentence(template.replace("{}", content))
    return [_request(one, reader, words) for one in (made, sentence(told)) if one != "."]


def _opened(kind: str, text: str, says: dict[str, str], words: Lexicon) -> tuple[str, str]:
    """Return the entry of `says` for a clause, and what of the clause is put into it."""
    opening, _, rest = text.partition(" ")
    key = f"{kind} {opening.lower().strip(',')}"
    if key in says:
        return key, rest
    if asks(text, words) and f"{kind} ?" in says:
        return f"{kind} ?", text
    if f"{kind} zu" in says and re.search(r"\bzu \w+e?n\b|\w+zu\w+e?n\b", text):
        return f"{kind} zu", text
    return kind, text


def _question_apart(text: str, words: Lexicon) -> tuple[str, str]:
    """Return a question and the statement behind its comma, if any."""
    parsed = Parsed(text, words)
    for clause in parsed.clauses[1:]:
        opening = parsed.lower[clause.first : clause.first + 4]
        own = words.words("direct.subjects")
        is_choice = len(opening) > 1 and opening[1] in words.words("direct.joining")
        turned = not own.isdisjoint(opening[1:]) and not is_choice  # "Anders vraag ik Bo."
        is_own = opening[0] in own and not is_choice
        is_whole = is_own or turned or any(is_finite(word, words) for word in opening[1:])
        joined = parsed.lower[clause.start] in words.words("direct.reasons")
        if not clause.is_dependent and is_whole and (joined or parsed.is_apart(clause.start)):
            start = parsed.tokens[clause.first if joined else clause.start].start()
            return text[: parsed.tokens[clause.start].start()].strip(" ,"), text[start:]
    return text, ""


def _worded(template: str, reader: Reader, words: Lexicon) -> str:
    """Return a template with the formal you where the reader is called so."""
    formally = words.pairs("direct.formally") if reader.is_formal else {}
    pattern = rf"(?<!\w){alternatives(formally)}(?!\w)"
    return re.sub(pattern, lambda match: formally[match[0].lower()], template)


def _request(text: str, reader: Reader, words: Lexicon) -> str:
    """Return "you should come, I am there" as "could you come? I am there"."""
    requests = words.words("direct.formal_requests" if reader.is_formal else "direct.requests")
    wanted = alternatives(requests)
    match = re.match(rf"{wanted}\s+([^,;:?]+)(,\s.*)?\.$", text, re.IGNORECASE)
    if not match or not words.words("instructions.negations").isdisjoint(match[1].lower().split()):
        return text
    what, behind = match[1], (match[2] or "").strip(" ,")
    if behind and Parsed(f"{what}, {behind}", words).clauses[1].is_dependent:
        what, behind = f"{what}, {behind}", ""
    asked = sentence(_worded(words.pairs("direct.says")["request"], reader, words))
    return " ".join([asked.replace("{}", what), *([sentence(behind)] if behind else [])])
