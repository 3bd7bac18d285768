"""HTML bodies: quotes are found by the structure that mail programs write."""

import pytest

from engine.mail.own_words import own_words
from engine.mail.own_words.html_text import html_text
from engine.mail.own_words.quotes import quoted_mail

GMAIL = (
    '<div dir="ltr">Hello Ada,<div><br></div><div>fine by me.</div><div><br></div>'
    '<div>Best,<br>Sam</div></div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">'
    'Le lun. 4 mars 2024, Ada &lt;<a href="mailto:ada@example.org">ada@example.org</a>&gt;<br>'
    '</div><blockquote class="gmail_quote" style="border-left:1px solid">Noon?<br>Ada</blockquote>'
    "</div>"
)
HELLO = "Hello Ada,\n\nfine by me.\n\nBest,\nSam"
BLOCK = "<b>De :</b> Ada<br><b>Date :</b> 4 mars<br><b>À :</b> sam@example.org, ada@example.org"


@pytest.mark.parametrize(
    "quote",
    [
        '<blockquote type="cite"><div>On 4 Mar 2024, Ada wrote:</div><div>Noon?</div></blockquote>',
        '<div class="moz-cite-prefix">Am 4.3. meinte Ada:<br></div><blockquote>Noon?</blockquote>',
        f'<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt">{BLOCK}</div>'
        "<p>Noon?</p>",
        f'<div id="appendonsend"></div><hr><div id="divRplyFwdMsg">{BLOCK}</div><div>Noon?</div>',
        '<div class="yahoo_quoted" id="yahoo_quoted_1">On Monday Ada wrote:<div>Noon?</div></div>',
        "<hr><b>From:</b> Ada &lt;ada@example.org&gt;<br><b>Sent:</b> Monday<br><b>To:</b> Sam<br>"
        "<b>Subject:</b> Engine<br><br>Noon?",
        '<hr id="zwchr" data-marker="__DIVIDER__"><div data-marker="__HEADERS__">Ada</div>Noon?',
        '<div data-marker="__QUOTED_TEXT__">Ada: Noon?</div>',
        '<div name="quote" style="border-left:2px">Ada<div name="quoted-content">Noon?</div></div>',
        '<div name="messageReplySection">On Monday Ada:<blockquote>Noon?</blockquote></div>',
        '<p id="reply-intro">Am 4.3. schrieb Ada</p><blockquote>Noon?</blockquote>',
        '<div id="isReplyContent">Noon?</div>',
        '<div class="protonmail_quote">Ada said<blockquote>Noon?</blockquote></div>',
        '<div class="gmail_quote">---------- Weiterer Weg ---------<br>From: Ada<br>Noon?</div>',
        '<div class="moz-forward-container">-------- Weiteres --------<table><tr><td>Noon?</table>'
        "</div>",
    ],
)
def test_quotes_of_mail_programs_go(quote):
    own = "<div>Hello Ada,<br><br>fine by me.</div><br><div>Best,<br>Sam</div>"
    assert own_words(f"<html><body>{own}{quote}</body></html>", "html") == HELLO


def test_gmail_in_any_language():
    assert own_words(GMAIL, "html") == HELLO


def test_replies_between_blockquotes_are_kept():
    html = (
        '<div class="gmail_quote"><div class="gmail_attr">On 3/4/24, Ada wrote:<br></div>'
        '<blockquote class="gmail_quote">Noon?</blockquote><div>Yes.</div>'
        '<blockquote class="gmail_quote">And where?</blockquote><div>At the mill.</div></div>'
    )
    assert own_words(html, "html") == "Yes.\n\nAt the mill."


def test_a_quote_element_without_a_quote_has_own_words():
    html = '<div class="gmail_quote gmail_quote_container"><div>One thing more.</div>Sam</div>'
    assert own_words(html, "html") == "One thing more.\nSam"


def test_outlook_marks_inside_a_quote_end_with_it():
    html = (
        '<blockquote type="cite"><div id="m_1divRplyFwdMsg">From: Ada</div>Noon?</blockquote>'
        "<div>Yes, noon.</div>"
    )
    assert own_words(html, "html") == "Yes, noon."


def test_an_indented_paragraph_of_the_writer_stays():
    html = '<p>As I said:</p><blockquote style="margin:0 0 0 40px;border:none">tea</blockquote>'
    assert own_words(html, "html") == "As I said:\n\ntea"


@pytest.mark.parametrize(
    "attributes",
    [
        'class="webkit-indent-blockquote" style="margin: 0 0 0 40px; border: none; padding: 0px;"',
        'style="margin: 0px 0px 0px 40px;"',
        'style="margin-left:40px"',
    ],
)
def test_an_indentation_of_any_program_stays(attributes):
    html = f"<div>As I said:</div><blockquote {attributes}><div>tea</div></blockquote>"
    assert own_words(html, "html") == "As I said:\n\ntea"


