"""Code and output of many languages and programs, found by words and lines that no letter has."""

# ruff: noqa: E501 (examples that are easier to read on one line)

from __future__ import annotations

import pytest

from engine.mail.own_words.code_tokens import count_odd
from engine.mail.own_words.pasted_code import CODE_MARK, without_code

BEFORE = "Hi Tom,\n\nthe mill stops after an hour, see below.\n\n"
AFTER = "\n\nCan you have a look?\n\nNora"

PASTED = {
    "factor": "USING: kernel math ;\n: turn ( n -- n ) 1 + ;\n5 turn .",
    "j": "avg =: +/ % #\navg 1 2 3",
    "racket": "#lang racket\n(define (turn n)\n  (sub1 n))",
    "fsharp": "let turn n =\n    match n with\n    | 0 -> None\n    | n -> Some (n - 1)",
    "sml": "fun turn 0 = 0\n  | turn n = turn (n - 1);\nval it = 0 : int",
    "raku": 'my $speed = 3;\nsay "turning" if $speed > 2;',
    "groovy": 'def mill = [speed: 3]\nmill.each { k, v -> println "$k=$v" }',
    "objc": "@interface Mill : NSObject\n@property (nonatomic) int speed;\n@end",
    "dlang": 'import std.stdio;\nvoid main() {\n    writeln("turn");\n}',
    "pl1": "MILL: PROCEDURE OPTIONS(MAIN);\n  DCL SPEED FIXED BIN(31);\n  PUT LIST(SPEED);\nEND MILL;",
    "rexx": "/* REXX */\nsay 'turn'\nif speed > 3 then exit 8",
    "plsql": "DECLARE\n  v_speed NUMBER := 3;\nBEGIN\n  DBMS_OUTPUT.PUT_LINE(v_speed);\nEND;\n/",
    "tsql": "DECLARE @speed INT = 3\nIF @speed > 2\n  PRINT 'fast'\nGO",
    "dax": "Fast Mills =\nCALCULATE(\n    COUNTROWS(Mills),\n    Mills[Speed] > 3\n)",
    "soql": "SELECT Id, Name FROM Mill__c WHERE Speed__c > 3 LIMIT 10",
    "gremlin": "g.V().hasLabel('mill').out('owns').values('name')",
    "xquery": 'for $m in doc("mills.xml")//mill\nwhere $m/speed > 3\nreturn $m/name',
    "jq": "jq '.mills[] | select(.speed > 3) | .name' mills.json",
    "rego": "package mill\ndefault allow = false\nallow {\n  input.speed < 3\n}",
    "bazel": 'cc_binary(\n    name = "mill",\n    srcs = ["mill.cc"],\n)',
    "meson": "project('mill', 'c')\nexecutable('mill', 'mill.c')",
    "m4": "AC_INIT([mill], [1.0])\nAC_PROG_CC\nAC_OUTPUT",
    "troff": ".TH MILL 1\n.SH NAME\nmill \\- turns the wheel",
    "tikz": "\\begin{tikzpicture}\n  \\draw (0,0) -- (1,1);\n\\end{tikzpicture}",
    "povray": "sphere {\n  <0, 1, 2>, 2\n  texture { pigment { color Red } }\n}",
    "hpgl": "IN;SP1;PU0,0;PD100,0;\nPD100,100;PU;",
    "autolisp": '(defun c:mill ()\n  (command "_circle" pt 3)\n)',
    "supercollider": "{ SinOsc.ar(440, 0, 0.1) }.play;",
    "faust": 'import("stdfaust.lib");\nprocess = os.osc(440) * 0.1;',
    "wat": "(module\n  (func $turn (param i32) (result i32)\n    local.get 0))",
    "llvm": "define i32 @turn(i32 %n) {\n  %1 = sub i32 %n, 1\n  ret i32 %1\n}",
    "cil": '.method static void Turn() cil managed\n{\n  ldstr "turn"\n  ret\n}',
    "glsl": "uniform float speed;\nvoid main() {\n  gl_FragColor = vec4(speed, 0.0, 0.0, 1.0);\n}",
    "mathematica": "f[x_] := x^2\nPlot[f[x], {x, 0, 1}]",
    "maxima": "(%i1) solve(x^2 = 3, x);\n(%o1) [x = - sqrt(3), x = sqrt(3)]",
    "gap": "gap> G := SymmetricGroup(4);\nSym( [ 1 .. 4 ] )",
    "agda": "data Nat : Set where\n  zero : Nat\n  suc  : Nat -> Nat",
    "isabelle": 'lemma turn: "n + 0 = n"\n  by (induction n) auto',
    "promela": "active proctype mill() {\n  do\n  :: speed > 3 -> speed--\n  od\n}",
    "smtlib": "(declare-const x Int)\n(assert (> x 3))\n(check-sat)",
    "minizinc": "var 1..3: x;\nconstraint x > 1;\nsolve satisfy;",
    "ampl": "var x >= 0;\nmaximize profit: 3*x;\nsubject to cap: x <= 4;",
    "gams": "Sets i /a, b/;\nVariables x(i), z;\nSolve mill using lp minimizing z;",
    "clips": "(defrule fast\n  (speed ?s&:(> ?s 3))\n  =>\n  (assert (stop)))",
    "gleam": "pub fn turn(n: Int) -> Int {\n  n - 1\n}",
    "vyper": "@external\ndef turn(n: uint256) -> uint256:\n    return n - 1",
    "michelson": "parameter int;\nstorage int;\ncode { CAR ; NIL operation ; PAIR }",
    "brainfuck2": "+[-->-[>>+>-----<<]<--<---]>-.>>>+.",
    "awk prog": 'BEGIN { FS=":" }\n{ n[$1]++ }\nEND { for (k in n) print k, n[k] }',
    "regex": "^(?:[A-Z]{2}\\d{3})-(\\w+)$",
    "ahk2": "#IfWinActive Mill\nF5::\nMsgBox, turn\nreturn",
    "autoit": '#include <MsgBoxConstants.au3>\nLocal $iSpeed = 3\nMsgBox(0, "Mill", $iSpeed)',
    "nsis": 'Section "Mill"\n  SetOutPath "$INSTDIR"\n  File "mill.exe"\nSectionEnd',
    "inno": '[Setup]\nAppName=Mill\nAppVersion=1.0\n[Files]\nSource: "mill.exe"; DestDir: "{app}"',
    "plantuml": "@startuml\nAnn -> Tom : turn\n@enduml",
    "graph": "digraph {\n  a -> b\n}",
    "fen": "r1bqkbnr/pppp1ppp/2n5/4p3/4P3/5N2/PPPP1PPP/RNBQKB1R w KQkq - 2 3",
    "bibtex2": "@book{mill1999,\n  title={Mills},\n  year={1999}\n}",
    "po": '#: mill.c:12\nmsgid "turn"\nmsgstr "drehen"',
    "ical": "BEGIN:VEVENT\nDTSTART:20240503T100000Z\nSUMMARY:Mill\nEND:VEVENT",
    "ldif": "dn: uid=nora,ou=people,dc=example,dc=org\nobjectClass: inetOrgPerson\nuid: nora",
    "dig": ";; ANSWER SECTION:\nmill.example.org.  3600  IN  A  192.0.2.7\n;; Query time: 12 msec",
    "whois": "Domain Name: EXAMPLE.ORG\nRegistry Domain ID: 2336799_DOMAIN_COM-VRSN\nRegistrar WHOIS Server: whois.example.org\nCreation Date: 1995-08-31T04:00:00Z",
    "ipconfig": "Ethernet adapter Ethernet:\n\n   Connection-specific DNS Suffix  . : example.org\n   IPv4 Address. . . . . . . . . . . : 192.0.2.7\n   Subnet Mask . . . . . . . . . . . : 255.255.255.0",
    "tracert": "  1     1 ms     1 ms     1 ms  192.0.2.1\n  2    12 ms    11 ms    13 ms  198.51.100.1\n  3     *        *        *     Request timed out.",
    "ps error": "Get-Mill : The term 'Get-Mill' is not recognized as the name of a cmdlet, function, script file, or operable program.\nAt line:1 char:1\n+ Get-Mill\n+ ~~~~~~~~\n    + CategoryInfo          : ObjectNotFound: (Get-Mill:String) [], CommandNotFoundException",
    "dotnet": "Unhandled exception. System.NullReferenceException: Object reference not set to an instance of an object.\n   at Mill.Turn() in C:\\mill\\Mill.cs:line 12",
    "msbuild": "Mill.cs(12,5): error CS0103: The name 'turn' does not exist in the current context [C:\\mill\\Mill.csproj]\nBuild FAILED.\n    0 Warning(s)\n    1 Error(s)",
    "tsc": "src/mill.ts:12:5 - error TS2304: Cannot find name 'turn'.\n\n12     turn(3);\n       ~~~~",
    "eslint": "/srv/mill/index.js\n  12:5  error  'turn' is not defined  no-undef\n\n✖ 1 problem (1 error, 0 warnings)",
    "jest": "FAIL  src/mill.test.js\n  ● mill › turns\n\n    expect(received).toBe(expected)\n\n    Expected: 3\n    Received: 4",
    "gotest": "--- FAIL: TestTurn (0.00s)\n    mill_test.go:12: got 4, want 3\nFAIL\nexit status 1",
    "pip": "ERROR: Could not find a version that satisfies the requirement mill==1.0 (from versions: none)\nERROR: No matching distribution found for mill==1.0",
    "conda": "Solving environment: failed\nPackagesNotFoundError: The following packages are not available from current channels:\n  - mill",
    "emerge": '!!! All ebuilds that could satisfy "app-misc/mill" have been masked.\n- app-misc/mill-1.0::gentoo (masked by: ~amd64 keyword)',
    "apk": "ERROR: unable to select packages:\n  mill (no such package):\n    required by: world[mill]",
    "nix err": "error: attribute 'mill' missing\n\n       at /etc/nixos/configuration.nix:12:5:",
    "terraform plan": '  # aws_instance.mill will be created\n  + resource "aws_instance" "mill" {\n      + ami = "ami-123"\n    }',
    "ansible out": 'TASK [turn the wheel] ****************\nfatal: [mill]: FAILED! => {"changed": false, "msg": "no wheel"}\n\nPLAY RECAP ****\nmill : ok=1 changed=0 unreachable=0 failed=1',
    "helm": "Error: INSTALLATION FAILED: cannot re-use a name that is still in use",
    "docker err": "docker: Error response from daemon: Conflict. The container name \"/mill\" is already in use.\nSee 'docker run --help'.",
    "mysql err": "ERROR 1045 (28000): Access denied for user 'nora'@'localhost' (using password: YES)",
    "mysql table": "mysql> select * from mills;\n+----+-------+\n| id | speed |\n+----+-------+\n|  1 |    10 |\n+----+-------+\n1 row in set (0.00 sec)",
    "mongo": '> db.mills.find({speed: {$gt: 3}})\n{ "_id" : ObjectId("5f1"), "speed" : 10 }',
    "redis": "127.0.0.1:6379> GET mill\n(nil)",
    "sqlite err": 'Error: near "FORM": syntax error\nSQL: select * form mills',
    "nginx err": 'nginx: [emerg] unknown directive "sever" in /etc/nginx/nginx.conf:12\nnginx: configuration file /etc/nginx/nginx.conf test failed',
    "openssl": "140:error:0909006C:PEM routines:get_name:no start line:crypto/pem/pem_lib.c:745:Expecting: TRUSTED CERTIFICATE",
    "wg": "interface: wg0\n  public key: abcdefghijklmnopqrstuvwxyz0123456789ABCDEF=\n  listening port: 51820\n\npeer: zyx=\n  endpoint: 192.0.2.7:51820\n  latest handshake: 1 minute, 2 seconds ago",
    "ip addr": "2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP\n    inet 192.0.2.7/24 brd 192.0.2.255 scope global eth0",
    "free": "              total        used        free      shared  buff/cache   available\nMem:        8000000     4000000     1000000      100000     3000000     3500000\nSwap:       2000000           0     2000000",
    "df": "Filesystem      Size  Used Avail Use% Mounted on\n/dev/sda1        50G   45G  5.0G  90% /\ntmpfs           3.9G     0  3.9G   0% /dev/shm",
    "zpool": "  pool: tank\n state: DEGRADED\nstatus: One or more devices could not be used.\nconfig:\n\n\tNAME        STATE     READ WRITE CKSUM\n\ttank        DEGRADED     0     0     0",
    "e2fsck": "/dev/sda1: recovering journal\n/dev/sda1: clean, 12345/67890 files, 23456/78901 blocks",
    "git status": "On branch main\nYour branch is up to date with 'origin/main'.\n\nChanges not staged for commit:\n\tmodified:   mill.c\n\nno changes added to commit",
    "git graph": "* 1a2b3c4 (HEAD -> main) Turn the wheel\n* 5d6e7f8 Add the stone\n|\\\n| * 9a0b1c2 Fix the gate",
    "segv": "*** stack smashing detected ***: terminated\nAborted (core dumped)",
    "bash err": "./mill.sh: line 12: turn: command not found\n./mill.sh: line 13: syntax error near unexpected token `fi'",
    "java nested": 'Exception in thread "main" java.lang.NullPointerException: Cannot invoke "Mill.turn()" because "mill" is null\n\tat Main.main(Main.java:12)\nCaused by: java.io.IOException\n\t... 5 more',
    "js console": "Uncaught TypeError: Cannot read properties of undefined (reading 'turn')\n    at mill.js:12:5",
    "arduino err": "avrdude: stk500_recv(): programmer is not responding\navrdude: stk500_getsync() attempt 1 of 10: not in sync: resp=0x00",
    "latex err": "! Undefined control sequence.\nl.12 \\turn\n        {wheel}",
    "mail bounce": "<tom@example.org>: host mx.example.org[192.0.2.7] said: 550 5.1.1\n    <tom@example.org>: Recipient address rejected: User unknown (in reply to RCPT TO command)",
    "autogen key": "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU\n-----END OPENSSH PRIVATE KEY-----",
    "forth": ": turn ( n -- n ) dup 3 > if 1- then ;\n5 turn .",
    "autohotkey": "^j::\nSend, turn\nreturn",
    "gradle": "> Task :app:compileJava FAILED\n\nFAILURE: Build failed with an exception.\n\n* What went wrong:\nExecution failed for task ':app:compileJava'.\n\nBUILD FAILED in 3s",
    "elm": '-- TYPE MISMATCH --------------------------- src/Mill.elm\n\nThe 1st argument to `turn` is not what I expect:\n\n3|   turn "x"\n          ^^^',
    "winget": "PS C:\\Users\\nora> winget install mill\nNo package found matching input criteria.",
    "android gradle": "e: file:///srv/mill/Main.kt:3:5 Unresolved reference: turn\nw: Some JAR files in the classpath have the Kotlin runtime",
    "mssql": "Msg 208, Level 16, State 1, Line 1\nInvalid object name 'mills'.",
    "apl": "avg←{(+⌿⍵)÷≢⍵}\navg 1 2 3",
    "brainf": "++++[>+++<-]>.+++.",
    "pacman": "error: failed to commit transaction (conflicting files)\nmill: /usr/bin/mill exists in filesystem",
}

