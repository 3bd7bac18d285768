"""Recognise single lines of logs, diffs, command output and code by their shape.

STRONG lines are hardly ever written in a letter. WEAK ones are code only beside them.
"""

# ruff: noqa: E501 (expressions that are easier to read on one line)

from __future__ import annotations

import re

from engine.mail.own_words.rules import Rule

LONGEST_READ = 400
"""Characters of a line that are read."""


_PATTERNS: dict[str, str] = {}  # of the rules, by name


def _rule(name: str, example: str, pattern: str) -> Rule[str]:
    _PATTERNS[name] = f"(?:{pattern})"
    # Only tests match single rules, so that a pattern is not compiled at start-up.
    return Rule(name, example, lambda line: re.match(pattern, line) is not None)


_DATE = r"\d{4}[-/.]\d\d[-/.]\d\d|\d\d[-/.]\d\d[-/.]\d{4}|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d"
_TIME = r"\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
_LEVEL = r"(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL|SEVERE)"
_SOURCE = r"[\w./\\+-]+\.[A-Za-z]\w{0,6}"
_SHELL = (
    r"(?:sudo|apt|apt-get|yum|dnf|brew|pip3?|npm|npx|yarn|git|svn|hg|cd|ls|cat|grep|find|make|cmake"
    r"|gcc|g\+\+|clang|python3?|perl|ruby|java|javac|node|go|cargo|docker|kubectl|systemctl|service"
    r"|ssh|scp|rsync|curl|wget|ping|ip|ifconfig|mount|chmod|chown|cp|mv|rm|mkdir|tar|echo|export"
    r"|ps|df|du|head|tail|sed|awk|vim?|man|uname|dmesg|lspci|lsusb|mysql|psql|gdb|strace|\./\S+)"
)

