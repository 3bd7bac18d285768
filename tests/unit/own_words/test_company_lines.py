"""What companies and mail plug-ins put below each mail: their pride, the law, a plea, a booking."""

from __future__ import annotations

import pytest

from engine.mail.own_words import own_words

TEXT = "Hello Jane,\n\nFriday suits me well. Shall we meet at the mill at ten?"
OWN = f"{TEXT}\n\nBest regards,\nAnn Lee"
SIGNED = f"{OWN}\n\nSales Manager | Hill Ltd\nTel. 020 7946 0123\nwww.hill.example.org"

PRIDE = [
    "Winner of the Green Mill Award 2023",
    "Award-winning mill since 1890",
    "Proud sponsor of the Hill Marathon",
    "Celebrating 50 years of milling!",
    "Lauréat du prix du moulin 2023",
    "Like us on Facebook | Follow us on Twitter",
]
NOTES = [
    # the law
    "We process your personal data in accordance with the GDPR.",
    "For information on how we process personal data, see our privacy notice.",
    "No contract may be concluded by e-mail on behalf of Hill Ltd.",
    "Hill Ltd accepts no liability for any damage caused by any virus in this email.",
    "E-mail may be monitored for security purposes.",
    "Informationen zum Datenschutz finden Sie unter https://hill.example.org/datenschutz.",
    "Für Viren in dieser E-Mail übernehmen wir keine Haftung.",
    "Verträge können per E-Mail nicht geschlossen werden.",
    "Nous déclinons toute responsabilité en cas de virus.",
    "Sus datos personales serán tratados conforme al RGPD.",
    "Wij verwerken uw persoonsgegevens volgens de AVG.",
    "I dati personali contenuti nel messaggio sono trattati ai sensi del GDPR.",
    "I messaggi di posta elettronica non costituiscono impegno contrattuale per la società.",
    "I virus possono essere trasmessi per e-mail; la società declina ogni responsabilità.",
    "Hill Trust is a registered charity in England and Wales (1234567).",
    "Registered charity no. 1234567",
    # a time to meet
    "Book time with me: https://calendly.com/annlee/30min",
    "Book time to meet with me",
    "Find a time on my calendar: https://cal.com/annlee",
    # not to print
    "Drucken Sie diese E-Mail nur aus, wenn es nötig ist.",
    "Avant d'imprimer, pensez à la planète.",
    "No imprima este correo si no es necesario.",
    "Skriv inte ut det här mejlet i onödan.",
    "Ajattele ympäristöä ennen kuin tulostat tämän viestin.",
    "Zvažte, zda je nutné tento e-mail tisknout.",
    "Σκεφτείτε το περιβάλλον πριν εκτυπώσετε αυτό το μήνυμα.",
    "このメールを印刷する前に環境のことを考えてください。",
    "打印前请考虑环境。",
    # a plug-in
    "Mail sent using Streak",
    "Email powered by Mixmax",
    "Email sent with Hillmail.io",
    "Sender notified by Millpost",
    "Mail merge by HMerge",
    "This message was sent securely using Hillcrypt(R)",
    "Secured by Hillbox - HITRUST CSF Certified",
    "Diese E-Mail wurde mit HILLmail verschlüsselt übertragen.",
    # how secret it is, and the ticket of a help desk
    "Classification: Public",
    "Sensitivity: Internal",
    "ref:_00D20Abcd._5002000XyzAB:ref",
    "[ ref:!00D20Abcd.!5002000XyzAB:ref ]",
    "thread::AbCdEfGhIjKlMnOpQrStUv::",
    "[K0ZQ9Y-ABCD]",
]


@pytest.mark.parametrize("line", PRIDE)
def test_what_a_company_is_proud_of_goes_with_the_contacts_above(line: str) -> None:
    assert own_words(f"{SIGNED}\n\n{line}\n") == OWN
    assert own_words(f"{OWN}\n\n{line}\n") == f"{OWN}\n\n{line}"


@pytest.mark.parametrize("closing", ["Hilsen Ann", "Gruß Ann", "Best, Ann"])
def test_a_note_below_a_closing_with_the_name_on_its_line_goes(closing: str) -> None:
    assert own_words(f"{TEXT}\n\n{closing}\n\n{NOTES[0]}\n") == f"{TEXT}\n\n{closing}"
    unsigned = f"{TEXT}\n\nBest regards\n\n{NOTES[0]}"
    assert own_words(unsigned) == unsigned


@pytest.mark.parametrize("above", [OWN, SIGNED])
@pytest.mark.parametrize("line", NOTES)
def test_a_note_below_a_name_or_contacts_goes(above: str, line: str) -> None:
    assert own_words(f"{above}\n\n{line}\n") == OWN


