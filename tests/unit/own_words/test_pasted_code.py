"""Pasted logs, diffs, command output and code are found by their shape; letters are not."""

# ruff: noqa: E501 (examples that are easier to read on one line)

from __future__ import annotations

import random
from pathlib import Path

import pytest

from engine.database.database import connect
from engine.events import silent
from engine.mail.importing.importing import import_archives
from engine.mail.own_words.code_line_rules import STRONG, is_strong
from engine.mail.own_words.pasted_code import CODE_MARK, code_lines, without_code
from engine.mail.own_words.rules import Rule
from engine.mail.stored.learnt import learnt_mails
from engine.mail.stored.store import kept_mails
from training.examples.training_pairs import training_pairs

BEFORE = "Hi Ann,\n\nthe mill stands still since Friday. This is what I get:\n\n"
AFTER = "\n\nDo you know what it means? I tried it twice.\n\nThanks,\nIda"


@pytest.mark.parametrize("rule", STRONG, ids=lambda rule: rule.name)
def test_rules(rule: Rule[str]) -> None:
    assert rule.matches(rule.example)
    assert is_strong(rule.example)


@pytest.mark.parametrize(
    "block",
    [
        # logs
        "2024-01-05 10:00:01,123 INFO  mill.wheel - started\n2024-01-05 10:00:02,456 ERROR mill.wheel - stuck",
        "[05/01/2024 10:00:01] wheel started\n[05/01/2024 10:00:09] wheel stuck at 3 rpm",
        "Jan  5 10:00:01 mill kernel: [   12.345] usb 1-1: new device\nJan  5 10:00:01 mill kernel: usb 1-1: gone",
        "Jan  5 10:00:01 mill systemd[1]: Started the wheel of the mill at the river with\nspeed three.\nJan  5 10:00:02 mill systemd[1]: Stopped.",
        "[   12.345678] usb 1-1: new high-speed USB device number 2",
        "mill.c:12:3: error: expected ';' before 'return'",
        "E/Mill(  123): java.lang.NullPointerException\nE/Mill(  123):     at org.example.Mill.main(Mill.java:3)",
        '192.0.2.1 - - [05/Jan/2024:10:00:01 +0100] "GET / HTTP/1.1" 500 12',
        "[10:23] <bo> is the wheel stuck again\n[10:24] <cy> yes, since noon",
        "WARN  [main] o.e.Mill: wheel is slow\nERROR [main] o.e.Mill: wheel is stuck",
        # traces
        'Traceback (most recent call last):\n  File "mill.py", line 3, in <module>\n    grind(corn)\n'
        'ValueError: no corn left in the mill',
        'Exception in thread "main" java.lang.IllegalStateException: stuck\n\tat org.example.Mill.grind(Mill.java:12)\n'
        "\tat org.example.Mill.main(Mill.java:3)\nCaused by: java.io.IOException: no corn\n\t... 2 more",
        "#0  0x00007f in grind (corn=0x0) at mill.c:12\n#1  0x00005f in main () at main.c:3",
        "TypeError: wheel is undefined\n    at grind (/srv/mill.js:3:7)\n    at Object.<anonymous> (/srv/main.js:1:1)",
        # diffs
        "diff --git a/mill.c b/mill.c\nindex 1234567..89abcde 100644\n--- a/mill.c\n+++ b/mill.c\n"
        "@@ -1,3 +1,4 @@ int main()\n int speed = 3;\n-turn(speed);\n+turn(speed + 1);\n+Then stop.\n\n",
        "--- mill.txt\n+++ mill.txt\n@@ -1,2 +1,2 @@\n The mill stands by the river.\n-It is old.\n+It is new.",
        "3c3\n< speed = 3\n---\n> speed = 4\n7a8\n> stop()",
        " src/mill.c  | 12 +++++++-----\n src/wheel.c |  3 +++\n 2 files changed, 10 insertions(+), 5 deletions(-)",
        # commands and their output
        "$ make install\ncc -O2 -o mill mill.c\nInstalled the wheel\n$ ./mill --speed 3\nstuck at 3",
        "ida@mill:~/src$ ls\nmill.c  wheel.c\nida@mill:~/src$ make",
        "[root@mill ~]# systemctl status wheel\nwheel.service - the wheel\n   Active: failed",
        "C:\\Users\\Ida> dir\n Volume in drive C is MILL",
        "PS C:\\mill> Get-Wheel\nName  Speed\n----  -----\nbig   3",
        "-rw-r--r-- 1 ida mill  12 Jan  5 10:00 mill.c\ndrwxr-xr-x 2 ida mill 4096 Jan  5 10:00 src",
        "PING 192.0.2.1 (192.0.2.1) 56(84) bytes of data.\n64 bytes from 192.0.2.1: icmp_seq=1 ttl=64 time=0.1 ms",
        "/dev/sda1        20G   12G  8.0G  60% /\n/dev/sdb1       100G   90G   10G  90% /home",
        "00000000: 6d69 6c6c 0a00 0000 0000 0000  mill....\n00000010: 6d69 6c6c 0a00 0000 0000 0000  mill....",
        "commit 0123456789abcdef0123456789abcdef01234567\nAuthor: Ida <ida@example.org>\n\n    Turn the wheel",
        "a1b2c3d Turn the wheel\n0f9e8d7 Oil it",
        "mysql> SELECT * FROM wheels;\n+----+-------+\n| id | speed |\n+----+-------+\n|  1 |     3 |\n+----+-------+",
        # code
        "def grind(corn, speed=3):\n    # turn the wheel slowly\n    for grain in corn:\n        wheel.turn(speed)\n\n    return flour",
        "#include <mill.h>\n\nint main(void)\n{\n    struct wheel *w = find_wheel();\n    if (w == NULL)\n        return 1;\n}",
        "const wheel = mill.wheels[0];\nwheel.on('stuck', () => {\n  console.log('stuck');\n});",
        "public class Mill {\n    private int speed;\n\n    public void grind() {\n        speed++;\n    }\n}",
        '<wheel size="3">\n  <speed>4</speed>\n</wheel>',
        '{\n  "wheel": {"size": 3},\n  "speed": 4\n}',
        "SELECT size, speed\nFROM wheels\nWHERE id = 3\nORDER BY size;\nDROP TABLE wheels;",
        "fn main() {\n    let wheel = Wheel::new();\n    println!(\"{}\", wheel.speed);\n}",
        "always @(posedge clk) begin\n  if (rst) speed <= 0;\n  else speed <= speed + 1;\nend",
        "#!/bin/sh\nfor wheel in big small; do\n  turn \"$wheel\" || exit\ndone",
        "[wheel]\nsize=3\nspeed=4\nname=big",
        "import os\nfrom mill import wheel\n\nwheel.turn(os.environ['SPEED'])",
        "```\nanything at all\n\nmay stand here\n```",
        "-----BEGIN CERTIFICATE-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n-----END CERTIFICATE-----",
    ],
)  # fmt: skip
def test_a_pasted_block_is_one_line(block: str) -> None:
    block = block.rstrip("\n")
    assert without_code(BEFORE + block + AFTER) == BEFORE + CODE_MARK + AFTER
    assert without_code(block) == CODE_MARK


