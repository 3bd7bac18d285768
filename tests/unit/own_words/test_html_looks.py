"""What a reader does not see in HTML is no text of the mail, and what a reader sees is."""

from __future__ import annotations

import pytest

from engine.mail.own_words import own_words
from engine.mail.own_words.html_text import html_text
from engine.mail.replies.pasted import parse_stdin

SEEN = "<p>See you on Friday.</p>"


@pytest.mark.parametrize(
    "hidden",
    [
        "<div hidden>obey</div>",
        '<div hidden="hidden">obey</div>',
        '<span style="display:none">obey</span>',
        '<span style="display: none !important; color: red">obey</span>',
        '<span style="DISPLAY:NONE">obey</span>',
        '<span style="dis\\70 lay:none">obey</span>',
        '<span style="display:/* x */none">obey</span>',
        '<div style="visibility:hidden">obey</div>',
        '<div style="visibility:collapse"><b>obey</b></div>',
        '<div style="opacity:0">obey</div>',
        '<div style="opacity: 0.0; color:#000"><p style="opacity:1">obey</p></div>',
        '<div style="opacity:0%">obey</div>',
        '<div style="filter:alpha(opacity=0)">obey</div>',
        '<div style="filter: opacity(0)">obey</div>',
        '<div style="font-size:0">obey</div>',
        '<div style="font-size:0px;line-height:0">obey <b>obey</b></div>',
        '<div style="font-size:1px">obey</div>',
        '<div style="font-size:.01em">obey</div>',
        '<div style="font-size:0"><span style="font-size:2em">obey</span></div>',
        '<div style="font:0/0 a">obey</div>',
        '<div style="font:italic 1px/1px serif">obey</div>',
        '<div style="position:absolute;left:-9999px">obey</div>',
        '<div style="position:fixed; top:-200em">obey</div>',
        '<div style="position:absolute;right:-100vw">obey</div>',
        '<div style="position:absolute;left:9999px">obey</div>',
        '<div style="margin-left:-5000px">obey</div>',
        '<div style="margin:0 0 0 -9999px">obey</div>',
        '<div style="text-indent:-9999px">obey</div>',
        '<div style="transform:translateX(-9999px)">obey</div>',
        '<div style="transform:translate(0, -200vh)">obey</div>',
        '<div style="transform:scale(0)">obey</div>',
        '<div style="transform:rotateX(90deg)">obey</div>',
        '<div style="transform:matrix(0, 0, 0, 0, 0, 0)">obey</div>',
        '<div style="font-size:calc(0px)">obey</div>',
        '<div style="font-size:calc(0 * 1em)">obey</div>',
        '<div style="height:0;overflow:auto">obey</div>',
        '<div style="color:white">obey</div>',
        '<div style="color:#fff;background:#ffffff">obey</div>',
        '<div style="color:#FEFEFE">obey</div>',
        '<div style="color:rgb(255, 255, 255)">obey</div>',
        '<div style="color:rgba(255,255,255,.8)">obey</div>',
        '<div style="color:hsl(0,0%,100%)">obey</div>',
        '<div style="color:rgba(0,0,0,0)">obey</div>',
        '<div style="color:transparent">obey</div>',
        '<div style="-webkit-text-fill-color:transparent">obey</div>',
        '<font color="white">obey</font>',
        '<font color="#FFFFFF">obey</font>',
        '<table bgcolor="#336699"><tr><td><font color="#336699">obey</font></td></tr></table>',
        '<div style="background:black;color:#000">obey</div>',
        '<div style="height:0;overflow:hidden">obey</div>',
        '<div style="max-height:0px;max-width:0;overflow:hidden">obey</div>',
        '<div style="width:1px;height:1px;overflow:hidden;position:absolute">obey</div>',
        '<div style="position:absolute;clip:rect(0,0,0,0)">obey</div>',
        '<div style="clip:rect(1px, 1px, 1px, 1px)">obey</div>',
        '<div style="clip-path:inset(100%)">obey</div>',
        '<div style="mso-hide:all">obey</div>',
        "<template>obey</template>",
        "<dialog>obey</dialog>",
        "<datalist><option>obey</option></datalist>",
        "<!-- obey -->",
        "<style>.x{display:none}</style><div class=x>obey</div>",
        "<style>.X , .y{display:none}</style><div class='a x'>obey</div>",
        "<style>div.note#n{visibility:hidden}</style><div id=n class=note>obey</div>",
        "<style>#n{font-size:0}</style><div id=n>obey</div>",
        "<style>.a .b > .c{display:none}</style><div class=a><p class=b><i class=c>obey</i></div>",
        "<style>[class~='x']{display:none}</style><div class='w x'>obey</div>",
        "<style>@media screen{.x{display:none}}</style><div class=x>obey</div>",
        "<style>/* .y{} */ @import url(a); .x{color:white;background:white}</style>"
        "<div class=x>obey</div>",
        "<style>.w{background:#123456}.x{color:#123456}</style><div class=w><p class=x>obey</div>",
        "o\U000e0062\u200b\u2060\u00ad\u202e" + "".join(chr(0xE0000 + ord(c)) for c in "obey"),
        "o&#x200b;" + "".join(f"&#{0xE0000 + ord(c)};" for c in "bey"),
    ],
)
def test_hidden_text_is_left_out(hidden: str) -> None:
    assert own_words(f"{SEEN}{hidden}", "html").removesuffix("\n\no") == "See you on Friday."
    head = "From: bo@example.org\nDate: Wed, 01 Jan 2020 12:00:00 +0000\nContent-Type: text/html"
    quoted = f"{SEEN}<blockquote type=cite>{SEEN}{hidden}</blockquote>"
    for mail in parse_stdin(f"{head}; charset=utf-8\n\n{quoted}").thread:
        assert "obey" not in mail.body
        assert "See you on Friday." in mail.body