STRONG: tuple[Rule[str], ...] = (
    _rule(
        "date and time", "2024-01-05 10:00:01 started", rf"\s*[\[(<]?(?:{_DATE})[T ,]+\[?{_TIME}"
    ),
    _rule(
        "syslog",
        "Jan  5 10:00:01 mill kernel: usb 1-1",
        rf"[A-Z][a-z]{{2}} [ \d]\d {_TIME} \S+ [^:\s]+(?:\[\d+\])?:",
    ),
    _rule("kernel log", "[   12.345678] usb 1-1: new device", r"\[ *\d+\.\d{3,6}\] ?\S"),
    _rule(
        "level", "[ERROR] no such wheel", rf"\s*(?:\[ ?{_LEVEL} ?\]|{_LEVEL}:? +[\w.$\[-]+[:\]] )"
    ),
    _rule(
        "time and level",
        "10:00:01,123 INFO mill",
        rf"\s*\[?(?:{_DATE})?[T ]?\d\d:\d\d(?::\d\d)?\S*\]?.{{0,60}}?\b{_LEVEL}\b",
    ),
    _rule(
        "short level",
        "E/Mill( 123): no wheel",
        r"[VDIWEF]/[\w.-]+ ?\( *\d+\):|[IWEF]\d{4} \d\d:\d\d",
    ),
    _rule(
        "access log",
        '192.0.2.1 - - [05/Jan/2024:10:00:01 +0100] "GET /"',
        r"\S+ \S+ \S+ \[\d\d/[A-Z][a-z]{2}/\d{4}:",
    ),
    _rule(
        "chat log",
        "[10:23] <bo> are you there",
        r"\s*\[?\d\d:\d\d(?::\d\d)?\]? *<[ @+]?[\w|`^-]{1,30}> ",
    ),
    _rule("Python frame", '  File "mill.py", line 3, in grind', r'\s*File "[^"]+", line \d+'),
    _rule("traceback", "Traceback (most recent call last):", r"\s*Traceback \(most recent call"),
    _rule(
        "frame",
        "    at org.example.Mill.grind(Mill.java:12)",
        r"\s*at (?:async )?[\w$.<>/\[\] ]+ ?\([^)]*(?::\d+(?::\d+)?|Native Method|Unknown Source|<anonymous>)\)"
        r"|\s*at \S+:\d+:\d+$|\s*\.\.\. \d+ (?:common frames omitted|more)$",
    ),
    _rule(
        "exception",
        "mill.WheelError: the wheel is stuck",
        r"(?:Caused by: |Exception in thread |Unhandled exception)?(?:[a-z_]\w*\.)*[A-Z]\w*(?:Error|Exception)(?::|$)"
        r"|Exception in thread \"|thread '.*' panicked at|goroutine \d+ \[|Segmentation fault",
    ),
    _rule(
        "debugger frame",
        "#1  0x00005555 in grind () at mill.c:12",
        r"#\d+ +(?:0x[0-9a-f]+ |\S+ \(.*\) (?:at|from) )|\s*\d+: +0x[0-9a-f]+",
    ),
    _rule(
        "compiler",
        "mill.c:12:3: error: expected ';'",
        rf"\s*{_SOURCE}[:(]\d+(?:[:,]\d+)?\)?:? *(?:fatal |\w+ )?(?:error|warning|note|Error|Warning)\b"
        r"|make(?:\[\d+\]: |: (?:\*\*\*|Entering|Leaving|Nothing))|npm (?:ERR!|WARN)|(?:error|warning)\[\w+\]: | +--> \S+:\d+:\d+"
        r"|(?:gcc|g\+\+|cc|clang|ld|javac|cmake) .*(?<=\s)-{1,2}\w",
    ),
    _rule(
        "prompt",
        "ida@mill:~/src$ make",
        r"(?:\([\w.-]+\) ?)?[\w.-]+@[\w.-]+(?:[: ][~/][^$#%>\n]{0,80})?[$#%>] +\S|\[\w[\w.-]*@[^\]\n]{1,80}\][$#%] ?\S"
        rf"|[$%#] {_SHELL}(?= |$)|[A-Z]:\\[^>\n]{{0,120}}>|PS [A-Z]:\\.{{0,120}}> ?|[$] [a-z][\w./-]*(?: -|$)"
        r"|(?:In|Out) ?\[\d+\]: |\w{1,20}=[#>] [A-Za-z]|(?:mysql|sqlite|MariaDB[^>]*|irb[^>]*|ghci)> "
        r"|\((?:gdb|lldb|Pdb)\) |[\w-]+(?:\(config[\w-]*\))[#>]",
    ),
    _rule(
        "diff",
        "@@ -1,3 +1,4 @@",
        r"diff --git |diff -\S+ \S|@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@|(?:---|\+\+\+) [ab]/\S"
        r"|index [0-9a-f]{7,40}\.\.[0-9a-f]{7,40}|Index: \S+\.\w+$|\*\*\* \d+,\d+ \*\*\*\*|--- \d+,\d+ ----"
        r"|(?:new|deleted) file mode \d{6}|\d+(?:,\d+)?[acd]\d+(?:,\d+)?$",
    ),
    _rule(
        "diffstat",
        " src/mill.c | 12 +++---",
        r" \S.{0,100} \| +(?:\d+ [+-]+|Bin )| \d+ files? changed, \d+ ",
    ),
    _rule(
        "version control",
        "\tmodified:   mill.c",
        r"\s+(?:modified|new file|deleted|renamed|both modified): +\S|commit [0-9a-f]{40}\b|[*|/\\ ]*(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,12} \S"
        r"|(?:remote|fatal|hint): \S|[MADRCU?!]{1,2} {1,7}[\w./-]+/[\w.-]+$",
    ),
    _rule(
        "file list",
        "-rw-r--r-- 1 ida mill 12 Jan  5 mill.c",
        r"\s*[bcdlps-][r-][w-][xsS-][r-][w-][xsS-][r-][w-][xtT-][.+@]? +\d+ ",
    ),
    _rule(
        "network",
        "64 bytes from 192.0.2.1: icmp_seq=1 ttl=64",
        r"\d+ bytes from |PING \S+ |traceroute to | *\d+ +\S+ \([\d.:a-f]+\) +[\d.]+ ms|\s+inet6? [\da-f.:]+"
        r"|\w+: flags=\d|(?:tcp|udp)6? +\d+ +\d+ |\d+: \w+: <[A-Z,_]+>|(?:HTTP/\d|[<>*] (?:HTTP|GET|POST|Host|Content))",
    ),
    _rule(
        "dump",
        "00000010: 6d69 6c6c 0a00  mill",
        r"\s*(?:0x[0-9a-fA-F]{2,16}[:|]?|[0-9a-fA-F]{7,16}[:|]?|[0-9a-fA-F]{4,8}:) *(?:[0-9a-fA-F]{2,8} +){3,}",
    ),
    _rule(
        "disk usage",
        "/dev/sda1  20G  12G  8G  60% /home",
        r"\S+ +[\d.]+[KMGT]?i? +[\d.]+[KMGT]?i? .*\d+% +/",
    ),
    _rule(
        "packages",
        "Get:1 http://example.org stable",
        r"(?:Get|Hit|Ign|Err):\d+ |Setting up \S+ \(|Unpacking \S+ \(|Collecting \S+[=<>]=|Successfully (?:built|installed) \S+-\d",
    ),
    _rule(
        "preprocessor",
        "#include <mill.h>",
        r"\s*#\s*(?:include\s*[<\"]|define \w+|ifn?def \w+|endif\b|pragma \w+|undef \w+)|#!/\S|<\?(?:php|xml)\b|<!DOCTYPE",
    ),
    _rule(
        "definition",
        "def grind(corn, speed=3):",
        r"\s*(?:async )?def \w+\(.*|\s*class \w+(?:\([\w., =]*\))?:$|\s*(?:export |default |async )*(?:function|func|fn|sub)\b ?[\w*]* ?\(.*"
        r"|\s*(?:(?:public|private|protected|internal|static|final|abstract|virtual|inline|const|unsigned|extern|override)\s+)+[\w<>\[\]*&:, ]+[({;=]"
        r"|\s*(?:void|int|char|bool|float|double|long|size_t|auto|string|String|uint\d+_t|struct \w+)\s*[*&]*\s+[*&]*\w+(?:\[.*\])?\s*(?:\(|=|;)"
        r"|\s*(?:class|struct|enum|interface|namespace|union|trait|impl|module)\s[\w<>:, .]+\{"
        r"|\s*(?:typedef|template\s*<|using \w+ ?=|using namespace) ?.*",
    ),
    _rule(
        "import",
        "from mill import wheel",
        r"\s*from \.{0,2}[\w.]+ import (?:(?:\w+(?: as \w+)?(?:, ?|$))+|[*(])|\s*import [\w.]+(?: as \w+)?;?$|\s*import .* from ['\"]|(?:package|use) [\w.:{}, ]+;$"
        r"|\s*(?:const|let|var) .*= ?require\(",
    ),
    _rule(
        "statement",
        "wheel.turn(speed, 3);",
        r"\s*\S.*(?:[\w\])] ?[+*/|&^-]?=|->|::|\w\(|\w\[|<<|>>|\+\+).*;\s*(?://.*|/\*.*)?$"
        r"|\s*(?:return|throw|break|continue|yield|goto \w+|delete)\b[^.!?]*;\s*$",
    ),
    _rule(
        "control flow",
        "if (wheel == NULL) {",
        r"\s*\}?\s*(?:if|for|foreach|while|switch|catch|else if|elseif)\s*\(.*\)\s*(?:\{|then|\\)?\s*$"
        r"|\s*\}\s*(?:else|catch|finally|while).*|\s*(?:else|try|finally|do)\s*\{\s*$"
        r"|\s*(?:if|elif|while) [^,]*(?:[=!<>]=| [<>] |\w\(|\w\.\w|\bnot \w+)[^,]*:\s*$|\s*(?:with \w+[.(].*|except [A-Z]\w+.*):\s*$"
        r"|\s*for [\w, ()]+ in [\w.]+(?:\(.*\)|\[.*\])?:\s*$|\s*for \w+ in .*; do|\s*(?:if|while) \[\[? .*\]"
        r"|\s*(?:always|assign|initial) .*[@;=(]|\s*end(?:module|function|class|task)\b",
    ),
    _rule(
        "declaration",
        "let wheel = mill.wheels[0]",
        r"\s*(?:let|const|var|val|my|local) +(?:mut )?[$@%\w{}\[\], :]+ *:?= *\S",
    ),
    _rule("arrow", "wheels.map(w => w.size)", r"\s*\S.*(?:=> ?[({]|\w => \w+[.(]|\)\s*->\s*[\w{])"),
    _rule(
        "markup",
        '<wheel size="3">',
        r"\s*</?[A-Za-z][\w:-]*(?: [\w:@-]+=(?:\"[^\"]*\"|'[^']*'|\S+))* ?/?>\s*(?:$|.*</[\w:-]+>$)|\s*<!--.*",
    ),
    _rule(
        "JSON", '  "wheel": {"size": 3},', r"\s*\"[\w $.@/-]+\" ?: ?(?:[\"\[{\d-]|true|false|null)"
    ),
    _rule(
        "SQL",
        "SELECT size FROM wheels WHERE id = 3;",
        r"\s*(?:SELECT\b.*(?:\bFROM\b|[,*])|INSERT INTO \w|UPDATE \w+ SET|CREATE (?:OR REPLACE )?(?:TEMP\w* )?(?:TABLE|INDEX|VIEW|FUNCTION|TRIGGER|DATABASE|USER)"
        r"|ALTER TABLE|DELETE FROM \w|DROP (?:TABLE|INDEX|VIEW)|GRANT \w+.* ON |(?:LEFT|INNER|OUTER|RIGHT) JOIN )",
    ),
    _rule(
        "key block",
        "-----BEGIN CERTIFICATE-----",
        r"-----(?:BEGIN|END) [A-Z ]+-----|ssh-(?:rsa|ed25519|dss) AAAA",
    ),
    _rule(
        "assembler",
        "  mov eax, [ebx+4]",
        r"\s*(?:mov|push|pop|call|jmp|jn?[ezg]|lea|cmp|test|xor)[lqbw]? +[%$\[\w-]+(?:,|$)",
    ),
    _rule("tree", "├── mill.c", r"\s*[│├└|`][─-]{2} \S"),
)

