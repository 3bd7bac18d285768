"""A Spanish, French or Italian instruction in direct speech: what the mail says to its reader."""

from __future__ import annotations

import pytest

from engine.checking.brief import Brief
from engine.direct_speech.romance.imperative import with_pronouns
from engine.direct_speech.speaking import direct_speech
from training.evaluation.probes import is_right, read_probes

LANGUAGES = ("es", "fr", "it")


def said(instruction: str, recipient: str) -> str:
    return direct_speech(Brief(instruction, recipient, "Tom Berry"))


@pytest.mark.parametrize(
    ("recipient", "instruction", "text"),
    [
        # Clauses are sentences; what is asked for is an order.
        (
            "Lucía",
            "dile a lucía que llego tarde, que empiece sin mí",
            "Llego tarde. Empieza sin mí.",
        ),
        (
            "Marcos",
            "Dile a Marcos que su chaqueta está en mi coche y que se la llevo el lunes.",
            "Tu chaqueta está en mi coche. Te la llevo el lunes.",
        ),
        (
            "Jorge",
            "Dile a Jorge que me debe 20 euros y que me los pague esta semana.",
            "Me debes 20 euros. Págamelos esta semana.",
        ),
        (
            "Jorge",
            "Dile a Jorge que no se enfade, pero que me devuelva el libro.",
            "No te enfades, pero devuélveme el libro.",
        ),
        (
            "Marcos",
            "dile a marcos que no puedo recogerle mañana y que coja el tren",
            "No puedo recogerte mañana. Coge el tren.",
        ),
        (
            "Diego",
            "dile a diego que le llamé ayer pero que no contestó",
            "Te llamé ayer, pero no contestaste.",
        ),
        ("Nora", "Dile a Nora que la quiero mucho.", "Te quiero mucho."),
        (
            "Nora",
            "Dile a Nora que el libro es mío y que lo necesito.",
            "El libro es mío. Lo necesito.",
        ),
        ("Ana", "dile a ana que la llave la tiene el portero", "La llave la tiene el portero."),
        (
            "Ana",
            "Dile a Ana que Luis no viene y que ella tampoco tiene que venir.",
            "Luis no viene. Tú tampoco tienes que venir.",
        ),
        # Questions, and what stands behind them.
        ("Elena", "pregunta a elena si viene hoy", "¿Vienes hoy?"),
        ("Elena", "Pregunta a Elena si viene el lunes.", "¿Vienes el lunes?"),
        ("Elena", "Pregunta a Elena si viene el lobo.", "¿Viene el lobo?"),
        ("Elena", "pregúntale a elena si tiene mis gafas", "¿Tienes mis gafas?"),
        (
            "Elena",
            "pregúntale a elena cuándo vuelve y si quiere cenar con nosotros",
            "¿Cuándo vuelves? ¿Y quieres cenar con nosotros?",
        ),
        (
            "Irene",
            "Pregunta a Irene si el médico le ha dado cita.",
            "¿El médico te ha dado cita?",
        ),
        (
            "Elena",
            "Pregunta a Elena quién viene, ella o su hijo.",
            "¿Quién viene, tú o tu hijo?",
        ),
        ("Jorge", "Pídele a Jorge que no aparque ahí.", "Por favor, no aparques ahí."),
        # Other orders.
        ("Pablo", "Recuérdale a Pablo que traiga el pan.", "Te recuerdo que traigas el pan."),
        ("Carmen", "Agradece a Carmen su ayuda.", "Gracias por tu ayuda."),
        (
            "Carmen",
            "Da las gracias a Carmen porque trabajó por mí.",
            "Gracias porque trabajaste por mí.",
        ),
        (
            "Sara",
            "Felicita a Sara por su ascenso y dile que estoy orgulloso de ella.",
            "Felicidades por tu ascenso. Estoy orgulloso de ti.",
        ),
        (
            "Sara",
            "Invita a Sara a cenar el sábado en mi casa, que traiga a su novio.",
            "Te invito a cenar el sábado en mi casa. Trae a tu novio.",
        ),
        ("Rosa", "Propónle a Rosa que quedemos el jueves.", "Te propongo que quedemos el jueves."),
        # Usted keeps the third person.
        (
            "Sra. Ortega",
            "Dile a la señora Ortega que su pedido ha llegado y que traiga el recibo.",
            "Su pedido ha llegado. Traiga el recibo.",
        ),
        (
            "Dr. Vidal",
            "Pregúntale al doctor Vidal si puede adelantar mi cita, el martes no puedo.",
            "¿Puede adelantar mi cita? El martes no puedo.",
        ),
        # Without an order: what is said in whole sentences.
        (
            "Irene",
            "No puedo el sábado, pero voy el domingo.",
            "No puedo el sábado, pero voy el domingo.",
        ),
        (
            "Ana",
            "ana: ¿abrió ella la tienda o la abrió el portero?",
            "¿Abriste tú la tienda o la abrió el portero?",
        ),
        # What may be somebody else's, or an order about the mail.
        ("Ana", "Dile a Ana que Nuria no tiene su llave.", ""),
        ("Ana", "Dile a Ana que el vecino se ha llevado su llave.", ""),
        ("Ana", "Dile a Ana que el coche está listo y que tiene gasolina.", ""),
        ("Ana", "Dile a Ana que llego tarde. Sé breve.", ""),
        ("Ana", "Dile a Ana que llego tarde. Confirma la hora.", ""),
        ("Ana", "Dile a Ana que voy y pide la cuenta.", ""),
        ("Ana", "Dile a Ana que no estaba en casa.", ""),  # I, or she.
        ("Ana", "Dile a Ana que trastabilla mucho.", ""),  # A verb that is not known.
        ("Ana y Luis", "Dile a Ana y a Luis que su tren sale a las seis.", ""),
        ("Ana", "La hermana de Ana no viene, díselo.", ""),
    ],
)
def test_a_spanish_instruction_is_said_to_its_reader(
    recipient: str, instruction: str, text: str
) -> None:
    assert said(instruction, recipient) == text


