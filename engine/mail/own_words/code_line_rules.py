"""Recognise single lines of code by their shape, and tell code and output from prose.

STRONG lines are hardly ever written in a letter. WEAK ones are code only beside them.
"""

# ruff: noqa: E501 (expressions that are easier to read on one line)

from __future__ import annotations

import re
from functools import cache

from engine.mail.own_words.output_line_rules import OUTPUT, PATTERNS, line_rule
from engine.mail.own_words.program_line_rules import ALONE, PROGRAMS
from engine.mail.own_words.rare_language_rules import RARE
from engine.mail.own_words.rules import Rule

LONGEST_READ = 400
"""Characters of a line that are read."""


STRONG: tuple[Rule[str], ...] = (
    *OUTPUT,
    *PROGRAMS,
    *RARE,
    line_rule(
        "preprocessor",
        "#include <mill.h>",
        r"\s*#\s*(?:include\s*[<\"]|define \w+|ifn?def \w+|endif\b|pragma \w+|undef \w+)|#!/\S|<\?(?:php|xml)\b|<!DOCTYPE",
    ),
    line_rule(
        "definition",
        "def grind(corn, speed=3):",
        r"\s*(?:async )?def \w+\(.*|\s*class \w+(?:\([\w., =]*\))?:$|\s*(?:export |default |async )*(?:function|func|fn|sub)\b ?[\w*]* ?\(.*"
        r"|\s*(?:(?:public|private|protected|internal|static|final|abstract|virtual|inline|const|unsigned|extern|override)\s+)+[\w<>\[\]*&:, ]+[({;=]"
        r"|\s*(?:void|int|char|bool|float|double|long|size_t|auto|string|String|uint\d+_t|struct \w+)\s*[*&]*\s+[*&]*\w+(?:\[.*\])?\s*(?:\(|=|;)"
        r"|\s*(?:class|struct|enum|interface|namespace|union|trait|impl|module)\s[\w<>:, .]+\{"
        r"|\s*(?:typedef|template\s*<|using \w+ ?=|using namespace) ?.*"
        r"|\s*(?:(?:Public|Private) )?(?:Sub|Function) \w+\(|\s*End (?:Sub|Function|If)$|\s*Dim \w+(?:\(\d*\))? As \w|(?=[^{]* \{$)[ \t]*[.#@]?[\w-]+(?:[ ,>:.#]+[\w-]+)* \{$|\s*\\(?:begin|end)\{"
        r"|\((?:defun|defn|defmacro|define|setq|let\*?) |\w+ :: \S|\s*defmodule [A-Z][\w.]* do$",
    ),
    line_rule(
        "import",
        "from mill import wheel",
        r"\s*from \.{0,2}[\w.]+ import (?:(?:\w+(?: as \w+)?(?:, ?|$))+|[*(])|\s*import [\w.]+(?: as \w+)?;?$|\s*import .* from ['\"]|(?:package|use) [\w.:{}, ]+;$"
        r"|\s*(?:const|let|var) .*= ?require\(",
    ),
    line_rule(
        "statement",
        "wheel.turn(speed, 3);",
        r"(?=[^;]*;)\s*\S.*(?:[\w\])] ?[+*/|&^-]?=|->|::|\w\(|\w\[|<<|>>|\+\+).*;\s*(?://.*|/\*.*)?$"
        r"|\s*(?:return|throw|break|continue|yield|goto \w+|delete)\b[^.!?]*;\s*$",
    ),
    line_rule("formula", '=IF(A1>3,"fast","slow")', r"=[A-Z][A-Z.]+\(.*\)$"),
    line_rule(
        "control flow",
        "if (wheel == NULL) {",
        r"\s*\}?\s*(?:if|for|foreach|while|switch|catch|else if|elseif)\s*\(.*\)\s*(?:\{|then|\\)?\s*$"
        r"|\s*\}\s*(?:else|catch|finally|while).*|\s*(?:else|try|finally|do)\s*\{\s*$"
        r"|\s*(?:if|elif|while) [^,]*(?:[=!<>]=| [<>] |\w\(|\w\.\w|\bnot \w+)[^,]*:\s*$|\s*(?:with \w+[.(].*|except [A-Z]\w+.*):\s*$"
        r"|\s*for [\w, ()]+ in [\w.]+(?:\(.*\)|\[.*\])?:\s*$|\s*for \w+ in .*; do|\s*(?:if|while) \[\[? .*\]"
        r"|\s*(?:always|assign|initial) .*[@;=(]|\s*end(?:module|function|class|task)\b",
    ),
    line_rule(
        "declaration",
        "let wheel = mill.wheels[0]",
        r"\s*(?:let|const|var|val|my|local) +(?:mut )?[$@%\w{}\[\], :]+ *:?= *\S",
    ),
    line_rule(
        "arrow",
        "wheels.map(w => w.size)",
        r"(?=.*[=-]>)\s*\S.*(?:=> ?[({]|\w => \w+[.(]|\)\s*->\s*[\w{])",
    ),
    line_rule(
        "markup",
        '<wheel size="3">',
        r"\s*</?[A-Za-z][\w:-]*(?: [\w:@-]+=(?:\"[^\"]*\"|'[^']*'|\S+))* ?/?>\s*(?:$|.*</[\w:-]+>$)|\s*<!--.*",
    ),
    line_rule(
        "JSON", '  "wheel": {"size": 3},', r"\s*\"[\w $.@/-]+\" ?: ?(?:[\"\[{\d-]|true|false|null)"
    ),
    line_rule("JSON object", '{"size": 3}', r"[\[{]+\s*\"[^\"]+\" ?:.*[}\]],?$"),
    line_rule(
        "SQL",
        "SELECT size FROM wheels WHERE id = 3;",
        r"\s*(?:SELECT\b.*(?:\bFROM\b|[,*])|INSERT INTO \w|UPDATE \w+ SET|CREATE (?:OR REPLACE )?(?:TEMP\w* )?(?:TABLE|INDEX|VIEW|FUNCTION|TRIGGER|DATABASE|USER)"
        r"|ALTER TABLE|DELETE FROM \w|DROP (?:TABLE|INDEX|VIEW)|GRANT \w+.* ON |(?:LEFT|INNER|OUTER|RIGHT) JOIN )",
    ),
    line_rule(
        "key block",
        "-----BEGIN CERTIFICATE-----",
        r"-----(?:BEGIN|END) [A-Z ]+-----|ssh-(?:rsa|ed25519|dss) AAAA",
    ),
    line_rule(
        "assembler",
        "  mov eax, [ebx+4]",
        r"\s*(?:mov|push|pop|call|jmp|jn?[ezg]|lea|cmp|test|xor)[lqbw]? +[%$\[\w-]+(?:,|$)",
    ),
    line_rule("tree", "├── mill.c", r"\s*[│├└|`][─-]{2} \S"),
)

