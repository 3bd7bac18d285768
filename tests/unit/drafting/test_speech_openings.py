"""Direct speech: more ways to begin an instruction, to join sentences, and to shorten notes."""

from __future__ import annotations

import pytest

from engine.checking.brief import Brief
from engine.direct_speech.speaking import direct_speech


@pytest.mark.parametrize(
    ("instruction", "text"),
    [
        # Whom something is said to stands behind "to"; other words are what is said.
        ("Say happy birthday and that I'll call.", "Happy birthday. I'll call."),
        ("Suggest meeting at the pier.", "How about meeting at the pier?"),
        ("Suggest to Nora that we walk.", "I suggest that we walk."),
        # What the writer does by saying so.
        ("Say yes to the party.", "I am happy to say yes to the party."),
        (
            "Say no to the late shift, my son is ill.",
            "Unfortunately I have to say no to the late shift, my son is ill.",
        ),
        ("Say no to Nora, we leave at six.", "No, we leave at six."),
        (
            "Decline her offer politely. I keep it.",
            "Unfortunately I have to decline your offer. I keep it.",
        ),
        ("Postpone our call to Friday.", "Unfortunately I have to postpone our call to Friday."),
        ("Request a copy of the lease.", "Could I have a copy of the lease, please?"),
        (
            "Send her my condolences on the death of her aunt.",
            "My condolences on the death of your aunt.",
        ),
        ("Send her the address: 4 Mill Lane.", "Here is the address: 4 Mill Lane."),
        (
            "Invite her to supper on Friday, she needn't bring anything.",
            "Would you like to come to supper on Friday? You needn't bring anything.",
        ),
        # Who she is.
        (
            "Ask Nora which of the two offers she would take.",
            "Could you tell me which of the two offers you would take?",
        ),
        (
            "Tell Nora that Fred's going to drive her to the pier.",
            "Fred's going to drive you to the pier.",
        ),
        (
            "ask nora if she wants me to fetch her",
            "Could you tell me whether you want me to fetch you?",
        ),
        ("Tell Nora it's fine. Imogen told me that she wants it.", ""),  # Imogen's sentence.
        ("Tell Nora she can keep the dog and I have her lead.", ""),
        # Questions behind statements.
        (
            "tell nora i paid on monday and does she need a receipt",
            "I paid on Monday. Do you need a receipt?",
        ),
        (
            "ask nora who told her because i said nothing and does my boss know",
            "Could you tell me who told you? I said nothing. Does my boss know?",
        ),
        # Sentences that run into each other.
        (
            "right so tell nora it wasn't me who broke the lamp it was our cat",
            "It wasn't me who broke the lamp. It was our cat.",
        ),
        (
            "tell nora i didn't take her seat that was my brother",
            "I didn't take your seat. That was my brother.",
        ),
        (
            "tell nora thanks for the soup it was great",
            "Thanks for the soup. It was great.",
        ),
        ("ask nora if she is in cause i have the key", "Are you in? I have the key."),
        (
            "tell nora the tour's booked for the twelfth it's two pounds each",
            "The tour's booked for the twelfth. It's two pounds each.",
        ),
        (
            "tell nora i found her ring it was under the bed",
            "I found your ring. It was under the bed.",
        ),
        ("say to the boss i'll be late", "I'll be late."),
        ("tell nora fred's fine", "Fred's fine."),
        # Notes.
        ("fred ill, can't come to tea", "Fred is ill. I can't come to tea."),
        ("gig off, hall's shut", "Gig is off, hall's shut."),
        ("running late, start without me", "I'm running late, please start without me."),
        ("the flat - is it free in june?", "The flat: is it free in June?"),
        ("nora - is it paid? if not when", "Is it paid? If not, when?"),
        ("will bring cake w/ cream", "I will bring cake with cream."),
        ("yes to fri 3pm, bring the plans", "Friday 3pm is fine, please bring the plans."),
        ("can't come, dont fetch me", "I can't come, please don't fetch me."),
        ("game off, dont drive", ""),  # Nora, or the writer.
        ("tell nora at six, no wait, at seven", ""),
        ("say no to nora about the wings, they're mine", ""),
        # Orders that are not known, and sentences that leave out who does it.
        ("Chase Nora for the two forms.", ""),
        ("offer: 20 an hour, start in may. needs to sign by friday", ""),
        ("hmm what now tell nora it's off", ""),
        ("thx her + fred for the pears", ""),
    ],
)
def test_it_is_said_to_nora(instruction: str, text: str) -> None:
    assert direct_speech(Brief(instruction, "Nora", "Tom Berry")) == text


def test_who_is_somebody_elses_is_not_mistaken_for_them() -> None:
    brief = Brief("Tell Posy's teacher that I fetch her today.", "Posy's teacher", "Tom Berry")
    assert direct_speech(brief) == ""


def test_a_reader_may_be_called_by_the_beginning_of_a_name() -> None:
    brief = Brief(
        "em - where did she get the lamp? need one for the hall", "Emma Stone", "Kim Roth"
    )
    assert direct_speech(brief) == "Where did you get the lamp? I need one for the hall."


def test_no_sentence_ends_behind_a_subject_with_its_verb() -> None:
    text = "tell uncle joe i've sold the boat so there's nothing left but oars"
    said = direct_speech(Brief(text, "Uncle Joe", "Kim Roth"))
    assert said == "I've sold the boat so there's nothing left but oars."