_UNMISTAKABLE = (
    "date and time", "syslog", "kernel log", "level", "time and level", "short level", "access log",
    "debugger frame", "compiler", "prompt", "file list", "dump", "key block",
)  # fmt: skip
# One expression is several times as fast as all rules one after the other.
_ANY_STRONG = re.compile("|".join(_PATTERNS.values()))
_ANY_UNMISTAKABLE = re.compile("|".join(_PATTERNS[name] for name in _UNMISTAKABLE))
# No strong line is without one of these, and most lines of a letter have none.
_MAY_BE_STRONG = re.compile(
    r"[{}()\[\]<>=;@$#%|\\/&+\"\d_─]|^\s|: |-----|import |Error|Exception|fault|[A-Z]{4}"
)
_SYMBOLS = re.compile(r"[{}\[\]()<>=+*/\\|&%$#@_~^`;]")
_BRACKETS = re.compile(r"[^\W_]\(|[{}\];=]")
_WORD = re.compile(r"[^\W\d_]{2,}")
_ASSIGNMENT = re.compile(r"\s*[A-Za-z_][\w.\[\]-]*\s*(?:[+*/|-]?=|:=)\s*[\"'\w({\[$.<-][^.!?]*$")
_SETTING = re.compile(r"[A-Za-z_][\w.-]*\s?=\s?\S+$|\[[\w .:-]+\]$|--?[\w-]+[= ]\S+ ?\\?$")
_WEAK = re.compile(
    r"\s*[{}()\[\]]+[;,)}\]]*\s*$|\s*(?:begin|end|else|then|do|done|fi|esac|try:|else:|finally:|pass|return.*|endif)\s*$"
    r"|.*[\\{(;]\s*$|\s*- \w[\w-]*: |\s+[\w-]+:(?: \S+)?$|\s*\d+ *\||\s*[\^~]+ *$|[<>] \S|---$|(?:Author|Date|Merge|Commit|AuthorDate|CommitDate|Signed-off-by|Reviewed-by): "
    r"|\s*(?:FROM|WHERE|ORDER BY|GROUP BY|AND|OR|HAVING|LIMIT|SET|VALUES)\b|\s*\+ ?\S"
)
_COMMENT = re.compile(r"\s*(?://|/\*|\*/|\* |-- ?\w|;;|#|%) ?\S")
_COLUMNS = re.compile(r"\S+(?: {2,}|\t+)\S+(?: {2,}|\t+)\S+")
_MAX_SYMBOLS_OF_PROSE, _MIN_SYMBOLS = 0.06, 0.12  # of the characters
_MIN_INDENT = 4
_MIN_WORDS_OF_PROSE, _MIN_WORDS_OF_SENTENCE = 4, 8
_SENTENCE_ENDS = (".", "?", "!", ",", ":", "…", "。", "？")