@pytest.mark.parametrize(
    "letter",
    [
        "Dear Jane,\n\nhere is my trip, please book it:\n\nFrom: Vienna\nTo: Graz\nDate: Friday\nSeats: 2\n\nMe",
        "What I need:\n\n- flour (two bags, if you can)\n- eggs;\n- milk, butter, salt;\n* and a cake!",
        "The plan:\n\n10:00 Start at the mill\n10:30 Cake\n12:00 Walk to the river (30 min.)\n\nIda",
        "5 January 2024, 10:00 to 12:00, room 3\n6 January 2024, 14:00 to 15:30, room 7",
        "Ida Miller\nMill Lane 3\n12345 Milltown\nTel. +49 40 12 34 56 78\nwww.example.org",
        "0049 40 12 34 56 78\n0049 40 12 34 56 79",
        "Roses are red;\n    violets are blue;\n  the wheel of the mill\n    is waiting for you.",
        "If you want to come on Friday:\nbring the key(s);\nfor one in three:\nbring cake;",
        "Let me know = as soon as you can; my guess = Friday.",
        "#1 Priority is the wheel.\n#2 is the roof.\n# of bags: 3",
        "$500 is too much. $ 300 would do.\n50% of it now, 50% later.",
        "Vienna -> Graz, 10:00\nGraz -> Linz => 14:00\nLinz -> home (by bus)",
        "No, that was a joke <grin>\n<snip>\n<jane@example.org>",
        "Name      Bags   Price\nIda       3      12\nJane      4      16",
        "https://example.org/mill?id=3&x=4\nhttps://example.org/wheel#big",
        "Exception: on Fridays we close at six.\nError: mine. Warning: it will rain.",
        "2024-01-05 we met; 1234567 people came.\nSee IMG_0123.JPG (big), IMG_0124.JPG;",
        "Best regards,\nIda\n\nP.S. Use `make install`, it works; or call ida@example.org.",
        "Liebe Anna,\n\nich komme am Freitag (10:00 Uhr); bring bitte Kuchen mit!\n\nViele Grüße\nIda",
        "你好，周五见。\n我们在磨坊开始（十点）；带蛋糕来。",
        "x = 3 would be fine, y = 4 too.",
        "1. Turn the wheel.\n2. Oil it (twice).\n3. Select the best from the bags.\n\nimport is done by Bo",
        "return the key, please;\nclass starts at ten:\nfrom Monday import is forbidden",
    ],
)
def test_letters_are_not_code(letter: str) -> None:
    assert code_lines(letter) == ()
    assert without_code(letter) == letter