@pytest.mark.parametrize(
    ("recipient", "instruction", "text"),
    [
        (
            "Marco",
            "Scrivi a Marco che la sua giacca è nella mia macchina e che gliela porto lunedì.",
            "La tua giacca è nella mia macchina. Te la porto lunedì.",
        ),
        (
            "Giorgio",
            "Di' a Giorgio che mi deve 20 euro e che me li dia questa settimana.",
            "Mi devi 20 euro. Ti chiedo di darmeli questa settimana.",
        ),
        (
            "Diego",
            "di' a diego che l'ho chiamato ieri ma non ha risposto",
            "Ti ho chiamato ieri ma non hai risposto.",
        ),
        (
            "Ugo",
            "scrivi a ugo che la partita è alle 6, che porti pane e che gioca anche mio fratello",
            "La partita è alle 6. Ti chiedo di portare pane. Gioca anche mio fratello.",
        ),
        (
            "Anna",
            "Di' ad Anna che Luca non viene e che nemmeno lei deve venire.",
            "Luca non viene. Nemmeno tu devi venire.",
        ),
        ("Anna", "Di' ad Anna di non aspettarmi.", "Ti chiedo di non aspettarmi."),
        ("Anna", "Rispondi ad Anna di no, non posso.", "No, non posso."),
        (
            "Elena",
            "Chiedi a Elena quando torna dalle ferie e se vuole cenare con noi.",
            "Quando torni dalle ferie? E vuoi cenare con noi?",
        ),
        (
            "Mattia",
            "Chiedi a Mattia di mandarmi le foto e di avvisare suo fratello.",
            "Puoi mandarmi le foto e avvisare tuo fratello?",
        ),
        ("Paolo", "Ricorda a Paolo di portare il pane.", "Ti ricordo di portare il pane."),
        ("Carla", "Ringrazia Carla per il suo aiuto.", "Grazie per il tuo aiuto."),
        (
            "Diego",
            "Scusati con Diego per non averlo chiamato ieri.",
            "Mi scuso per non averti chiamato ieri.",
        ),
        # Lei keeps the third person; "gli" becomes "le".
        (
            "Signor Monti",
            "Chiedi al signor Monti se gli va bene la riunione alle 10.",
            "Le va bene la riunione alle 10?",
        ),
        (
            "Signora Galli",
            "Di' alla signora Galli che il suo ordine è arrivato e che può ritirarlo.",
            "Il suo ordine è arrivato. Può ritirarlo.",
        ),
        ("Anna", "Di' ad Anna che le chiavi sono da me e che le porto domani.", ""),
        ("Anna", "di' ad anna che viene anche marco", "Viene anche marco."),
        ("Anna", "chiedi ad anna se viene oggi con due panini", "Vieni oggi con due panini?"),
        ("Anna", "Di' ad Anna che la farina può portarmela lei.", ""),  # No subject.
        ("Anna", "Di' ad Anna che si cambia.", ""),  # She changes, or one does.
        ("Anna", "Di' ad Anna che mia sorella ha la sua chiave.", ""),
        ("Anna", "Ringrazia Anna per le luci e chiedi la ricevuta.", ""),
    ],
)
def test_an_italian_instruction_is_said_to_its_reader(
    recipient: str, instruction: str, text: str
) -> None:
    assert said(instruction, recipient) == text