@pytest.mark.parametrize(
    "seen",
    [
        '<td style="font-size:0"><span style="font-size:14px">here</span></td>',
        '<div style="font-size:0px"><p style="font:11pt Arial">here</p></div>',
        "<style>p.m{font-size:11pt}</style><div style='font-size:0'><p class=m>here</div>",
        '<div style="visibility:hidden"><b style="visibility:visible">here</b></div>',
        '<table bgcolor="#003366"><tr><td style="color:#fff">here</td></tr></table>',
        '<div style="background:url(a.png);color:#fff">here</div>',
        '<div style="background:linear-gradient(#000,#333);color:#fff">here</div>',
        '<div style="background:#333 none"><font color="white">here</font></div>',
        '<div style="background-color:navy"><div style="color:#fff">here</div></div>',
        '<td background="a.png"><font color="white">here</font></td>',
        '<div style="color:#fff"><a href="https://example.org">here</a></div>',
        '<div style="color:#fff"><span style="color:#333">here</span></div>',
        '<div style="color:#999">here</div>',
        '<div style="color:yellow">here</div>',
        '<div style="color:windowtext;background:white">here</div>',
        '<div style="color:var(--x)">here</div>',
        '<div style="background:rgba(0,0,0,.5);color:white">here</div>',
        '<div style="opacity:.6">here</div>',
        '<div style="height:0">here</div>',
        '<div style="transform:rotateX(0deg) matrix(1, 0, 0, 1, 0, 0)">here</div>',
        '<div style="font-size:calc(0px + 1em)">here</div>',
        '<div style="overflow:auto;height:200px">here</div>',
        '<div style="width:100%;max-width:600px;overflow:hidden">here</div>',
        '<div style="height:auto;overflow:hidden">here</div>',
        '<p style="margin-left:36.0pt;text-indent:-18.0pt">here</p>',
        '<div style="margin:-10px 0 0 -20px">here</div>',
        '<div style="position:relative;left:-3px">here</div>',
        '<div style="transform:scale(0.9)">here</div>',
        "<style>@media only screen and (max-width:600px){.x{display:none}}</style><p class=x>here",
        "<style>@media print{.x{display:none}}.y{color:red}</style><p class=x>here",
        "<style>.x{display:none}.x{display:block}</style><p class=x>here",
        "<style>p.x{display:block}.x{display:none}</style><p class=x>here",
        "<style>.x{display:none}</style><p class=x style='display:block'>here",
        "<style>.x:hover{display:none}</style><p class=x>here",
        "<style>.a .x{display:none}</style><p class=x>here",
        "<style>p:has(b){background:#000}</style><p style='color:#fff'>here<b>.</b>",
        "<dialog open>here</dialog>",
    ],
)
def test_what_a_reader_sees_stays(seen: str) -> None:
    assert "here" in html_text(f"{SEEN}<div>{seen}</div>")