def test_what_is_below_a_document_in_the_mail_stays():
    head = "<html><head><meta charset=utf-8></head><body>"
    photo = f"{head}Look:</body></html>\n{head}<div>That is the mill.</div></body></html>"
    assert own_words(photo, "html") == "Look:\nThat is the mill."
    quote = f"<blockquote type=cite>{head}Noon?</body></html></blockquote><p>Yes, noon.</p>"
    assert own_words(f"{head}{quote}</body></html>", "html") == "Yes, noon."
    assert own_words(f"{head}<p>Noon.</p></BODY></HTML><p>Sam</p>", "html") == "Noon.\n\nSam"


@pytest.mark.parametrize(
    "start",
    ["", "<html>", "<html><head>", "<html><head></head>", "<head>", "\ufeff<!DOCTYPE html>"],
)
@pytest.mark.parametrize("tag", ["section", "details", "main", "x-mail"])
def test_elements_that_the_parser_does_not_know_are_shown(start, tag):
    html = f"{start}<style>p{{color:red}}</style><{tag}>Yes, noon.</{tag}><p>Sam</p>"
    assert own_words(html, "html").split() == ["Yes,", "noon.", "Sam"]


@pytest.mark.parametrize(
    "quoted",
    [
        "<div><div>Noon?",
        "<table><tr><td>Noon?",
        "<div>Noon?</p></div></div>",
        "<div>One?<blockquote><div>Noon?</blockquote>",
        "<center><table><tr><td><div>Noon?</td></tr>",
    ],
)
def test_words_below_a_quote_that_leaves_something_open_stay(quoted):
    html = f"<div>Hello,</div><blockquote type=cite>{quoted}</blockquote><p>Yes, noon.</p>"
    assert own_words(html, "html") == "Hello,\n\nYes, noon."
    assert own_words(f"<div>{html}</div><p>Sam</p>", "html") == "Hello,\n\nYes, noon.\n\nSam"


def test_text_without_tags_below_the_document_was_added_on_the_way():
    html = "<html><body><p>Noon.</p></body></html>\n\nFree mail for all: mail.example.org\n"
    assert own_words(html, "html") == "Noon."


@pytest.mark.parametrize("lead_in", ["On May 3, 2024, Ada wrote:", "Am 3. Mai schrieb Ada:"])
def test_a_box_below_a_lead_in_is_a_quote(lead_in):
    box = '<div style="border-left:1px solid #ccc;padding-left:1ex">Noon?</div>'
    assert own_words(f"<div>Fine.</div><div>{lead_in}</div>{box}", "html") == "Fine."
    assert own_words(f"<div>Fine.<br>{lead_in}<br>{box}</div>", "html") == "Fine."
    assert own_words(f"<div>Please note:</div>{box}", "html") == "Please note:\nNoon?"


def test_the_mail_being_answered_is_found():
    assert quoted_mail(html_text(GMAIL)) == "Noon?\nAda"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("one<br>two<br><br>three", "one\ntwo\n\nthree"),
        ("<div>one</div><div><br></div><div>two</div>", "one\n\ntwo"),
        ("<ul><li>tea<li>cake</ul>", "- tea\n- cake"),
        ("<ol><li>tea<li>cake</ol>", "1. tea\n2. cake"),
        ("<ol start=3><li>tea<li value=7>cake<li>jam</ol>", "3. tea\n7. cake\n8. jam"),
        ("<ol start=x><li>tea</ol>", "1. tea"),
        ("<details><summary>Tea</summary>at <b>four</b></details>so", "Tea\nat four\nso"),
        ("She said <q>come</q> twice", 'She said "come" twice'),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("a &amp; b &lt;c&gt; &eacute; &#8364;", "a & b <c> é €"),
        ('<p class="MsoNormal">Best,</p><p class="MsoNormal">Sam</p>', "Best,\nSam"),
        (
            "<p class=MsoNormal>Hello,</p><p class=MsoNormal><o:p>&nbsp;</o:p></p>"
            "<p class=MsoNormal>Best,</p>",
            "Hello,\n\nBest,",
        ),
        ("<p>a&nbsp;b&nbsp; c</p>", "a b c"),
        ("<table><tr><td>tea<td>2<tr><td>cake<td>3</table>", "tea 2\ncake 3"),
        ("<style>p{}</style><script>x()</script><!-- y --><p>one</p>", "one"),
        ('<div style="display:none">preview</div><p>one</p>', "one"),
        ("<b>bo</b>ld and <a href='https://example.org'>a link</a>", "bold and a link"),
        ("no html at all", "no html at all"),
        ("", ""),
        ("<", "<"),
    ],
)
def test_text_of(html, text):
    assert html_text(html) == text


def test_an_emoji_sent_as_a_picture_is_text():
    assert own_words('Come! <img alt="😀" src="cid:1"><img alt="☺️"> Sam', "html") == "Come! 😀☺️ Sam"
    assert own_words('Come!<img alt="logo" src="cid:1"><img alt="">', "html") == "Come!"


