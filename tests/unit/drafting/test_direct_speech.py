"""An English instruction in direct speech: what is told, asked and thanked for, to its reader."""

from __future__ import annotations

import re

import pytest

from engine.checking.brief import Brief
from engine.direct_speech.greeting import with_greeting_of
from engine.direct_speech.speaking import direct_speech
from training.corpus import read_corpus
from training.evaluation.probes import is_right, read_probes


def said(instruction: str, recipient: str = "") -> str:
    return direct_speech(Brief(instruction, recipient, "Tom Berry"))


@pytest.mark.parametrize(
    ("instruction", "text"),
    [
        # What is told: one sentence for each "that", the reader is you, verbs agree.
        (
            "Tell Kim that I can't drive her on Friday and that she needs a taxi.",
            "I can't drive you on Friday. You need a taxi.",
        ),
        ("let kim know i'll be late, he should start", "I'll be late. You should start."),
        (
            "Tell Kim she still has my key; thank her for her help.",
            "You still have my key. Thank you for your help.",
        ),
        ("Say that Tuesday is fine but that Monday isn't.", "Tuesday is fine but Monday isn't."),
        (
            "Tell Mr Voss that his tenant rang me.",
            "Your tenant rang me.",
        ),
        ("Tell the team that they have to be here by 9.", "You have to be here by 9."),
        (
            "Tell Kim that he's got it wrong and that he's late.",
            "You've got it wrong. You're late.",
        ),
        ("Tell Kim the box is mine, not hers.", "The box is mine, not yours."),
        ("Tell Kim I saw her yesterday, in her car.", "I saw you yesterday, in your car."),
        ("Tell Kim I can't judge. Suggest Aldo.", "I can't judge. How about Aldo?"),
        ("Tell Kim I am away, but suggest Monday.", "I am away. How about Monday?"),
        (
            "Decline the dinner, I am away, but suggest Elias in my place.",
            "Unfortunately I have to decline the dinner, I am away. How about Elias in my place?",
        ),
        (
            "tell kim the mower is his now, he can fetch it",
            "The mower is yours now. You can fetch it.",
        ),
        (
            "tell kim it's 40 less if he pays when he comes",
            "It's 40 less if you pay when you come.",
        ),
        (
            "tell kim he is late n i want to see him & bo",
            "You are late and I want to see you and bo.",
        ),
        (
            "ask the drummer does he play weddings",
            "Do you play weddings?",
        ),
        ("ask the lads at the yard who left the tap on", "Could you tell me who left the tap on?"),
        ("ask kim if she's had a look at it", "Have you had a look at it?"),
        ("ask the shop if they've put it up", "Have you put it up?"),
        ("Ask Kim whether she would take over as cook.", "Would you take over as cook?"),
        (
            "let my wife's boss know we can come but not on monday",
            "We can come but not on Monday.",
        ),
        # What is asked: a request, a question, an indirect question.
        (
            "Ask Kim to bring her ladder. I bring the paint.",
            "Could you bring your ladder? I bring the paint.",
        ),
        ("Ask Kim not to ring my mother.", "Please don't ring my mother."),
        ("ask kim if she can come on monday", "Can you come on Monday?"),
        (
            "Ask Kim whether I left my bag in her car.",
            "Could you tell me whether I left my bag in your car?",
        ),
        (
            "Ask him when it is and which one he means.",
            "Could you tell me when it is and which one you mean?",
        ),
        ("can you ask kim for the key", "Could I have the key, please?"),
        ("Ask Kim why does it cost so much?", "Why does it cost so much?"),
        # What is thanked, apologised, congratulated, suggested, reminded and wished.
        (
            "Thank Kim for telling Bo and tell him that I called.",
            "Thank you for telling Bo. I called.",
        ),
        ("say sorry to kim, i missed her call", "I'm sorry, I missed your call."),
        ("Congratulate Kim on her exam!", "Congratulations on your exam!"),
        ("Suggest to Kim that she takes the morning.", "I suggest that you take the morning."),
        ("Suggest a call on Monday.", "How about a call on Monday?"),
        ("Remind Kim that she owes us 50 euros.", "Just a reminder that you owe us 50 euros."),
        ("Remind Kim to bring her form.", "Please remember to bring your form."),
        ("Wish Kim a happy birthday.", "I wish you a happy birthday."),
        (
            "Offer Kim a refund and offer to call her.",
            "I can offer you a refund. I could call you.",
        ),
        ("Invite Kim to dinner on the 23rd.", "Would you like to come to dinner on the 23rd?"),
        (
            "complain that 3 mugs broke, and ask when they can ship",
            "3 mugs broke. Could you tell me when they can ship?",
        ),
        ("say thank you to kim for the fan", "Thank you for the fan."),
        ("Say sorry to Kim for me.", "I'm sorry."),
        ("Congratulate Kim on her first prize.", "Congratulations on your first prize!"),
        ("Tell Kim how it is: fine.", ""),
        (
            "Tell Kim that she takes bus 5, looks for it and walks.",
            "You take bus 5, look for it and walk.",
        ),
        (
            "Remind her it was she who promised it.",
            "Just a reminder that it was you who promised it.",
        ),
        ("Ask Kim to open the shop and to count oars.", "Could you open the shop and count oars?"),
        (
            "Ask Kim how it is. And does she mean mine?",
            "Could you tell me how it is? And do you mean mine?",
        ),
        (
            "Ask Kim to send photos and tell me who loaded it.",
            "Could you send photos and tell me who loaded it?",
        ),
        ("Cancel the kim van with Kim.", "Unfortunately I have to cancel the kim van with you."),
        (
            "Tell Mrs Kim that the car is my brother's, and give her his number: 0664 555.",
            "The car is my brother's. Here is his number: 0664 555.",
        ),
        ("Give Kim our new numbers: 12 and 14.", "Here are our new numbers: 12 and 14."),
        # Hasty spellings.
        ("tell kim im late, pls wait til weds", "I'm late, please wait until Wednesday."),
        ("tell kim ill come, got the job!!, great", "I'll come, got the job, great."),
        # Clauses behind commas are sentences where somebody was in a hurry.
        (
            "let kim know i'll be late, the m62 is shut, he should start because its broken",
            "I'll be late. The m62 is shut. You should start because it's broken.",
        ),
        ("Tell Kim I'll be late, the m62 is shut.", "I'll be late, the m62 is shut."),
        # What stands behind a question is none.
        ("Ask Kim to bring oars because mine broke.", "Could you bring oars? Mine broke."),
        (
            "ask kim if i can pay half now, work paid me late, it won't happen again",
            "Can I pay half now? Work paid me late. It won't happen again.",
        ),
        (
            "Ask Kim whether she knows the name, since I'm doing the list.",
            "Could you tell me whether you know the name? I'm doing the list.",
        ),
        # Other ways to begin.
        ("email kim asking for a key", "Could I have a key, please?"),
        ("reply saying that 10am is fine", "10am is fine."),
        ("Let the board know that the vote is postponed.", "The vote is postponed."),
        (
            "Tell Kim that he waits until he comes back and fixes it.",
            "You wait until you come back and fix it.",
        ),
        ("Ask Kim if she's still got it.", "Have you still got it?"),
        ("Ask Kim if she'd like to come.", "Would you like to come?"),
        (
            "Tell him to bring photos and that there's no need for presents.",
            "Could you bring photos? There's no need for presents.",
        ),
        ("Assure Kim that her will is safe.", "Your will is safe."),
        ("Ask Kim if she has time.", "Do you have time?"),
        # What the writer does by saying so.
        (
            "Cancel my lesson with Kim on Friday.",
            "Unfortunately I have to cancel my lesson with you on Friday.",
        ),
        ("decline politely, I have plans", "Unfortunately I have to decline. I have plans."),
        ("decline, I have plans", "Unfortunately I have to decline. I have plans."),
        (
            "Decline Kim's invitation, I teach that week.",
            "Unfortunately I have to decline your invitation, I teach that week.",
        ),
    ],
)
def test_an_instruction_is_said_to_its_reader(instruction: str, text: str) -> None:
    assert said(instruction, "Kim") == text


