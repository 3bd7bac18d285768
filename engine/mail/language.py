"""A light guess at the language of a text: its script, then its commonest small words."""

from __future__ import annotations

import re
from collections import Counter

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_READ = 4000  # letters looked at; more do not change the verdict
_FEWEST = 2  # small words of a language below which nothing is said
_LINK = re.compile(r"\S*(?:://|@|www\.)\S*")

_SMALL_WORDS = {
    "en": "the and to of is in it you that for on are with this be have not at we can will your "
    "from but if would they what there thanks please was as i my me do so let know just a an or "
    "am no all get our us about how here has by any when out up time see could some",
    "de": "der die das und ist nicht ich du sie wir mit auf für ein eine zu den dem auch noch es "
    "von im kann wenn aber wie bei mir dir uns habe bitte danke schon oder dass",
    "fr": "le la les et est pas je vous nous pour un une des du que qui dans sur avec ce il ne au "
    "en si mais merci bien votre être sont cette j'ai c'est",
    "es": "el los las y es no que de por para un una con en se lo su pero más gracias como si yo "
    "está muy te me este hay del al",
    "it": "il lo gli e è non che di per un una con in si ma grazie come sono ho ci mi ti questo "
    "della del anche più alla nel",
    "pt": "o os as e é não que de por para um uma com em se mas obrigado obrigada como eu você "
    "está muito isso do da no na ao também",
    "nl": "de het een en is niet ik je we van voor met op te dat dit aan er maar ook bij als zijn "
    "hebben kan naar nog wel graag bedankt",
    "sv": "och är inte jag du vi att det en ett för på med av som den om har kan men till från så "
    "tack hej mig",
    "da": "og er ikke jeg du vi at det en et for på med af som den om har kan men til fra så tak "
    "hej mig også",
    "nb": "og er ikke jeg du vi at det en et for på med av som den om har kan men til fra så takk "
    "hei meg også",
    "fi": "ja on ei se että en olen mutta kun niin hän me te tämä voi jos kiitos myös ovat oli",
    "pl": "i jest nie się to na w z do że jak ale czy co dla od po tak już mam jestem dziękuję",
    "cs": "a je se na to v že ne s do jsem ale jak by pro si o tak jsme děkuji už",
    "hu": "a az és nem hogy is egy ez van de meg csak ha már még köszönöm vagy mint",
    "tr": "ve bir bu için de da ile ben çok ne mi var olarak ama gibi daha teşekkürler değil",
    "ro": "și este nu că în la de pe cu o un mai dar pentru sunt din care mulțumesc am",
}
_LANGUAGES_OF: dict[str, list[str]] = {}
for _language, _list in _SMALL_WORDS.items():
    for _word in _list.split():
        _LANGUAGES_OF.setdefault(_word, []).append(_language)

_SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("hi", re.compile("[\u0900-\u097f]")),
)
_CYRILLIC = re.compile("[\u0400-\u04ff]")


def guess_language(text: str) -> str:
    """The language as ISO 639-1; '' when the text is too short or unlike all known ones."""
    text = text[:_READ]
    if not text.isascii():
        letters = sum(map(str.isalpha, text))
        for language, script in _SCRIPTS:
            if len(script.findall(text)) * 5 > letters:
                return language
        if len(_CYRILLIC.findall(text)) * 2 > letters:
            return "uk" if re.search("[іїєґ]", text.lower()) else "ru"
    votes: Counter[str] = Counter()
    hits: Counter[str] = Counter()
    for word in _WORD.findall(_LINK.sub(" ", text).lower().replace("’", "'")):
        languages = _LANGUAGES_OF.get(word, ())
        for language in languages:
            hits[language] += 1
            votes[language] += 60 // len(languages)  # a word that many share tells less
    ranked = votes.most_common(2)
    if not ranked or hits[ranked[0][0]] < _FEWEST:
        return ""
    if len(ranked) > 1 and ranked[0][1] < 1.2 * ranked[1][1]:
        return ""
    return ranked[0][0]