def test_a_reply_below_a_roundcube_quote_stays():
    html = '<p id="reply-intro">Ada wrote</p><blockquote>Noon?</blockquote><div>Yes, noon.</div>'
    assert own_words(html, "html") == "Yes, noon."


def _unmarked(text):
    return [line for line in text.split("\n") if line and line[0] != ">"]


def test_without_its_quotes_a_text_is_the_same_otherwise():
    html = f"{GMAIL}<div>One thing more.</div>"
    short, long = html_text(html, mark_quotes=False), html_text(html)
    assert "Noon?" in long
    assert "Noon?" not in short
    assert _unmarked(long) == _unmarked(short) == [*_unmarked(HELLO), "One thing more."]


@pytest.mark.parametrize(
    "attribute",
    [
        'class="gmail_signature"',
        'class="moz-signature"',
        'id="AppleMailSignature"',
        'id="ms-outlook-mobile-signature"',
        'data-marker="__SIG_PRE__"',
        'name="messageSignatureSection"',
        'id="bloop_sign_1"',
        'class="front-signature"',
        'class="elementToProof" id="Signature"',
    ],
)
def test_signatures_of_mail_programs_go(attribute):
    html = f"<div>Yes.</div><div>Sam</div><div {attribute}>Sam Hill<br>behind the mill</div>"
    assert own_words(html, "html") == "Yes.\nSam"


def test_the_break_above_a_signature_of_ios_stays():
    html = '<div>Yes.<br id="lineBreakAtBeginningOfSignature">Noon, then.</div>'
    assert own_words(html, "html") == "Yes.\nNoon, then."


def test_a_closing_in_a_signature_element_stays():
    block = "<p>Kind regards,</p><p>Sam</p><p>Sam Hill</p><p>Gardens</p>"
    html = f'<div>Yes.</div><div id="Signature">{block}</div>'
    assert own_words(html, "html") == "Yes.\n\nKind regards,\n\nSam"


def test_a_mail_written_into_its_signature_element_stays():
    html = '<div id="Signature"><div>I will be there at noon.</div><div>Sam</div></div>'
    assert own_words(html, "html") == "I will be there at noon.\nSam"


@pytest.mark.parametrize("greeting", ["Hello Ada,", "Ada!"])
def test_a_mail_with_a_greeting_in_its_signature_element_stays(greeting):
    typed = f"<div>{greeting}</div><div><br></div><div>I will be there at noon.</div><div>Sam</div>"
    html = f'<div dir="ltr"><div class="gmail_signature">{typed}</div></div>'
    assert own_words(html, "html") == f"{greeting}\n\nI will be there at noon.\nSam"


def test_a_label_of_secrecy_goes():
    label = '<p class="msip{}1a2b" align="Left"><span>Hill Internal</span></p>'
    html = label.format("header") + "<p>Yes, noon.</p>" + label.format("footer")
    assert own_words(html, "html") == "Yes, noon."


def test_words_above_the_closing_in_a_signature_element_stay():
    html = (
        '<div>Hello,</div><div id="Signature"><div>I will be there at noon.</div><div>Best,</div>'
        "<div>Sam</div><div>Hill Ltd</div><div>+44 20 7946 0123</div></div>"
    )
    assert html_text(html) == "Hello,\nI will be there at noon.\nBest,\nSam"


def test_signature_elements_go():
    html = '<div>Yes.</div><div>Sam</div><div class="gmail_signature">Sam Hill<br>Hill Ltd</div>'
    assert own_words(html, "html") == "Yes.\nSam"


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 20_000 + "deep",
        "<blockquote>" * 5_000 + "deep",
        "<" * 50_000,
        "<p>" * 50_000,
        "<!--" * 9_000,
        '<?xml version="1.0" encoding="utf-16"?><p>x</p>',
        "<a " + "b=c " * 20_000,
        "\0<p>\0x</p>\ud800",
        "<table>" * 3_000,
    ],
)
def test_hostile_html_is_read(html):
    assert isinstance(own_words(html, "html"), str)


def test_a_file_in_google_drive_that_gmail_names_below_the_text_goes() -> None:
    chip = '<div class="gmail_chip gmail_drive_chip"><a href="https://drive.example">plan.pdf</a></div>'
    assert own_words(f"<p>Friday suits me well.</p>{chip}", "html") == "Friday suits me well."


@pytest.mark.parametrize("quote", ["<blockquote>Noon?</blockquote>", '<div class="qt">Noon?</div>'])
def test_a_summary_goes_with_the_quote_that_it_opens(quote):
    folded = f"<details><summary>Original message</summary>{quote}</details>"
    assert own_words(f"<p>Fine by me.</p>{folded}<p>Sam</p>", "html") == "Fine by me.\n\nSam"


def test_other_summaries_are_text():
    folded = "<details><summary>Plan</summary><p>We meet at ten.</p></details>"
    assert own_words(folded, "html") == "Plan\n\nWe meet at ten."