LETTERS = {
    "swear": "#@$%&! this wheel! It broke again, for the third time.",
    "smileys": ":-) :-) ;-)",
    "hearts": "<3 <3 <3",
    "arrow plan": "Wien -> Graz -> Maribor",
    "shrug": "¯\\_(ツ)_/¯",
    "math": "3 + 4 = 7, as every child knows.",
    "error word": "Error: I meant Friday, not Thursday.",
    "warning word": "Warning: long letter ahead.\n\nThe wheel is broken and nobody comes to mend it.",
    "note list": "Ann: flour\nBo: eggs\nTom: milk",
    "key times": "open: 9 to 5\nclosed: Sunday",
    "from to": "from: Graz\nto: Wien\nwhen: Friday",
    "not found": "No mill found in this village. I asked the priest, too.",
    "stage directions": "(Enter ANN, with a lamp.)\nANN: Who's there?\n(Exit.)",
    "bracket talk": '[laughs] He said [and I quote] "never".',
    "tabs list": "Ann\tflour\tMonday\nBo\teggs\tTuesday\nTom\tmilk\tFriday",
    "scores2": "1. e4 e5\n2. Nf3 Nc6\n\nYour move.",
    "hash list": "# Monday\nflour\n# Tuesday\neggs",
    "numbers": "12 + 3.5 + 4 = 19.5\n7 x 2 = 14\nSum: 33.5",
    "ascii line": "+++ News +++ News +++ the mill is sold",
    "quote code word": "Type exit and press enter, then it stops.",
    "error prose": 'It says "access denied" and then it stops. What can I do?',
    "prices2": "2 x 4.50 = 9.00\n1 x 3.00 = 3.00\n--------------\n12.00",
    "crossword": "Across: 1. MILL (4)\nDown: 2. LAKE (4)",
    "guitar": "Am7 - D7 - Gmaj7 - Cmaj7\nF#m7b5 - B7 - Em",
    "order": "Art. 4711, 3 pcs\nArt. 4712, 1 pc",
    "latin": "ora et labora; festina lente; carpe diem;",
    "isbn": "ISBN 978-3-16-148410-0, signature QH 301.",
    "coords": "48.2082 N, 16.3738 E, by the mill.",
    "recipe frac": "1/2 l milk\n1/4 kg flour\n3 eggs",
    "plates": "W-12345 A (red)\nG-678 BC (blue)",
    "dna talk": "The code was 4-7-1-1, not 4-7-1-2.",
    "yes no": "tea: yes\ncake: no\nwine: yes",
    "poll": "[x] Friday\n[ ] Saturday\n[x] Sunday",
    "done list": "- [x] flour\n- [ ] eggs\n- [ ] milk",
    "errands": "call mum\nbuy milk\nfeed cat\npay rent",
    "cough": "I can't sing today.\n\n<cough>\nreally",
    "footnotes": "Link[1] Talk[2] (_Thanks, Bo[3]!_)",
    "notes addresses": "To: Ann Lee/HOU/ECT@ECT, Bo Berg/NA/Mill@MILL, Tom \nRoe/NA/Mill@MILL",
}


@pytest.mark.parametrize("pasted", PASTED.values(), ids=PASTED)
def test_pasted_code_is_found(pasted: str) -> None:
    assert without_code(f"{BEFORE}{pasted}{AFTER}") == f"{BEFORE}{CODE_MARK}{AFTER}"


@pytest.mark.parametrize("letter", LETTERS.values(), ids=LETTERS)
def test_letters_stay(letter: str) -> None:
    assert without_code(f"{BEFORE}{letter}{AFTER}") == f"{BEFORE}{letter}{AFTER}"


def test_words_that_no_letter_has() -> None:
    line = "jq '.mills[] | select(.speed > 3)' mills.json"
    assert count_odd(line) == (["'.mills[]", "select(.speed"], 5)
    assert count_odd("Come at 10:30, bring 2 kg (or 3), and Ann's book :-) <3")[0] == []


def test_many_strong_lines_in_one_paragraph_take_linear_time() -> None:
    text = "error: no wheel\nand then it stops, as it did before.\n" * 2500
    assert without_code(text)