_UNMISTAKABLE = (
    "date and time", "syslog", "kernel log", "level", "time and level", "short level", "access log",
    "debugger frame", "compiler", "prompt", "file list", "dump", "key block", "disk usage",
    "formula", "JSON object", "build", "web server", "position of chess", "calls", "query",
    "file and line", "failure with two labels", "array language", "compiler's heading", *ALONE,
)  # fmt: skip
# No strong line is without one of these, and most lines of a letter have none. What may stand
# anywhere is searched apart from what a line starts with: signs and words first, and only then
# what needs an expression, which takes several times as long.
_STRONG_SIGNS = frozenset('{}()[]<>=;@$#%|\\/&+"_─⍵⍴⍳⍺←0123456789')
_STRONG_WORDS = (
    ": ", "-----", "import ", "Error", "Exception", "fault", "branch", "commit", "panic", "::", "!!!",
    "...", ":-", "dapter", "* ",
)  # fmt: skip
_MAY_BE_STRONG = re.compile(r"\d|[A-Z]{4}|\sIN\s|\.\w+$|\b(?:Then|showpage)$|\S {2,}\S")
_MAY_START_STRONG = re.compile(
    r"\s|(?:sudo|git|apt|pip|npm|cd|net|del|copy|search|docker|kubectl|systemctl|service|curl|model|program|end|procedure) "
    r"|(?:Reading|Building|Cloning|Auto|checking|Server|Rewrite|Directory|Call|stack|Non-auth|Already|Switched|Fast-f|no row|equation|implicit|block|pass|Package|select|where|from|tell|sed|grep|sending|Request|Trace|Zeit|Ablauf|Windows|[Ee]nd)|(?:Proof|Qed|Defined|Admitted)\.|ninja|[ew]: |Execution failed |Your branch |Untracked |Changes |! |Started |Processing |(?:END_)?VAR"
    r"|(?:BEGIN|RET|nop)|(?:set|syntax|filetype|colorscheme|[nvixct]?(?:nore)?map|au|hi|let|bind|unbind|s?plot|alias|[A-Z]{3}) |[a-z.]{2,8} \S{1,12}(?:, ?\S+){0,2}$"
    r"|[A-Z]{2,3}(?: |$)|Dim |[a-z][\w-]*(?: [\w./=:-]*[\w/]){1,3}$"
)
_SYMBOLS = re.compile(r"[{}\[\]()<>=+*/\\|&%$#@_~^`;]")
_BRACKETS = re.compile(r"[^\W_]\(|[{}\];=]")
WORD = re.compile(r"[^\W\d_]{2,}")
_ASSIGNMENT = re.compile(r"\s*[A-Za-z_][\w.\[\]-]*\s*(?:[+*/|-]?=|:=)\s*[\"'\w({\[$.<-][^.!?]*$")
_SETTING = re.compile(
    r"[A-Za-z_][\w.-]*\s?=\s?\S+$|[A-Za-z_][\w.-]*=\S.{0,100}$|\[[\w .:-]+\]$|--?\w[\w-]*[= ]\S+ ?\\?$"
)
_WEAK = re.compile(
    r"\s*[{}()\[\]]+[;,)}\]]*\s*$|\s*(?:begin|end|else|then|do|done|fi|esac|try:|else:|finally:|pass|return.*|endif)\s*$"
    r"|.*[\\{(;]\s*$|\s*- \w[\w-]*: |\s+[\w-]+:(?: \S+)?$|\s*\d+ *\||\s*[\^~]+ *$|[<>] \S|---$|(?:Author|Date|Merge|Commit|AuthorDate|CommitDate|Signed-off-by|Reviewed-by): "
    r"|\|.*\|$|\s+\w+ \| |[^\s,;]+(?:[,;][^\s,;]+){2,}$|\s*end\w*;?$"
    r"|from [\w.]+$|(?:group|order) by |[a-z_.][\w.$]*:$|:[a-z_]\w*$|(?:pause|exit|cls|endlocal|setlocal)$|Feature: \S|(?:[\dA-F]{2} ){5,}|\s*(?:FROM|JOIN|ON|WHERE|ORDER BY|GROUP BY|AND|OR|HAVING|LIMIT|SET|VALUES)\b|\s*\+ ?\S"
)
_COMMENT = re.compile(r"\s*(?://|/\*|\*/|\* |-- ?\w|;;|#|%) ?\S")
_COLUMNS = re.compile(r"\S+(?: {2,}|\t+)\S+(?: {2,}|\t+)\S+")
_DOTTED = re.compile(r"\w(?: ?\.){3,} ?: ?\S")
_MIN_DOTS = 3
_MAX_SYMBOLS_OF_PROSE, _MIN_SYMBOLS = 0.06, 0.12  # of the characters
_MIN_INDENT = 4
_MIN_WORDS_OF_PROSE, _MIN_WORDS_OF_SENTENCE = 4, 8
_SENTENCE_ENDS = (".", "?", "!", ",", ":", "…", "。", "？")