@pytest.mark.parametrize(
    "instruction",
    [
        "kim: fri ok, bring ladder",
        "no to the dinner, yes to coffee",
        "Tell Kim that Ann has her key.",  # Hers may be either's.
        "Tell Mrs Kim that Rosie is ill, and say that her father will collect her.",
        "Tell Kim I'll be late. Keep it short.",  # An order about the mail.
        "Ask Kim if he or his wife comes.",
        "Ask Kim permission.",
        "tell kim the gig is off, drummer broke his wrist",
        "Answer Kim's questions truthfully.",
        "can you write to kim's teacher, i want it too",
        "Complain to Kim about the noise.",
        "Complain that their tailor used navy.",  # Kim's, or somebody else's.
        "tell kim the registrar changed it. he told her mam",
        "Tell Kim we split it: Kim does two.",
        "Thank Kim for her comments, tell her I took them, and attach the list.",
        "Thank Kim for the dinner <|im_end|>",
        "Give Kim my love.",
        "Make it shorter.",
        "",
    ],
)
def test_what_is_not_understood_is_not_said(instruction: str) -> None:
    assert said(instruction, "Kim") == ""


@pytest.mark.parametrize(
    ("instruction", "recipient"),
    [
        # Who is told is another than the reader, and she is who was named.
        ("tell ms roe my mother fetches him today. she just picks him up", "Ms Roe"),
    ],
)
def test_others_of_the_readers_sex_are_not_the_reader(instruction: str, recipient: str) -> None:
    assert said(instruction, recipient) == ""


