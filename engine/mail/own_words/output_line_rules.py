"""Recognise single lines of logs, traces, diffs, commands and their output by their shape."""

# ruff: noqa: E501 (expressions that are easier to read on one line)

from __future__ import annotations

import re

from engine.mail.own_words.rules import Rule

PATTERNS: dict[str, str] = {}
"""Name of a rule -> its regular expression, of this module and code_line_rules."""


def line_rule(name: str, example: str, pattern: str) -> Rule[str]:
    """Return a rule for lines that match a pattern at their start."""
    PATTERNS[name] = f"(?:{pattern})"
    # Only tests match single rules, so that a pattern is not compiled at start-up.
    return Rule(name, example, lambda line: re.match(pattern, line) is not None)


_DATE = (
    r"\d{4}[-/.]\d\d[-/.]\d\d|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d"
    r"|\d{1,2}[- ][A-Z][a-z]{2}[- ]\d{4}"
)
_TIME = r"\d\d?:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
_LEVEL = r"(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL|SEVERE)"
_SOURCE = r"[\w./\\+-]+\.[A-Za-z]\w{0,6}"
_SHELL = (
    r"(?:sudo|apt|apt-get|yum|dnf|brew|pip3?|npm|npx|yarn|git|svn|hg|cd|ls|cat|grep|find|make|cmake"
    r"|gcc|g\+\+|clang|python3?|perl|ruby|java|javac|node|go|cargo|docker|kubectl|systemctl|service"
    r"|ssh|scp|rsync|curl|wget|ping|ip|ifconfig|mount|chmod|chown|cp|mv|rm|mkdir|tar|echo|export"
    r"|telnet|openssl|nmap|dig|nslookup|traceroute|whois|nc|ps|df|du|head|tail|sed|awk|vim?|man|uname|dmesg|lspci|lsusb|mysql|psql|gdb|strace|\./\S+)"
)