# One expression is several times as fast as all rules one after the other.
@cache
def _any_strong() -> re.Pattern[str]:
    return re.compile("|".join(PATTERNS.values()))


@cache
def _any_unmistakable() -> re.Pattern[str]:
    return re.compile("|".join(PATTERNS[name] for name in _UNMISTAKABLE))


def is_command(line: str) -> bool:
    """Return whether a line is a command that is seldom typed but in a terminal, and no sentence."""
    return re.match(PATTERNS["command"], line) is not None and not is_sentence(line)


def is_strong(line: str) -> bool:
    """Return whether a line is hardly ever one of a letter."""
    may_be = _may_be_strong(line) or _MAY_START_STRONG.match(line) is not None
    return may_be and _any_strong().match(line) is not None


def _may_be_strong(line: str) -> bool:
    """Return whether a line has what a strong one may have anywhere: a quick check."""
    if not _STRONG_SIGNS.isdisjoint(line):
        return True
    for word in _STRONG_WORDS:  # a plain loop, because each line of each mail is searched
        if word in line:
            return True
    return _MAY_BE_STRONG.search(line) is not None


def is_unmistakable(line: str) -> bool:
    """Return whether a line is code, a log or output even if it stands alone."""
    return _any_unmistakable().match(line) is not None


def is_weak(line: str) -> bool:
    """Return whether a line is code if strong ones are beside it."""
    if _COMMENT.match(line):
        return True
    if is_prose(line):
        return False
    if _WEAK.match(line) or _ASSIGNMENT.match(line) or _has_columns(line):
        return True
    indent = len(line) - len(line.lstrip()) if line[:1] == " " else 0
    if indent >= _MIN_INDENT or line[:1] == "\t":
        return True
    text = line.strip()
    return len(_SYMBOLS.findall(text)) >= _MIN_SYMBOLS * len(text)


def is_row(line: str) -> bool:
    """Return whether a line is a row of a table, or a label with dots up to its value."""
    return _has_columns(line) or (line.count(".") >= _MIN_DOTS and _DOTTED.search(line) is not None)


def _has_columns(line: str) -> bool:
    return ("  " in line or "\t" in line) and _COLUMNS.search(line) is not None


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
    return is_prose(text) and (ends or len(WORD.findall(text)) >= _MIN_WORDS_OF_SENTENCE)


def is_prose(line: str) -> bool:
    """Return whether a line is written to be read: words, few symbols."""
    text = line.strip()
    if len(_SYMBOLS.findall(text)) > _MAX_SYMBOLS_OF_PROSE * len(text):
        return False
    words = len(WORD.findall(text))
    return words >= _MIN_WORDS_OF_PROSE or (words >= 2 and text.endswith(_SENTENCE_ENDS))
