"""Facts of the writer that an instruction asks for: "give her my phone number"."""

from __future__ import annotations

import re

import apsw

from engine.mail.stored.writer_facts import writer_facts

_MOST_OF_A_KIND = 2

# Only what is called the writer's own: "ask for his number" must not give the writer's away.
_MINE = (
    r"my|our|mein\w*|unser\w*|mon|ma|mes|notre|nos|mi|mis|nuestr\w+|mi[oae]|miei|nostr\w+|"
    r"meu|minha|meus|minhas|nosso|nossa|mijn|onze|ons|min|mitt|mina|vår|vårt|våra|mój|moja|moje|"
    r"mojego|můj|мой|моя|мои|моего|наш\w*|benim|minun"
)
_KINDS = {
    "phone": r"(?:tele)?phone\w*|number|mobile|cell\w*|telefon\w*|handynummer|handy|nummer|"
    r"rufnummer|mobilnummer|téléphone|portable|numéro|teléfono|móvil|celular|número|cellulare|"
    r"numero|telemóvel|telefoon\w*|mobiel\w*|telefonnummer|mobilnummer|телефон\w*|номер\w*|"
    r"τηλέφωνο|τηλεφώνου|numarası|numaram|puhelin\w*|komórk\w*|číslo",
    "postal": r"address|adresse|anschrift|postanschrift|dirección|indirizzo|endereço|morada|"
    r"adres|adress|adresu|адрес\w*|διεύθυνση|adresa|adresim|osoite\w*",
    "link": r"web\s?sites?|web\s?page|homepage|links?|calendar|calendly|linkedin|github|blog|"
    r"site|sito|página|webseite|internetseite|hemsida|strona|сайт\w*|ιστοσελίδα|enlace|lien",
    "email": r"e-?mail(?:[ -]?(?:address|adresse|adres|adress))?|correo|courriel|почт\w*|"
    r"sähköposti\w*",
}
# Languages that write no spaces, or hang the possessive on the noun.
_WHOLE = {
    "phone": r"我的(?:电话|手机|電話|手機)|私の(?:電話|携帯)|내 ?전화|제 ?전화|"
    r"رقم هاتفي|رقمي|το τηλέφωνό μου|telefonumu",
    "postal": r"我的地址|私の住所|내 ?주소|제 ?주소|عنواني|τη διεύθυνσή μου|adresimi",
    "link": r"我的(?:网站|主页|網站)|私の(?:サイト|ホームページ)|موقعي",
    "email": r"我的(?:邮箱|邮件地址|郵箱)|私のメールアドレス|내 ?이메일|بريدي",
}
_SUCH = {
    kind: re.compile(rf"\b(?:{_MINE})\s+(?:[\w-]+\s+){{0,2}}?(?:{words})\b|{_WHOLE[kind]}", re.I)
    for kind, words in _KINDS.items()
}
_SENT_MAIL = re.compile(
    r"\b(?:last|previous|earlier|first|letzte\w*)\s+e-?mail\b|\be-?mail\s+of\b", re.I
)


def relevant_facts(connection: apsw.Connection, instruction: str) -> list[str]:
    """The writer's facts that an instruction asks for, as signatures had them, the newest first.

    Kinds: phone, postal address, link and e-mail address. [] when it asks for none, and when it
    asks for somebody else's.
    """
    asked = {kind for kind, such in _SUCH.items() if such.search(instruction)}
    if _SENT_MAIL.search(instruction):
        asked.discard("email")
    if "email" in asked:
        asked.discard("postal")  # "my e-mail address" names no street
    found: dict[str, list[str]] = {kind: [] for kind in asked}
    for fact in writer_facts(connection) if asked else ():
        texts = found.get(fact.kind, [])
        if len(texts) < _MOST_OF_A_KIND and fact.text not in texts:
            texts.append(fact.text)
    return [text for kind in _KINDS for text in found.get(kind, [])]