def test_others_keep_their_pronouns() -> None:
    text = said("Let Celia know that her brother left his jacket and that I'll bring it.", "Celia")
    assert text == "Your brother left his jacket. I'll bring it."
    text = said("Tell Joel that I owe him forty euros, not Bea, and that he can't ask her.", "Joel")
    assert text == "I owe you forty euros, not Bea. You can't ask her."


@pytest.mark.parametrize(
    ("recipient", "instruction", "text"),
    [
        # Names tell who he and she are.
        (
            "Anna",
            "Tell Anna that Paul has her key, so she should ask him.",
            "Paul has your key, so you should ask him.",
        ),
        ("Paul", "tell paul that emma is ill and he can't come", "Emma is ill and you can't come."),
        ("Anna", "tell anna that emma is ill and she can't come", ""),
        (
            "Mrs Lind",
            "Tell Mrs Lind that my son Robin broke her window and that I'll pay.",
            "My son Robin broke your window. I'll pay.",
        ),
        ("Jess", "tell jess i'm not mad at her", "I'm not mad at you."),  # A man's name, too.
        ("Kim", "tell kim my daughters got her exam and he can't come", ""),
        # The pronoun behind a noun is another's.
        (
            "Kim",
            "Tell Kim that the parcel he waits for is here.",
            "The parcel you wait for is here.",
        ),
        ("Kim", "Ask Kim what size he wears.", "Could you tell me what size you wear?"),
        # Instructions that do not begin with their order.
        ("Kim", "drop kim a line that it's my treat", "It's my treat."),
        ("Kim", "I need Kim to know that I gave it to Bo.", "I gave it to Bo."),
        ("Kim", "kim has to know that we open at 11", "We open at 11."),
        ("Kim", "Turn Kim down: I won't sell him my boat.", "I won't sell you my boat."),
        ("Kim", "both are fine with me, tell kim", "Both are fine with me."),
        ("Kim", "it's my fault. tell him nicely", "It's my fault."),
        (
            "Kim",
            "kim asked for my recipe, tell him i'll send it tonight",
            "You asked for my recipe. I'll send it tonight.",
        ),
        (
            "Kim",
            "kim asks if he can bring his dog: yes if it sleeps outside",
            "You asked if you can bring your dog: yes if it sleeps outside.",
        ),
        (
            "Kim",
            "is kim free on the 14th? i'd like his help",
            "Are you free on the 14th? I'd like your help.",
        ),
        ("Kim", "kim's gone quiet, i asked him twice", ""),
        ("the staff", "tell the staff that we close at 5", "We close at 5."),
        (
            "Mr Brand",
            "Ask Mr. Brand if the roof leaks.",
            "Could you tell me whether the roof leaks?",
        ),
        ("Kim", "Thank Kim briefly for the pump.", "Thank you for the pump."),
        ("Kim", "Tell Kim I'm late. Write it as one writes to a friend.", ""),
        ("Kim", "tell kim 11 euros are missing, that was bo", "11 euros are missing, that was bo."),
        ("Kim", "tell kim that mrs kemp and emma have it", "Mrs Kemp and Emma have it."),
        # Sentences that run into each other.
        (
            "Kim",
            "tell kim i'm not mad at him i'm just tired",
            "I'm not mad at you. I'm just tired.",
        ),
        (
            "Kim",
            "tell kim we pay for it of course he should just give us the bill",
            "We pay for it of course. You should just give us the bill.",
        ),
        (
            "Kim",
            "ask kim if bo can come on tuesday i've got a meeting then",
            "Could you tell me whether bo can come on Tuesday? I've got a meeting then.",
        ),
        (
            "Kim",
            "tell kim one book came but i paid him for two so is the other on its way",
            "One book came but I paid you for two. Is the other on its way?",
        ),
        ("Kim", "tell kim the parcel he sent came today", "The parcel you sent came today."),
        ("Kim", "tell kim bo told me he's ill now", ""),
        ("Kim", "tell kim i know she's late for work", "I know you're late for work."),
        # Notes.
        (
            "Kim",
            "kim: can't make fri, knee op. bring her key",
            "I can't make Friday, knee op. Please bring your key.",
        ),
        (
            "Kim",
            "kim - thx for the tent, ok if i return it mon?",
            "Thanks for the tent. Is it ok if I return it Monday?",
        ),
        (
            "Kim",
            "kim: took the bus & bringing bo. sat 7pm?",
            "I took the bus and bringing bo. How about Saturday 7pm?",
        ),
        ("Kim", "kim: not coming, sorry. he drives?", "I'm not coming, sorry. You drive?"),
        ("Kim", "kim: no i dont mind, yes she can come", "No, I don't mind. Yes, you can come."),
        ("Kim", "kim: when he comes, i go", "When you come. I go."),
        ("Kim", "kim: who drives, him or me", "Who drives? You or me."),
        ("Kim", "ask kim if she can pick her up", ""),  # Her cat.
        ("Kim", "tell kim she pays, i thank her", "You pay. I thank you."),
        ("Kim", "kim: needs to bring it", ""),
        ("Kim", "kim: di + do niet. hout betaal ik", "Di + do niet. Hout betaal ik."),
        ("Kim", "kim: should bring it", ""),
        ("Kim", "kim: ask for the key", ""),
        ("Kim", "can you forward kim the letter. it's from bo", ""),  # Nobody asks the reader.
        ("Kim", "i can't come. keep it short", ""),
    ],
)
def test_names_openings_and_notes_are_understood(
    recipient: str, instruction: str, text: str
) -> None:
    assert said(instruction, recipient) == text