@pytest.mark.parametrize(
    ("recipient", "instruction", "text"),
    [
        (
            "Marc",
            "Écris à Marc que sa veste est dans ma voiture et que je la lui apporte lundi.",
            "Ta veste est dans ma voiture. Je te l'apporte lundi.",
        ),
        (
            "Georges",
            "Dis à Georges qu'il me doit 20 euros et qu'il vienne demain.",
            "Tu me dois 20 euros. Je te demande de venir demain.",
        ),
        (
            "Denis",
            "dis à denis que je l'ai appelé hier mais qu'il n'a pas répondu",
            "Je t'ai appelé hier, mais tu n'as pas répondu.",
        ),
        (
            "Paul",
            "dis à paul que c'est lui qui prend le pain, pas moi",
            "C'est toi qui prends le pain, pas moi.",
        ),
        (
            "Nora",
            "Dis à Nora que je passe chez elle et qu'elle me manque.",
            "Je passe chez toi. Tu me manques.",
        ),
        (
            "Anne",
            "Dis à Anne que Luc ne vient pas et qu'elle n'a pas besoin de venir.",
            "Luc ne vient pas. Tu n'as pas besoin de venir.",
        ),
        (
            "Hélène",
            "Demande à Hélène quand elle rentre et si elle veut dîner avec nous.",
            "Quand est-ce que tu rentres ? Et est-ce que tu veux dîner avec nous ?",
        ),
        (
            "Georges",
            "Demande à Georges de ne pas se garer à ma place.",
            "Je te demande de ne pas te garer à ma place.",
        ),
        (
            "Paul",
            "Rappelle à Paul d'apporter son passeport.",
            "N'oublie pas d'apporter ton passeport.",
        ),
        ("Sarah", "Invite Sarah à dîner avec son copain.", "Je t'invite à dîner avec ton copain."),
        ("Rose", "Propose à Rose de se voir jeudi.", "Je te propose de nous voir jeudi."),
        ("Nadège", "dis oui à nadège, je lui laisse ma remorque", "Oui, je te laisse ma remorque."),
        (
            "Mme Garnier",
            "Dis à Mme Garnier que sa commande est arrivée et qu'elle peut la retirer.",
            "Votre commande est arrivée. Vous pouvez la retirer.",
        ),
        (
            "M. Morel",
            "Demande à M. Morel si la réunion lui convient ou s'il préfère mardi.",
            "Est-ce que la réunion vous convient ou est-ce que vous préférez mardi ?",
        ),
        ("Lise", "Dis à Lise qu'il y a du pain.", "Il y a du pain."),
        ("Lise", "Non merci, je travaille dimanche.", "Non merci, je travaille dimanche."),
        ("Karim", "Dis à Karim que le train a du retard et qu'il arrive à 8 h.", ""),
        ("Karim", "Dis à Karim que le vieux a pris sa clé.", ""),
        ("Anne", "Dis à Anne que Julie vient et qu'elle apporte le pain.", ""),
        ("Anne", "Dis à Anne que je viens. Sois brève.", ""),
        ("Anne", "Annule la visite d'Anne, la grue est en panne.", ""),
    ],
)
def test_a_french_instruction_is_said_to_its_reader(
    recipient: str, instruction: str, text: str
) -> None:
    assert said(instruction, recipient) == text


@pytest.mark.parametrize(
    ("verb", "pronouns", "text"),
    [
        ("compra", ["me"], "cómprame"),
        ("trae", ["me", "lo"], "tráemelo"),
        ("di", ["me"], "dime"),
        ("di", ["me", "lo"], "dímelo"),
        ("envía", ["me"], "envíame"),
        ("cambia", ["lo"], "cámbialo"),
        ("sigue", ["me"], "sígueme"),
        ("traiga", ["me"], "tráigame"),
        ("trae", [], "trae"),
    ],
)
def test_an_imperative_keeps_its_stress(verb: str, pronouns: list[str], text: str) -> None:
    assert with_pronouns(verb, pronouns) == text


def test_probes_that_are_understood_are_said_right() -> None:
    made = [
        (probe, said(probe.instruction, probe.to))
        for probe in read_probes()
        if probe.id.endswith(LANGUAGES) and probe.kind != "revision"
    ]
    understood = [(probe, text) for probe, text in made if text]
    assert len(understood) > 0.5 * len(made)
    assert all(is_right(probe, text) for probe, text in understood)
