"""The prompt: its parts, their order, and how they are cut."""

from engine.mail.types import Received
from engine.prompt import Turn, build_prompt
from engine.settings import Prompt

SHORT = Prompt(preamble="\nWrite as the user.\n", thread_words=6, source_words=4)


def received(sender: str, body: str) -> Received:
    return Received(sender, None, "", body, "input")


def user_turn(**parts: object) -> str:
    return build_prompt("Say yes.", prompt=SHORT, **parts)[1].content  # type: ignore[arg-type]


def test_the_bare_prompt_holds_nothing_but_the_instruction() -> None:
    system, user = build_prompt(" Say yes.\n", prompt=SHORT)
    assert (system.role, system.content) == ("system", "Write as the user.")
    assert (user.role, user.content) == ("user", "Instruction: Say yes.")


def test_the_users_name_is_in_the_system_turn() -> None:
    system, _ = build_prompt("Say yes.", prompt=SHORT, user_name="Ada Byron")
    assert system.content.endswith("The user is Ada Byron.")


def test_the_instruction_comes_last() -> None:
    text = user_turn(sources=["Old mail"], thread=[received("Bo", "Come?")], recipient="bo@x.org")
    order = [text.index(part) for part in ("Old mail", "Come?", "To: bo@x.org", "Instruction:")]
    assert order == sorted(order)
    assert text.endswith("Instruction: Say yes.")


def test_sources_are_cut_at_their_word_limit_with_line_breaks_kept() -> None:
    assert "Hi Bo,\nthank you …" in user_turn(sources=["Hi Bo,\nthank you very much indeed"])


def test_the_newest_of_a_thread_is_kept_where_room_is_short() -> None:
    thread = [received("Al", "one two three four"), received("Bo", "five six seven eight")]
    text = user_turn(thread=thread)
    assert "five six seven eight" in text
    assert "one two …" in text
    assert "three" not in text


def test_no_empty_frames() -> None:
    text = user_turn(thread=[received("Bo", "  ")], sources=[])
    assert text == "Instruction: Say yes."


def test_a_follow_up_comes_after_the_instructions_and_the_edited_draft() -> None:
    turns = [Turn("say yes", "Yes!"), Turn("add a greeting", "Hi Bo,\nyes!\n")]
    messages = build_prompt("warmer", prompt=SHORT, recipient="Bo", turns=turns)
    assert messages[1].content == (
        "Instruction: say yes; add a greeting\n\nThe draft so far:\n\n---\nHi Bo,\nyes!\n---\n\n"
        "To: Bo\n\nInstruction: Warmer."
    )


def test_facts_of_the_user_stand_in_the_instruction_that_asks_for_them() -> None:
    _, user = build_prompt("Give her my number.", prompt=SHORT, facts=["0151 234", "0170 5"])
    assert user.content == "Instruction: Give her my number (0151 234; 0170 5)."
