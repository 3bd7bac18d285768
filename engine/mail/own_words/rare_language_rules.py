"""Recognise single lines of languages that are seldom pasted, by words that no letter has."""

# ruff: noqa: E501 (expressions that are easier to read on one line)

from __future__ import annotations

from engine.mail.own_words.output_line_rules import line_rule
from engine.mail.own_words.rules import Rule

RARE: tuple[Rule[str], ...] = (
    line_rule(
        "PostScript",
        "72 720 moveto",
        # From the end of the line, as a search for its last word from the start takes much longer
        r".*$(?:(?<=\bmoveto)|(?<=\blineto)|(?<=\brlineto)|(?<=\bshowpage)|(?<=\bfindfont)|(?<=\bsetfont)|(?<=\bscalefont)|(?<=\bsetlinewidth)|(?<=\bsetrgbcolor)|(?<=\bsetgray)|(?<=\bnewpath)|(?<=\bclosepath))|\(.*\) show$",
    ),
    line_rule(
        "graph query",
        "SELECT ?mill WHERE {",
        r"\s*(?:SELECT|CONSTRUCT|ASK)\b.*(?:\?\w|\bWHERE\b)|\s*PREFIX \w*: <|\s*\?\w+ [\w:]+ \S.* ?[.;]$|\s*(?:MATCH|MERGE|CREATE) \(\w*:?\w*",
    ),
    line_rule(
        "proof",
        "Theorem turns_on : forall n, n + 0 = n.",
        r"(?:Theorem|Lemma|Corollary|Fixpoint|Inductive|theorem|lemma) [a-z_]\w* ?[({:\[].*(?:forall|∀|:=|\.$)|(?:lemma|theorem) \w+: \"|data \w+ : \w+ where$|(?:Proof|Qed|Defined|Admitted)\.$|\s+(?:intros?|induction|destruct|rewrite|apply|unfold) [\w<-][^,!?]*[.;]$",
    ),
    line_rule(
        "Smalltalk",
        "Transcript show: mill printString; cr.",
        r"Transcript (?:show|cr|display)\b|\w+ := [A-Z]\w+ (?:new|with|on|from|value)\b",
    ),
    line_rule(
        "statistics",
        "gen fast = speed > 3",
        r"(?:gen|generate|egen|replace) \w+ = \S|use \S+, clear$|(?:regress|reg|logit|probit|xtreg|tabulate|summarize) \w+ .*(?:\bif \w+ ?[=<>!]=|, (?:robust|detail|vce))|(?:DATA LIST|GET FILE|FREQUENCIES VARIABLES|COMPUTE \w+ ?=|RECODE \w+ \()",
    ),
    line_rule(
        "scenario",
        "  Scenario: the gate is open",
        r"(?:  +|\t)(?:Scenario(?: Outline)?: \S|Examples:$)",
    ),
    line_rule("array language", "avg←+/⍵", r".*[⍵⍺⌿⍴⍳≢⌽]|\w+←\S"),
    line_rule("grammar", "mill ::= wheel", r"\s*<?[\w-]+>?\s+::=\s*\S"),
    line_rule("controller", "END_VAR", r"\s*(?:END_[A-Z]+;?|VAR(?:_[A-Z]+)?)$"),
    line_rule(
        "web server",
        'Started GET "/mills/3" for 192.0.2.7',
        r"Started (?:GET|POST|PUT|PATCH|DELETE) \"/|Processing by \w+#\w|Completed \d{3} [A-Z]",
    ),
    line_rule("hot key", "^j::", r"[!^+#]{1,4}\w{1,12}::|::\w{1,20}::\S|\w{1,12}::$"),
    line_rule(
        "build",
        "BUILD FAILED in 3s",
        r"BUILD (?:FAILED|SUCCESSFUL) in \d|> Task :\S|FAILURE: Build failed|Execution failed for task '|ninja: |[ew]: (?:file:/|\S+\.kts?:)|==> (?:Downloading|Installing|Pouring|Fetching) |sending incremental file list$|sent [\d,.]+ bytes +received|total size is [\d,.]+ |\[\d+/\d+\] (?:Building|Linking|Compiling|CXX|CC) ",
    ),
    line_rule(
        "typesetting",
        ".TH MILL 1",
        r"\.(?:TH|SH|SS|PP|TP|IP|BR|RS|RE|nf|fi|sp|br|ft|de|so)(?: |$)|l\.\d+ "
        r"|! (?:[A-Z][\w ]+ [Ee]rror|Undefined control|Missing |Extra |Emergency stop|Paragraph ended|Misplaced |Too many |Illegal |Runaway |Argument of |File ended)",
    ),
    line_rule(
        "PowerShell",
        "At line:1 char:1",
        r"[A-Z]\w* \w+:\d+ \w+:\d+$|\s+\+ (?:CategoryInfo|FullyQualifiedErrorId)\b|\+ ~+$|[A-Z][a-z]+-[A-Z]\w+ : ",
    ),
    line_rule(
        "compiler's heading", "-- TYPE MISMATCH ------ src/Mill.elm", r"-- [A-Z][A-Z ]+ -{5,} \S+$"
    ),
    line_rule("diagram", "@startuml", r"@(?:start|end)[a-z]+$"),
    line_rule("position of chess", "8/8/8/4k3/8/8/4P3/4K3 w", r"(?:[rnbqkpRNBQKP1-8]{1,8}/){7}\S+"),
    line_rule("calls", "g.V().out('owns')", r"\S*\w\([^\s()]*\)\.\w+\(\S*\)\S*$"),
    line_rule("query", "SELECT id FROM mills", r"SELECT\b.*\bFROM \w.*"),
    line_rule(
        "file and line",
        "/srv/mill/turn.php:12",
        r"\s*(?:at )?[\w.~-]*(?:[/\\][\w.~-]+)+[:(]\d+(?:[:,]\d+)?\)?:?$|\s+\d+:\d+ {2,}(?:error|warning)\b|\s+[\w./-]+\.\w{1,5}:\d+: ",
    ),
    line_rule(
        "failure with a label",
        "error: no wheel",
        r"(?:error|Error|ERROR|fatal|FATAL|panic|[EW]): \S|!!! \S",
    ),
    line_rule(
        "failure with two labels",
        "Error: FAILED: no wheel",
        r"(?:[Ee]rror|ERROR|fatal): (?:[A-Z_]{4,}[ :]){1,4}",
    ),
)