def is_strong(line: str) -> bool:
    """Return whether a line is hardly ever one of a letter."""
    return _MAY_BE_STRONG.search(line) is not None and _ANY_STRONG.match(line) is not None


def is_unmistakable(line: str) -> bool:
    """Return whether a line is code, a log or output even if it stands alone."""
    return _ANY_UNMISTAKABLE.match(line) is not None


def is_weak(line: str) -> bool:
    """Return whether a line is code if strong ones are beside it."""
    if _COMMENT.match(line):
        return True
    if is_prose(line):
        return False
    if _WEAK.match(line) or _ASSIGNMENT.match(line) or _COLUMNS.search(line):
        return True
    indent = len(line) - len(line.lstrip()) if line[:1] == " " else 0
    if indent >= _MIN_INDENT or line[:1] == "\t":
        return True
    text = line.strip()
    return len(_SYMBOLS.findall(text)) >= _MIN_SYMBOLS * len(text)


def is_dense(line: str) -> bool:
    """Return whether a line has the brackets and signs of code, and is no address or prose."""
    text = line.strip()
    return (
        _BRACKETS.search(text) is not None
        and "://" not in text
        and len(_SYMBOLS.findall(text)) >= _MIN_SYMBOLS * len(text)
    )


def is_setting(line: str) -> bool:
    """Return whether a line sets one value, as in a file of settings."""
    return _SETTING.match(line) is not None


def is_sentence(line: str) -> bool:
    """Return whether a line is prose that ends a sentence, or is long."""
    text = line.strip()
    ends = text.endswith(_SENTENCE_ENDS)
    return is_prose(text) and (ends or len(_WORD.findall(text)) >= _MIN_WORDS_OF_SENTENCE)


def is_prose(line: str) -> bool:
    """Return whether a line is written to be read: words, few symbols."""
    text = line.strip()
    if len(_SYMBOLS.findall(text)) > _MAX_SYMBOLS_OF_PROSE * len(text):
        return False
    words = len(_WORD.findall(text))
    return words >= _MIN_WORDS_OF_PROSE or (words >= 2 and text.endswith(_SENTENCE_ENDS))
