"""Say orders with their clauses as they stand: "sag ihr, dass …" -> "ich wollte dir sagen, dass …".

In German and Dutch a verb stands last there, and no rule has to move it.
"""

from __future__ import annotations

import re
from itertools import pairwise

from engine.checking.brief import Brief
from engine.checking.lexicon import Lexicon, alternatives
from engine.direct_speech.address import Reader, reader_of
from engine.direct_speech.clauses import Parsed
from engine.direct_speech.heads import orders_around
from engine.direct_speech.kept_notes import note_of, tells_of_others
from engine.direct_speech.moved_verbs import as_question, as_statements
from engine.direct_speech.orders import Order
from engine.direct_speech.verbs import is_finite
from engine.direct_speech.wording import sentence
from engine.direct_speech.you import spoken_to

_HOSTILE = re.compile(r"[&+=<>|{}\[\]*_#@\\()]|->")


def kept(brief: Brief) -> str:
    """Return what an instruction says, as sentences to its reader; '' if it is not understood."""
    words = brief.words
    found = _questions_apart(orders_around(brief), words) or _noted(brief)
    if not found or _HOSTILE.search(brief.instruction):
        return ""
    contents = [order.content for order in found]
    reader = reader_of([order.whom for order in found], " ".join(contents), brief)
    if reader is None or _speaks_to_assistant(contents, words):
        return ""
    made = []
    for number, order in enumerate(found):
        content = spoken_to(order.content, reader, brief, " ".join(contents[:number]))
        said = None if content is None else _said(order, content, reader, words)
        if said is None:
            return ""
        made += said
    return " ".join(made)


def _questions_apart(found: list[Order], words: Lexicon) -> list[Order]:
    """Return orders with what is asked behind what is told as orders of their own: "und ob"."""
    joiners = alternatives(words.words("direct.coordinators"))
    made: list[Order] = []
    for order in found:
        apart = re.split(rf",?\s+{joiners}\s+(?=(?:ob|of)\s)", order.content, maxsplit=1)
        if order.kind != "tell" or len(apart) == 1 or not _is_question_of(apart[1], words):
            made.append(order)
            continue
        made += [Order("tell", order.whom, apart[0]), Order("ask", order.whom, apart[-1])]
    return made


def _is_question_of(text: str, words: Lexicon) -> bool:
    return len(words.find_words(text)) > 2


def _noted(brief: Brief) -> list[Order]:
    """Return a note as an order to tell it."""
    whom, text = note_of(brief)
    is_headed = brief.instruction.lower().startswith(whom.lower()) and whom != ""
    if not text or (is_headed and tells_of_others(text, brief.words)):
        return []
    return [Order("tell", whom, text)]


def _speaks_to_assistant(contents: list[str], words: Lexicon) -> bool:
    """Whether something is said to the assistant, or of how the mail should be."""
    for content in contents:
        parsed = Parsed(content, words)
        firsts = {parsed.lower[clause.first] for clause in parsed.clauses}
        if not firsts.isdisjoint(words.words("instructions.form")):
            return True
        if not words.words("direct.assistant").isdisjoint(parsed.lower):
            return True
    return False


def _said(order: Order, content: str, reader: Reader, words: Lexicon) -> list[str] | None:
    """Return the sentences of one order; its first is in the order's words."""
    first, *rest = _sentences(content, words)
    made = _first(order.kind, first, reader, words)
    if made is None or any(_is_order(one, words) for one in rest):
        return None
    return [*made, *(_request(_as_it_is(one, order.kind, words), reader, words) for one in rest)]


def _as_it_is(text: str, kind: str, words: Lexicon) -> str:
    """Return one more sentence, with a question mark where it asks, too: "und ob sie kommt"."""
    joined, *rest = [word.lower() for word in words.find_words(text)] or [""]
    asks = (
        kind == "ask"
        and joined in words.words("direct.coordinators")
        and _asks(" ".join(rest), words)
    )
    return sentence(text, "?" if asks else "")


def _sentences(text: str, words: Lexicon) -> list[str]:
    """Return the sentences of a text, with their marks."""
    parsed = Parsed(text, words)
    ends = [place for place in range(1, len(parsed.tokens)) if parsed.ends_sentence(place)]
    starts = [0, *(parsed.tokens[place].start() for place in ends), len(text)]
    return [text[start:end].strip() for start, end in pairwise(starts)]


def _first(kind: str, text: str, reader: Reader, words: Lexicon) -> list[str] | None:
    says = words.pairs("direct.says_to_anybody" if reader.is_anybody else "direct.says")
    text = re.sub(
        rf"^{alternatives(words.words('direct.correlates'))}(?!\w)[,\s]+", "", text, flags=re.I
    )
    opening, _, rest = text.partition(" ")
    key = f"{kind} {opening.lower().strip(',')}"
    if key in says:
        text = rest
    elif _asks(text, words) and f"{kind} ?" in says:
        key = f"{kind} ?"
    elif f"{kind} zu" in says and re.search(r"\bzu \w+e?n\b|\w+zu\w+e?n\b", text):
        key = f"{kind} zu"
    else:
        key = kind
    if key not in says or (key == kind and not _is_statement(text, words)):
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
    made = sentence(template.replace("{}", text.strip(" .?!,;")))
    made = re.sub(r"(?<=\. )\w", lambda match: match[0].upper(), made)  # "I decline. {}"
    return [_request(one, reader, words) for one in (made, sentence(told)) if one != "."]


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


def _asks(text: str, words: Lexicon) -> bool:
    """Whether a text begins as an indirect question, such as "um wieviel Uhr"."""
    opening = [word.lower() for word in words.find_words(text)[:2]]
    return not words.words("instructions.interrogatives").isdisjoint(opening)


def _is_statement(text: str, words: Lexicon) -> bool:
    """Whether a text is a sentence that can be said as it is."""
    opening = [word.lower() for word in words.find_words(text)[:2]]
    if not opening or _is_order(text, words) or _asks(text, words):
        return False
    parsed = Parsed(text, words)
    clause = parsed.lower[: parsed.clauses[0].end]
    has_subject = not words.words("direct.subjects").isdisjoint(clause)
    verbs = (word for word in clause if is_finite(word, words) and not word.endswith("te"))
    has_verb = has_subject or any(verbs)
    if not has_verb and clause[-1] in words.words("direct.particles"):
        return False  # "Sag die Probe ab."
    if not has_verb and words.phrases("direct.done").search(text):
        return False  # "Schreib eine Absage."
    return opening[0] not in words.words("direct.no_statement", "direct.subordinators")


def _is_order(text: str, words: Lexicon) -> bool:
    """Whether a sentence is one more order to an assistant."""
    first = words.first_word(text).lower()
    return first in words.words("direct.imperatives", "instructions.verbs")