@pytest.mark.parametrize(
    "line",
    [
        "The winner of the race is Bob.",
        "Winner of the race: Bob Low",
        "Book time with Bob on Friday, please.",
        "Is the mill a registered charity by 2027?",
        "The mill is a charity, Bob says.",
        "We accept no liability for the boat, says Bob.",
        "Bitte druck den Zettel nicht aus.",
        "I sent the film using the post.",
        "Think before you print the posters.",
        "The GDPR form is on my desk, please sign it.",
        "Wir verarbeiten Ihre Daten am Freitag.",
        "P.S. The contract is not in the mail.",
        "Is the contract not in your mail?",
    ],
)
def test_an_afterthought_stays(line: str) -> None:
    assert own_words(f"{OWN}\n\n{line}\n") == f"{OWN}\n\n{line}"


def test_notes_above_more_text_stay() -> None:
    text = OWN.replace("Friday", f"{NOTES[0]}\n\n{NOTES[2]}\n\nThat is the law, and Friday")
    assert own_words(text) == text


@pytest.mark.parametrize(
    "company",
    [
        "Hill Ltd",
        "ООО «Мельница»",
        "ТОВ «Млин»",
        "Mølla AS",
        "Kvarnen AB",
        "Mylly Oy",
        "Młyn Sp. z o.o.",
        "Mlýn s.r.o.",
        "Malom Kft.",
        "Değirmen A.Ş.",
        "Μύλος Α.Ε.",
        "Мелница ЕООД",
        "Mlin d.o.o.",
        "UAB Malūnas",
        "SIA Dzirnavas",
        "Veski OÜ",
        "Công ty TNHH Cối Xay",
        "PT Kincir Air",
        "株式会社水車",
        "水车有限公司",
        "(주)물레방아",
        "บริษัท กังหัน จำกัด",
        'טחנה בע"מ',
        "شركة الطاحونة",
    ],
)
def test_a_role_and_a_company_below_the_name_go(company: str) -> None:
    assert own_words(f"{OWN}\nNachalnik otdela prodazh\n{company}\n") == OWN
    about = f"{TEXT}\n\n{company}"  # which the mail is about
    assert own_words(about) == about
    listed = f"{TEXT.replace('?', '.')}\n\n{company}\nHill Ltd\nMill AG"
    assert own_words(listed) == listed


@pytest.mark.parametrize("line", ["Send it as", "Is it on the AB", "We go by PT boats to them"])
def test_words_that_look_like_a_legal_form_stay(line: str) -> None:
    assert own_words(f"{OWN}\n{line}") == f"{OWN}\n{line}"


HEADER = "From: Bob Low <bob@example.org>\nTo: Ann <ann@example.org>\nDate: Monday, May 3, 2021\n"
CUT = "===8<==============Original message text==============="
CUT_END = "===8<===========End of original message text==========="


@pytest.mark.parametrize(
    "forward",
    [
        f"This is a forwarded message\n{HEADER}Subject: mill\n\n{CUT}\nIs it open?\n{CUT_END}",
        f"This is a forwarded message\n{HEADER}Subject: mill\n\nIs it open?",
        f"This is a forwarded message\n\n{CUT}\nIs it open?\n{CUT_END}",
        f"{CUT}\nIs it open?\n{CUT_END}\n\n-- \nAnn",
        f"{CUT.replace('Original message text', 'Ursprünglicher Text')}\nIs it open?",
        "Dies ist eine weitergeleitete Nachricht\nVon: Bob Low <bob@example.org>\n"
        "An: Ann <ann@example.org>\nDatum: Montag, 3. Mai 2021\nBetreff: Mühle\n\nOffen?",
    ],
)
def test_a_forward_of_the_bat_goes_with_its_announcement(forward: str) -> None:
    assert own_words(f"{OWN}\n\n{forward}\n") == OWN


def test_a_sentence_about_a_forwarded_message_stays() -> None:
    text = "Hello Jane,\n\nThis is a forwarded message, so read it with care.\n\nMe"
    assert own_words(text) == text
    text = "Hello Jane,\n\nThis is a forwarded message\n\nand you know what to do.\n\nMe"
    assert own_words(text) == text


def test_the_frame_of_yahoo_groups_goes() -> None:
    ruler = "-" * 36
    posted = f"{ruler}\nPosted by: Ann Lee <ann@example.org>\n{ruler}"
    links = (
        f"{ruler}\n\nYahoo Groups Links\n\n<*> To visit your group on the web, go to:\n"
        "    http://groups.yahoo.com/group/mill/\n"
    )
    assert own_words(f"{OWN}\n\n{posted}\n\n\n{links}") == OWN