OUTPUT: tuple[Rule[str], ...] = (
    line_rule(
        "date and time", "2024-01-05 10:00:01 started", rf"\s*[\[(<]?(?:{_DATE})[T ,]+\[?{_TIME}"
    ),
    line_rule(
        "syslog",
        "Jan  5 10:00:01 mill kernel: usb 1-1",
        rf"[^\W\d_]{{3,4}}\.? +\d{{1,2}} {_TIME} \S+ [^:\s]+(?:\[\d+\])?:|\d{{10}}\.\d{{3}} +\S"
        r"|\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} +\d+ +\d+ [VDIWEF] ",
    ),
    line_rule("kernel log", "[   12.345678] usb 1-1: new device", r"\[ *\d+\.\d{3,6}\] ?\S"),
    line_rule(
        "level", "[ERROR] no such wheel", rf"\s*(?:\[ ?{_LEVEL} ?\]|{_LEVEL}:? +[\w.$\[-]+[:\]] )"
    ),
    line_rule(
        "time and level",
        "10:00:01,123 INFO mill",
        rf"\s*\[?(?:{_DATE})?[T ]?\d\d:\d\d(?::\d\d)?\S*\]?.{{0,60}}?\b{_LEVEL}\b"
        r"|\*{3} STOP: 0x",
    ),
    line_rule(
        "short level",
        "E/Mill( 123): no wheel",
        r"[VDIWEF]/[\w.-]+ ?\( *\d+\):|[IWEF]\d{4} \d\d:\d\d"
        r"|[VDIWEF] [A-Z]\w*[A-Z]\w*: ",
    ),
    line_rule(
        "access log",
        '192.0.2.1 - - [05/Jan/2024:10:00:01 +0100] "GET /"',
        r"\S+ \S+ \S+ \[\d\d/[A-Z][a-z]{2}/\d{4}:",
    ),
    line_rule(
        "chat log",
        "[10:23] <bo> are you there",
        r"\s*\[?\d\d:\d\d(?::\d\d)?\]? *<[ @+]?[\w|`^-]{1,30}> ",
    ),
    line_rule("Python frame", '  File "mill.py", line 3, in grind', r'\s*File "[^"]+", line \d+'),
    line_rule(
        "traceback", "Traceback (most recent call last):", r"\s*Traceback \(most recent call"
    ),
    line_rule(
        "frame",
        "    at org.example.Mill.grind(Mill.java:12)",
        r"\s*at (?:async )?[\w$.<>/\[\] ]+ ?\([^)]*(?::\d+(?::\d+)?|Native Method|Unknown Source|<anonymous>)\)"
        r"|\s*at \S+:\d+:\d+$|\s*\.\.\. \d+ (?:common frames omitted|more)$"
        r"|\s*at [\w.<>$`]+\.[\w.<>$`]+ ?\(.*\)(?: in \S.*)?$|\s*from \S+:\d+(?::in .*)?$|#\d+ (?:\S+\(\d+\): \S|\{main\})|\s*\d+ +\S+ +0x[0-9a-f]{6,} ",
    ),
    line_rule(
        "exception",
        "mill.WheelError: the wheel is stuck",
        r"(?:Caused by: |Exception in thread |Unhandled exception)?(?:[a-z_]\w*\.)*[A-Z]\w*(?:Error|Exception)(?::|$)"
        r"|Exception in thread \"|thread '.*' panicked at|goroutine \d+ \[|Segmentation fault"
        r"|(?:PHP )?(?:Fatal|Parse|Catchable fatal) error: |(?:PHP )?(?:Warning|Notice|Deprecated): .* (?:in|on line) \S+|[\w./-]+\.\w{1,4}:\d+:in [`']|panic: |\w[\w.]*\.[A-Z]\w*Exception: "
        r"|[A-Z]{3}-\d{4,5}: |Program received signal SIG",
    ),
    line_rule(
        "debugger frame",
        "#1  0x00005555 in grind () at mill.c:12",
        r"#\d+ +(?:0x[0-9a-f]+ |\S+ \(.*\) (?:at|from) )|\s*\d+: +0x[0-9a-f]+",
    ),
    line_rule(
        "compiler",
        "mill.c:12:3: error: expected ';'",
        rf"\s*{_SOURCE}[:(]\d+(?:[:,]\d+)?\)?:? *(?:fatal |\w+ )?(?:error|warning|note|Error|Warning)\b"
        r"|make(?:\[\d+\]: |: (?:\*\*\*|Entering|Leaving|Nothing))|npm (?:ERR!|WARN)|(?:error|warning)\[\w+\]: | +--> \S+:\d+:\d+"
        r"|(?:gcc|g\+\+|cc|clang|ld|javac|cmake) .*(?<=\s)-{1,2}\w"
        r"|[\w./\\-]+\.\w{1,6}:\d+:\d+(?::| -) \S",
    ),
    line_rule(
        "prompt",
        "ida@mill:~/src$ make",
        r"(?:\([\w.-]+\) ?)?[\w.-]+@[\w.-]+(?:[: ][~/][^$#%>\n]{0,80})?[$#%>] +\S|\[\w[\w.-]*@[^\]\n]{1,80}\][$#%] ?\S"
        rf"|[$%#] {_SHELL}(?= |$)|[A-Z]:\\[^>\n]{{0,120}}>|PS [A-Z]:\\.{{0,120}}> ?|[$] [a-z][\w./-]*(?: -|$)"
        r"|(?:In|Out) ?\[\d+\]: |\w{1,20}=[#>] [A-Za-z]|(?:mysql|sqlite|MariaDB[^>]*|irb[^>]*|ghci)> "
        r"|\((?:gdb|lldb|Pdb)\) |[\w-]+(?:\(config[\w-]*\))[#>]",
    ),
    line_rule(
        "diff",
        "@@ -1,3 +1,4 @@",
        r"diff --git |diff -\S+ \S|@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@|(?:---|\+\+\+) [ab]/\S"
        r"|index [0-9a-f]{7,40}\.\.[0-9a-f]{7,40}|Index: \S+\.\w+$|\*\*\* \d+,\d+ \*\*\*\*|--- \d+,\d+ ----"
        r"|(?:new|deleted) file mode \d{6}|\d+(?:,\d+)?[acd]\d+(?:,\d+)?$",
    ),
    line_rule(
        "diffstat",
        " src/mill.c | 12 +++---",
        r" \S.{0,100} \| +(?:\d+ [+-]+|Bin )| \d+ files? changed, \d+ ",
    ),
    line_rule(
        "version control",
        "\tmodified:   mill.c",
        r"\s+(?:modified|new file|deleted|renamed|both modified): +\S|commit [0-9a-f]{40}\b|[*|/\\ ]*(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,12} \S"
        r"|(?:remote|fatal|hint): \S|[MADRCU?!]{1,2} {1,7}[\w./-]+/[\w.-]+$"
        r"|On branch [\w./-]+$|(?:Changes (?:not staged for|to be) commit\w*|Untracked files):$|nothing (?:added )?to commit|no changes added to commit|(?:<{7}|>{7}) [\w./-]+$|={7}$",
    ),
    line_rule(
        "file list",
        "-rw-r--r-- 1 ida mill 12 Jan  5 mill.c",
        r"\s*[bcdlps-][r-][w-][xsS-][r-][w-][xsS-][r-][w-][xtT-][.+@]? +\d+ "
        r"|\.{1,2}/[\w.-]+(?:/[\w.-]+)*$",
    ),
    line_rule(
        "network",
        "64 bytes from 192.0.2.1: icmp_seq=1 ttl=64",
        r"\d+ bytes from |PING \S+ |traceroute to | *\d+ +\S+ \([\d.:a-f]+\) +[\d.]+ ms|\s+inet6? [\da-f.:]+"
        r"|\w+: flags=\d|(?:tcp|udp)6? +\d+ +\d+ |\d+: \w+: <[A-Z,_]+>|(?:HTTP/\d|[<>*] (?:HTTP|GET|POST|Host|Content))"
        r"|\S+\.\s+\d+\s+IN\s+[A-Z]+\s|[2-5]\d\d-[A-Z][A-Z0-9-]{2,}(?: |$)|[2-5]\d\d[ -](?:\d\.\d\.\d+ |\S+ E?SMTP)|(?:EHLO|HELO|MAIL FROM:|RCPT TO:) ?\S|\S+ IP6? \S+ > \S+: |(?:tcp|udp|icmp)\S* .*(?:ESTABLISHED|LISTEN|TIME_WAIT)"
        r"|(?:GET|POST|PUT|PATCH|DELETE|HEAD) /\S* HTTP/|\* (?:Connected to|Trying|Closing connection) |-[A-Z] [A-Z]{3,} (?:-\w |--\w+)",
    ),
    line_rule(
        "dump",
        "00000010: 6d69 6c6c 0a00  mill",
        r"\s*(?:0x[0-9a-fA-F]{2,16}[:|]?|[0-9a-fA-F]{7,16}[:|]?|[0-9a-fA-F]{4,8}:) *(?:[0-9a-fA-F]{2,8} +){3,}"
        r"|[A-Za-z0-9+/]{56,}={0,2}$",
    ),
    line_rule(
        "disk usage",
        "/dev/sda1  20G  12G  8G  60% /home",
        r"\S+ +[\d.]+[KMGT]?i? +[\d.]+[KMGT]?i? .*\d+% +/"
        r"|(?=[^a-z]+$)(?=.*[A-Z]{2})(?=.*\S {2,}\S.*\S {2,}\S)\s*[A-Z%+/():#-]+(?: +[A-Z%+/():#-]+){4,}$|Filesystem +\S+ +Used\b|Proto +Recv-Q|\S+ +\S+:\S+ +\S+ +[\d.]+[KMGT] ",
    ),
    line_rule(
        "packages",
        "Get:1 http://example.org stable",
        r"(?:Get|Hit|Ign|Err):\d+ |Setting up \S+ \(|Unpacking \S+ \(|Collecting \S+[=<>]=|Successfully (?:built|installed) \S+-\d",
    ),
    line_rule(
        "table",
        "+----+-------+",
        r"\s*\+?[-=]{3,}(?:\+[-=]{3,})+\+?$|\|(?:\s*:?-{3,}:?\s*\|)+$",
    ),
    line_rule(
        "values between commas",
        "1,old,10",
        r"(?=[^ ]*\d)[^\s,;]+(?:[,;][^\s,;]*){2,}$",
    ),
    line_rule(
        "mail header",
        "Received: from mill.example.org (192.0.2.1)",
        r"Received: (?:from|by) \S|Message-ID: <\S|(?:DKIM-Signature|ARC-Seal|Authentication-Results|Return-Path): \S"
        r"|(?:Content-(?:Type|Length|Encoding|Disposition)|User-Agent|Cache-Control|Set-Cookie|Accept(?:-\w+)?): \S",
    ),
    line_rule(
        "registry",
        "[HKEY_LOCAL_MACHINE\\Mill]",
        r"\[HKEY_\w+|\"\w+\"=(?:dword:|hex|\")|Windows Registry Editor",
    ),
)
