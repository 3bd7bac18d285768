"""Removing the prefixes of subjects, in the languages of mail programs."""

from __future__ import annotations

import pytest

from engine.mail.message.subjects import base_subject, is_forward, is_reply

REPLIES = (
    "Re|RE |AW|Antw|Antwort|SV|Svar|VS|Vá|Odp|Odpověď|Atb|Ats|Rif|R|Ref|Res|Rsp|Ynt|Hľ|Rép|Odg|Ang"
    "|ΑΠ|Σχετ|Отв|Ответ|Отг|Відп|Відповідь|Bls|Balas|Trả lời|回复|回覆|答复|返信|답장|답글|회신"
    "|השב|תשובה|رد|Re[2]|Re(3)|Re^2"
)
FORWARDS = (
    "Fwd|FW|WG|TR|RV|Reenv|Enc|Doorst|Doorgestuurd|VB|PD|PRZ|Přep|Fs|Továbbítás|Välitys|YML|İLT"
    "|Videresend|Chuyển tiếp|ΠΡΘ|Пересл|Пер|Пд|转发|轉寄|轉發|転送|전달|הועבר|إعادة توجيه"
)


@pytest.mark.parametrize("prefix", REPLIES.split("|"))
def test_a_reply_has_the_subject_it_answers(prefix: str) -> None:
    for subject in (f"{prefix}: The Lake", f"{prefix}：The  Lake", f"[row] {prefix}:Re: The Lake"):
        assert base_subject(subject) == "the lake"
    assert is_reply(f"{prefix}: The Lake")


@pytest.mark.parametrize("prefix", FORWARDS.split("|"))
def test_a_forward_has_the_subject_of_its_mail_and_is_no_reply(prefix: str) -> None:
    assert base_subject(f"{prefix}: The Lake") == "the lake"
    assert base_subject(f"Re: {prefix}: The Lake") == "the lake"
    assert not is_reply(f"{prefix}: The Lake")
    assert is_forward(f"{prefix}: The Lake")
    assert is_forward(f" {prefix}：The Lake")


@pytest.mark.parametrize("language", ["fi", "de", ""])
def test_vs_is_a_reply_where_it_is_not_known_to_be_a_forward(language: str) -> None:
    assert is_reply("VS: Mökki", language)
    assert not is_forward("VS: Mökki", language)


@pytest.mark.parametrize("language", ["da", "nb", "nn"])
def test_vs_is_a_forward_in_danish_and_norwegian(language: str) -> None:
    assert is_forward("VS: Hytten", language)
    assert not is_reply("VS: Hytten", language)


def test_vl_is_a_forward_and_no_reply() -> None:
    assert is_forward("VL: Mökki", "fi")
    assert not is_reply("VL: Mökki", "fi")


@pytest.mark.parametrize("subject", ["budget: the lake", "r&d: the lake", "version: 2", "re-entry"])
def test_other_words_before_a_colon_stay(subject: str) -> None:
    assert base_subject(subject) == subject
    assert not is_reply(subject)