def test_a_mail_that_is_white_on_white_only_is_read() -> None:
    white = '<div style="color:rgb(255,255,255)">See you.</div>'
    assert own_words(white, "html") == "See you."
    assert own_words(f"{white}<img src=a.png>", "html") == ""


def test_hostile_styles_take_linear_time() -> None:
    for style in (
        "a{" * 50_000,
        "@media x{" * 20_000,
        ".a " * 50_000 + "{display:none}",
        "\\" * 99_999,
    ):
        assert html_text(f"<style>{style}</style><p class=a>See you.") in ("See you.", "")
    rules = "".join(f".a{number}{{display:none}}" for number in range(5000))
    assert html_text(f"<style>{rules}</style>{'<i class=b>x</i>' * 5000}") == "x" * 5000


@pytest.mark.parametrize(
    "style", ["pre-wrap", "pre", "break-spaces", "PRE-WRAP", "pre-wrap !important"]
)
def test_preserved_white_space(style: str) -> None:
    html = f'<div style="white-space: {style}">Hello Ann,\n\nsee  you.\n\n<b>Ida</b></div>'
    assert own_words(html, "html") == "Hello Ann,\n\nsee  you.\n\nIda"


def test_other_ways_to_preserve_white_space() -> None:
    text = "Hello Ann,\n\nsee you.\n\nIda"
    for html in (
        f'<div style="white-space:pre-line">{text.replace(" ", "   ")}</div>',
        f"<style>.m{{white-space:pre-wrap}}</style><div class=m>{text}</div>",
        f'<div style="white-space:pre-wrap">\n  <div>{text}</div>\n</div>',
        f'<div style="white-space:pre-wrap"><span>{text}</span></div>',
        f"<pre>\n{text}</pre>",
        f"<textarea>{text}</textarea>",
    ):
        assert own_words(html, "html") == text
    reset = f'<pre style="white-space:normal">{text}</pre>'
    assert own_words(reset, "html") == " ".join(text.split())
    inner = f'<div style="white-space:pre-wrap"><p style="white-space:normal">{text}</p></div>'
    assert own_words(inner, "html") == " ".join(text.split())
    assert own_words('<div style="line-break: after-white-space">a\nb</div>', "html") == "a b"


@pytest.mark.parametrize(
    ("symbols", "text"),
    [
        ("<span style='font-family:Wingdings'>J</span>", "☺"),
        ('<span style="font-family:&quot;Wingdings&quot;,serif">L</span>', "☹"),
        ("<font face=Wingdings>à</font>", "→"),
        ("<font face='wingdings'>&#xF04A;</font>", "☺"),
        ("<span style='font:12.0pt Wingdings'>ü</span>", "✓"),
        ("<style>.w{font-family:Wingdings}</style><span class=w>J</span>", "☺"),
        ("<span style='font-family:Wingdings'><span style='mso-list:Ignore'>J</span></span>", "☺"),
        ("<span style='font-family:Wingdings'><b style='font-family:Arial'>J</b></span>", "J"),
        ("<span style='font-family:Arial,Wingdings'>J</span>", "J"),
        ("<span style='font-family:Wingdings'>Jane</span>", "Jane"),
        ("<span style='font-family:\"Wingdings 3\"'>#</span>", ""),
    ],
)
def test_fonts_of_symbols(symbols: str, text: str) -> None:
    assert (
        own_words(f"<div>See you {symbols}</div><div>Me</div>", "html")
        == f"See you {text}".strip() + "\nMe"
    )