def test_words_beside_code_stay() -> None:
    text = (
        "I ran\n\n$ make\nmake: *** [mill] Error 2\nThis happens on every run, also as root.\n\nIda"
    )
    expected = "I ran\n\n[code]\nThis happens on every run, also as root.\n\nIda"
    assert without_code(text) == expected
    text = "It says\n\n$ ./mill --speed 3\nIda"
    assert without_code(text) == "It says\n\n[code]\nIda"


def test_two_blocks_with_words_between() -> None:
    text = "First:\n\n$ make\ncc mill.c\n\nThen I changed the speed, and it says:\n\n$ make\nstuck\n\nIda"
    expected = "First:\n\n[code]\n\nThen I changed the speed, and it says:\n\n[code]\n\nIda"
    assert without_code(text) == expected


def test_any_text_takes_linear_time_and_keeps_its_other_lines() -> None:
    noise = random.Random(0)
    pieces = [
        "{",
        "}",
        " ",
        "\n",
        "a",
        "(",
        ";",
        "$ ",
        "@@ -1 +1 @@",
        "```",
        "=",
        "10:00:00",
        "\t",
        "-",
    ]
    for _ in range(300):
        text = "".join(noise.choices(pieces, k=60))
        lines, last = text.split("\n"), 0
        for start, end in code_lines(text):
            assert last <= start < end <= len(lines)
            last = end
    for piece in (
        "```\n",
        "@@ -1,9999999 +1,999999 @@\n",
        "a = 1\n",
        "$ ls\n\n",
        "(" * 400 + "\n",
        "    \n",
    ):
        code_lines(piece * 20_000)


def test_the_blocks_of_a_mail_are_stored_and_not_learnt(tmp_path: Path) -> None:
    block = "$ make\nmake: *** [mill] Error 2"
    bodies = ["Hi Bo,\n\nlook:\n\n" + block + "\n\nIda", block, "Hi Bo,\n\nno code.\n\nIda"]
    mails = "".join(
        f"From ida@example.org Fri Jan  5 10:00:0{number} 2024\nFrom: Ida <ida@example.org>\n"
        f"To: Bo <bo@example.org>\nSubject: {number}\nDate: Fri, 5 Jan 2024 10:00:0{number} +0000\n\n{body}\n\n"
        for number, body in enumerate(bodies)
    )
    (tmp_path / "sent.mbox").write_text(mails)
    connection = connect(tmp_path / "panza.db")
    import_archives(connection, [tmp_path / "sent.mbox"], ["ida@example.org"], silent)
    for statement in ("SELECT 1", "UPDATE mails SET code = NULL"):  # as an older version stored it
        connection.execute(statement)
        kept = kept_mails(connection)
        assert [mail.body for mail in kept] == bodies
        assert [mail.code for mail in kept] == [((4, 6),), ((0, 2),), ()]
        learnt = [mail.body for mail in learnt_mails(kept)]
        assert learnt == ["Hi Bo,\n\nlook:\n\n[code]\n\nIda", bodies[2]]
    connection.execute(
        "INSERT INTO instructions SELECT id, 'Write.', 'hand', '', 0, '', '' FROM mails"
    )
    assert [pair.mail.body for pair in training_pairs(connection)] == learnt
    connection.close()
