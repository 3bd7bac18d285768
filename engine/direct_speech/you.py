"""The reader as you where a verb may stand last: "dass er kommt" -> "dass du kommst"."""

from __future__ import annotations

from engine.checking.brief import Brief
from engine.direct_speech.address import Reader
from engine.direct_speech.clauses import Clause
from engine.direct_speech.fragments import chosen, contrasted, is_fragment
from engine.direct_speech.owners import is_owner, is_to_be, own
from engine.direct_speech.rivals import Rivals
from engine.direct_speech.speech import Speech
from engine.direct_speech.verbs import behind_you, is_finite


def spoken_to(text: str, reader: Reader, brief: Brief, before: str = "") -> str | None:
    """Return a text with a reader's pronouns as you, verbs included.

    before: what is said before it, where others may be named. None if a pronoun may be somebody
    else's, or a verb is not found.
    """
    speech = Speech(text, reader, brief)
    rivals = Rivals(speech, before)
    places = range(len(speech.lower))
    is_understood = (
        all(_word(place, speech, rivals) for place in places)
        and all(_reflexive(place, speech) for place in places)
        and _no_verb_is_left(speech)
    )
    return speech.text() if is_understood else None


def _word(place: int, speech: Speech, rivals: Rivals) -> bool:
    """Change a word if it is the reader; return whether it is understood."""
    word = speech.lower[place]
    if speech.is_reader_named(place):
        begins = place == speech.parsed.clause_of(place).first
        return begins and _subject(place, _you_as_subject(speech), speech)
    if word in speech.forms:
        return _pronoun(place, speech, rivals)
    return word not in speech.words.words("direct.others") or _others(place, speech, rivals)


def _pronoun(place: int, speech: Speech, rivals: Rivals) -> bool:
    if is_to_be(place, speech):
        return True
    owns = is_owner(place, speech)
    if owns is None:
        return False
    if owns:
        return own(place, speech, rivals)
    if speech.lower[place] in speech.words.words("direct.nominative"):
        return _nominative(place, speech, rivals)
    return _object(place, speech, rivals)


def _nominative(place: int, speech: Speech, rivals: Rivals) -> bool:
    """Change er, sie, hij or ze, which may be an object, or several."""
    words, word = speech.words, speech.lower[place]
    clause = speech.parsed.clause_of(place)
    if clause.start in speech.subjects:  # "Sie kann sie abholen."
        return _object(place, speech, rivals)
    if is_fragment(clause, speech):
        return contrasted(place, clause, speech)
    if chosen(place, clause, speech):
        return True
    is_object = word in words.words_before("direct.done_to")
    if is_object and speech.has_other_subject(clause, place):
        return _object(place, speech, rivals)
    found = speech.parsed.verb_of(place)
    if found is None:
        return False
    verb = speech.lower[found[0]]
    if _is_plural(verb, speech) and word in words.words("direct.others"):
        return rivals.are_others(place)
    is_person = not rivals.has_thing(place) or _is_personal(clause, verb, speech)
    if not is_person or not rivals.is_free(place):
        return False
    return _subject(place, speech.forms[word], speech)


def _others(place: int, speech: Speech, rivals: Rivals) -> bool:
    """Whether a pronoun that may be "they" is understood as it stands."""
    if speech.lower[place] not in speech.words.words("direct.nominative"):
        return rivals.are_others(place)
    found = speech.parsed.verb_of(place)
    if found is None or not _is_plural(speech.lower[found[0]], speech):
        return True
    clause = speech.parsed.clause_of(place)
    return speech.has_other_subject(clause, place) or rivals.are_others(place)


def _subject(place: int, you: str, speech: Speech) -> bool:
    """Make a word you, and its verbs agree; return whether they are found."""
    found = speech.parsed.verb_of(place)
    if found is None:
        return False
    verb, is_first = found
    clause = speech.parsed.clause_of(place)
    if speech.is_joined(place):
        return False  # "Er oder Anne kauft es."
    more = speech.parsed.more_verbs(verb, clause)
    if more is None:
        return False
    for one in (verb, *more):
        form = _verb(one, is_first and one == verb, speech)
        if form is None:
            return False
        speech.changes[one] = form
    speech.changes[place] = speech.you(you)
    speech.subjects[clause.start] = place
    return True


def _verb(place: int, is_first: bool, speech: Speech) -> str | None:
    """Return a verb's form behind you, unchanged where it is the same in all forms."""
    words, is_formal = speech.words, speech.reader.is_formal
    form = behind_you(speech.lower[place], is_formal, words, is_first=is_first)
    if form is None and words.pairs("direct.verbs_before") and not is_first:
        return speech.parsed.written[place]
    return form


def _object(place: int, speech: Speech, rivals: Rivals) -> bool:
    """Change whom something is done to; a thing or somebody else stays where it is clear."""
    words, word = speech.words, speech.lower[place]
    clause = speech.parsed.clause_of(place)
    if clause.start in speech.subjects:  # "Du kannst ihn holen."
        return True
    form = words.pairs("direct.done_to").get(word, speech.forms[word])
    if word not in words.words("direct.to_persons") and rivals.has_thing(place):
        inside = speech.lower[clause.start : clause.end]
        return not words.words("direct.of_things").isdisjoint(inside)
    if not rivals.is_free(place):
        return False
    speech.changes[place] = speech.you(form)
    return True


def _is_plural(verb: str, speech: Speech) -> bool:
    """Whether a verb is one of several: "sie kommen"."""
    words = speech.words
    if is_finite(verb, words):
        return False
    endings = tuple(words.words("direct.plural_endings"))
    return verb.endswith(endings) or verb in words.words("direct.plurals")


def _is_personal(clause: Clause, verb: str, speech: Speech) -> bool:
    """Whether only a person does what a verb tells: "er fragt", not "er soll da bleiben"."""
    inside = set(speech.lower[clause.start : clause.end])
    return verb in speech.words.words("direct.personal") and inside.isdisjoint(
        speech.words.words("direct.impersonal")
    )


def _you_as_subject(speech: Speech) -> str:
    nominative = speech.words.words("direct.nominative")
    return next(you for he, you in speech.words.pairs("direct.he").items() if he in nominative)


def _reflexive(place: int, speech: Speech) -> bool:
    """Change "sich" of the reader; return whether it is known whose it is."""
    words = speech.words
    clause = speech.parsed.clause_of(place)
    if speech.lower[place] not in words.words("direct.reflexive"):
        return True
    if clause.start not in speech.subjects or speech.reader.is_formal:
        return True
    of_themselves = words.words("direct.of_themselves")
    if of_themselves and of_themselves.isdisjoint(speech.lower[clause.start : clause.end]):
        return False
    speech.changes[place] = words.pairs("direct.of_you")[speech.lower[place]]
    return True


def _no_verb_is_left(speech: Speech) -> bool:
    """Whether no clause begins with a verb whose subject is left out."""
    words = speech.words
    for clause in speech.parsed.clauses:
        first = clause.first
        word = speech.lower[first]
        if first in speech.changes or not is_finite(word, words):
            continue
        if word.endswith("e") and word not in words.words_before("direct.verbs"):
            continue  # "Gute Besserung."
        inside = speech.lower[first + 1 : clause.end]
        has_subject = not words.words("direct.subjects").isdisjoint(inside)
        if not has_subject and clause.start not in speech.subjects:
            return False
    return True
