"""Notes that organisations have their people put below a signature go; written ones stay."""

# ruff: noqa: E501 (notes that are easier to read on one line)

from __future__ import annotations

import pytest

from engine.mail.own_words import own_words

REPLY = "Friday suits me well. Shall we meet at the mill at ten?\n\nSam"
DISCLAIMER = (
    "This email is confidential and intended solely for the use of the addressee. "
    "If you have received this email in error, delete it."
)
NOTES = [
    "My working hours may not be your working hours. Please do not feel obliged to reply to this email outside your normal working hours.",
    "I work flexibly and send emails at times that suit me. I don't expect a response outside of your own working hours.",
    "I work flexibly, so you may receive emails from me outside of normal working hours. There is no need to respond outside of yours.",
    "Working flexibly: if I contact you outside your working hours, please don't feel you need to respond.",
    "I respect your working pattern. I look forward to your response when you are next working.\nThere's no expectation to reply to emails out of hours.",
    "We work flexibly at the Old Mill. Whilst it suits me to email now, I do not expect a response or action outside of your own working hours.",
    "*Please note that my working days are Monday to Wednesday.* I do not expect a reply to this mail outside your own working hours.",
    "If this email arrives outside your working hours, please do not feel under any pressure to respond until you are back at work.",
    "At the Old Mill we work flexible hours, so please don't feel obliged to answer this message outside your working day.",
    "Your working hours may be different from mine. Do not feel under pressure to reply outside your normal work schedule.",
    "Ich arbeite flexibel und sende E-Mails zu Zeiten, die mir passen. Ich erwarte keine Antwort außerhalb Ihrer Arbeitszeit.",
    "Meine Arbeitszeiten sind vielleicht nicht Ihre Arbeitszeiten. Bitte fühlen Sie sich nicht verpflichtet, außerhalb Ihrer üblichen Arbeitszeit auf diese E-Mail zu antworten.",
    "Je travaille à des horaires flexibles. Si vous recevez ce message en dehors de vos heures de travail, il n'est pas nécessaire d'y répondre immédiatement.",
    "Mes horaires de travail ne sont peut-être pas les vôtres. Ne vous sentez pas obligé de répondre à ce courriel en dehors de vos horaires de travail.",
    "Trabajo con horario flexible. Si recibe este correo fuera de su horario laboral, no se sienta obligado a responder.",
    "Lavoro con orario flessibile: non mi aspetto una risposta a questa e-mail al di fuori del vostro orario di lavoro.",
    "Ik werk flexibel. Ontvang je deze mail buiten je werktijden, voel je dan niet verplicht om te antwoorden.",
    "Jag arbetar flexibelt och förväntar mig inget svar på detta mejl utanför din arbetstid.",
    "Jeg arbejder fleksibelt og forventer ikke svar på denne mail uden for din arbejdstid.",
    "O meu horário de trabalho pode não ser o seu. Não se sinta obrigado a responder a este e-mail fora do seu horário de trabalho.",
    "Työskentelen joustavasti enkä odota sinulta vastausta tähän viestiin työaikasi ulkopuolella.",
    "I acknowledge the Traditional Owners of the land on which I work, and pay my respects to Elders past and present.",
    "We acknowledge the traditional custodians of the lands and waters on which we live and work, and pay our respects to Elders past, present and emerging.",
    "I live and work on the unceded territory of the Wurundjeri people and pay my respects to their Elders.",
    "We respectfully acknowledge that we are on the traditional, ancestral and unceded territories of the Musqueam First Nation.",
    "Nous reconnaissons que nos bureaux se trouvent sur le territoire traditionnel non cédé des Premières Nations.",
]


@pytest.mark.parametrize("note", NOTES)
def test_a_note_below_the_name_or_the_signature_goes(note):
    assert own_words(f"{REPLY}\n\n{note}") == REPLY
    signature = "Sam Hill\nMiller\n+43 1 234 5678\nwww.example.org"
    assert own_words(f"{REPLY}\n\n{signature}\n\n{note}") == REPLY
    assert own_words(f"{REPLY}\n\n{note}\n\n{DISCLAIMER}") == REPLY


@pytest.mark.parametrize("note", NOTES)
def test_a_note_with_own_sentences_below_it_stays(note):
    body = f"{REPLY}\n\n{note}\n\nThe door of the mill sticks, so push hard when you come.\n\nSam"
    assert own_words(body) == body


@pytest.mark.parametrize(
    "text",
    [
        "I work flexibly, so I don't expect a reply to this mail outside your working hours.\n\nSam",
        "Please don't feel obliged to reply to this email outside your working hours.",
        "The cake was good.\n\nSam\n\nMy working hours changed: answer me before noon, please.",
        "The cake was good.\n\nSam\n\nI acknowledge that you were right about the oven.",
        "The cake was good.\n\nSam\n\nBy the way, the elders of the village pay for the land.",
        "The cake was good.\n\nSam\n\nPS: No need to reply to this mail, my working days are over.",
        "We acknowledge the traditional owners of the land, he said, and we respect them.\n\nSam",
        "Ich erwarte keine Antwort auf diese Mail außerhalb deiner Arbeitszeit.\n\nSam",
    ],
)
def test_such_sentences_in_the_text_stay(text):
    assert own_words(f"Dear Ann,\n\n{text}") == f"Dear Ann,\n\n{text}"