def test_most_probes_that_are_understood_are_said_right() -> None:
    probes = [probe for probe in read_probes() if probe.kind != "revision"]
    made = [(probe, said(probe.instruction, probe.to)) for probe in probes]
    made = [(probe, text) for probe, text in made if text]
    right = [is_right(probe, f"Hi,\n\n{text}\n\nTom") for probe, text in made]
    assert len(made) > 85
    assert sum(right) > 0.9 * len(right)


def test_instructions_of_any_kind_and_language_are_read_without_an_error() -> None:
    rows = list(read_corpus())[::15]
    made = [said(text, one.to) for one in rows for text in (one.plain, one.terse, one.spoken)]
    assert sum(map(bool, made)) > 0.1 * len(made)
    assert all(re.match(r"[\w£$€\"]", text) for text in made if text)


@pytest.mark.parametrize(
    ("draft", "text"),
    [
        (
            "Hi Kim,\n\nI wait for you here.\nI have waited long.\n\nBest,\nTom",
            "Hi Kim,\n\nOne. Two.\n\nBest,\nTom",
        ),
        ("Hi Kim,\nI wait for you.\nBest,\nTom", "Hi Kim,\nOne. Two.\nBest,\nTom"),
        ("I wait for you here.", "One. Two."),
        ("hey kim\n\ni wait for you here\n\ntom", "hey kim\n\none. two.\n\ntom"),
        ("", "One. Two."),
    ],
)
def test_it_has_the_greeting_and_the_closing_of_a_draft(draft: str, text: str) -> None:
    assert with_greeting_of("One. Two.", draft) == text
