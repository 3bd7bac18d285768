"""Rarer languages and programs, pasted into a mail, and letters that look a little like them."""

# ruff: noqa: E501 (examples that are easier to read on one line)

from __future__ import annotations

import pytest

from engine.mail.own_words.pasted_code import CODE_MARK, without_code

BEFORE = "Hi Tom,\n\nthe mill stops after an hour, see below.\n\n"
AFTER = "\n\nCan you have a look?\n\nNora"

PASTED = {
    "erlang": "start(Speed) ->\n    Pid = spawn(mill, loop, [Speed]),\n    register(mill, Pid).",
    "elixir": "defmodule Mill do\n  def turn(speed) when speed > 3 do\n    {:ok, speed}\n  end\nend",
    "haskell": "turn :: Int -> Int\nturn n\n  | n > 3 = n - 1\n  | otherwise = n",
    "ocaml": "let rec turn n =\n  match n with\n  | 0 -> ()\n  | _ -> turn (n - 1)",
    "prolog": "turns(wheel).\ngrinds(X) :- turns(X), \\+ broken(X).\n?- grinds(wheel).",
    "clojure": "(defn turn [speed]\n  (when (> speed 3)\n    (dec speed)))",
    "scheme": "(define (turn n)\n  (if (> n 3)\n      (turn (- n 1))\n      n))",
    "ada": "procedure Turn (Speed : in out Integer) is\nbegin\n   if Speed > 3 then\n      Speed := Speed - 1;\n   end if;\nend Turn;",
    "delphi": "procedure TMill.Turn(Speed: Integer);\nbegin\n  if Speed > 3 then\n    Dec(Speed);\nend;",
    "cobol": '       IDENTIFICATION DIVISION.\n       PROGRAM-ID. MILL.\n       PROCEDURE DIVISION.\n           DISPLAY "TURN".\n           STOP RUN.',
    "fortran": "      PROGRAM MILL\n      DO 10 I = 1, 3\n      PRINT *, I\n   10 CONTINUE\n      END",
    "abap": "DATA: lv_speed TYPE i.\nIF lv_speed GT 3.\n  WRITE: / 'too fast'.\nENDIF.",
    "matlab": "x = linspace(0, 1, 100);\ny = sin(2*pi*x);\nplot(x, y)",
    "r": "fit <- lm(speed ~ water, data = mill)\nsummary(fit)\nplot(fit)",
    "julia": "function turn(n)\n    n > 3 ? n - 1 : n\nend\nturn.(1:10)",
    "nim": "proc turn(n: int): int =\n  if n > 3: n - 1\n  else: n\necho turn(5)",
    "zig": "pub fn turn(n: u32) u32 {\n    return if (n > 3) n - 1 else n;\n}",
    "tcl": "proc turn {n} {\n    if {$n > 3} { incr n -1 }\n    return $n\n}",
    "perl": 'my %mill = (speed => 3);\nfor my $k (keys %mill) {\n    print "$k\\n";\n}',
    "awk": "awk -F: '$3 > 1000 { print $1 }' /etc/passwd",
    "postscript": "/Helvetica findfont 12 scalefont setfont\n72 720 moveto\n(mill) show\nshowpage",
    "vhdl": "architecture rtl of mill is\nbegin\n  speed <= '1' when wheel = '1' else '0';\nend rtl;",
    "verilog": "always @(posedge clk) begin\n  if (rst) speed <= 0;\n  else speed <= speed + 1;\nend",
    "asm att": "turn:\n    movl $3, %eax\n    cmpl %eax, %ebx\n    jle .L2\n    ret",
    "asm arm": "turn:\n    ldr r0, [r1, #4]\n    cmp r0, #3\n    bgt loop\n    bx lr",
    "gcode": "G21\nG90\nG1 X10 Y20 F300\nG1 Z-2\nM30",
    "solidity": "contract Mill {\n    uint public speed;\n    function turn() public { speed++; }\n}",
    "graphql": "query {\n  mill(id: 3) {\n    speed\n    owner { name }\n  }\n}",
    "protobuf": "message Mill {\n  int32 speed = 1;\n  string name = 2;\n}",
    "nix": "{ pkgs ? import <nixpkgs> {} }:\npkgs.mkShell {\n  buildInputs = [ pkgs.gnumake ];\n}",
    "puppet": "package { 'mill':\n  ensure => installed,\n}",
    "cmake": "cmake_minimum_required(VERSION 3.10)\nproject(mill)\nadd_executable(mill main.c)",
    "makefile": "mill: main.o\n	cc -o mill main.o\nclean:\n	rm -f *.o",
    "sparql": "SELECT ?mill WHERE {\n  ?mill rdf:type :Mill .\n  ?mill :speed ?s .\n}",
    "cypher": "MATCH (m:Mill)-[:OWNED_BY]->(p:Person)\nWHERE m.speed > 3\nRETURN p.name",
    "basic numbered": '10 PRINT "TURN"\n20 FOR I = 1 TO 3\n30 GOTO 10',
    "applescript": 'tell application "Mail"\n    set theMessages to messages of inbox\nend tell',
    "batch": "@echo off\nset SPEED=3\nif %SPEED% GTR 2 goto stop\n:stop\npause",
    "vimscript": "set nocompatible\nnnoremap <leader>t :call Turn()<CR>\nlet g:mill = 3",
    "elisp": "(setq mill-speed 3)\n(add-hook 'mill-mode-hook #'turn)",
    "lua": "local mill = {}\nfunction mill.turn(n)\n  return n - 1\nend\nreturn mill",
    "bibtex": "@article{roe2024,\n  author = {Sam Roe},\n  title = {Mills},\n  year = {2024}\n}",
    "sas": "data mills;\n  set work.old;\n  if speed > 3 then fast = 1;\nrun;\nproc print data=mills; run;",
    "stata": "use mills, clear\ngen fast = speed > 3\nregress water speed if fast == 1",
    "gherkin": "Feature: Mill\n  Scenario: it turns\n    Given the water is high\n    When the gate opens\n    Then the wheel turns",
    "mermaid": "graph TD\n    A[water] --> B(wheel)\n    B --> C{stone}",
    "dot": "digraph mill {\n  water -> wheel;\n  wheel -> stone;\n}",
    "lilypond": "\\relative c' {\n  c4 d e f\n  g2 g\n}",
    "abc music": "X:1\nT:The Mill\nM:4/4\nK:G\nGABc dedB|dedB dedB|",
    "csv": "id,name,speed\n1,old,10\n2,new,20\n3,big,30",
    "tsv": "id	name	speed\n1	old	10\n2	new	20",
    "windows event": "Log Name:      Application\nSource:        Mill\nEvent ID:      1000\nLevel:         Error\nDescription:   Faulting application name: mill.exe",
    "postfix": "May  3 10:00:00 mail postfix/smtpd[1234]: NOQUEUE: reject: RCPT from unknown[192.0.2.7]: 554 5.7.1 denied",
    "nmap": "PORT    STATE SERVICE\n22/tcp  open  ssh\n80/tcp  open  http\n443/tcp closed https",
    "strace": 'openat(AT_FDCWD, "/etc/mill.conf", O_RDONLY) = -1 ENOENT (No such file or directory)\nexit_group(1) = ?',
    "gdb": "#0  0x00007ffff7a42428 in raise () from /lib/libc.so.6\n#1  0x00000000004005a1 in turn (n=3) at mill.c:12\n#2  0x00000000004005c2 in main () at mill.c:20",
    "valgrind": "==1234== Invalid read of size 4\n==1234==    at 0x4005A1: turn (mill.c:12)\n==1234==    by 0x4005C2: main (mill.c:20)",
    "maven": "[INFO] Scanning for projects...\n[INFO] BUILD FAILURE\n[ERROR] Failed to execute goal org.example:mill:1.0",
    "cargo": "error[E0382]: borrow of moved value: `wheel`\n --> src/main.rs:4:20\n  |\n4 |     turn(wheel);\n  |          ^^^^^ value borrowed here after move",
    "npm": "npm ERR! code ERESOLVE\nnpm ERR! ERESOLVE unable to resolve dependency tree\nnpm ERR! Found: react@18.2.0",
    "pytest": "FAILED tests/test_mill.py::test_turn - AssertionError: assert 3 == 4\n========== 1 failed, 2 passed in 0.12s ==========",
    "explain": "Seq Scan on mills  (cost=0.00..35.50 rows=10 width=4)\n  Filter: (speed > 3)\nPlanning Time: 0.1 ms",
    "crontab": "0 3 * * * /usr/bin/mill --turn\n*/5 * * * * /usr/bin/check",
    "fstab": "UUID=1234-5678 /boot vfat defaults 0 2\n/dev/sda2 / ext4 errors=remount-ro 0 1",
    "iptables": "-A INPUT -p tcp --dport 22 -j ACCEPT\n-A INPUT -j DROP",
    "cisco": "interface GigabitEthernet0/1\n ip address 192.0.2.1 255.255.255.0\n no shutdown\n!",
    "routes": "default via 192.0.2.1 dev eth0 proto dhcp metric 100\n192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.7",
    "ls": "total 12\ndrwxr-xr-x 2 nora nora 4096 May  3 10:00 mill\n-rw-r--r-- 1 nora nora  123 May  3 10:00 mill.c",
    "tree": ".\n├── mill.c\n├── src\n│   └── wheel.c\n└── README",
    "systemctl": "● mill.service - The mill\n     Loaded: loaded (/etc/systemd/system/mill.service; enabled)\n     Active: failed (Result: exit-code) since Fri 2024-05-03 10:00:00 CEST; 1h ago",
    "http": "HTTP/1.1 502 Bad Gateway\nServer: nginx/1.18.0\nContent-Type: text/html\nContent-Length: 150",
    "curl": "$ curl -I https://mill.example.org\ncurl: (60) SSL certificate problem: unable to get local issuer certificate",
    "dmesg oops": "BUG: unable to handle page fault for address: ffff8881\nCall Trace:\n <TASK>\n ? mill_turn+0x12/0x40\n </TASK>",
    "mail headers": "Received: from mail.example.org (mail.example.org [192.0.2.7])\n	by mx.example.org with ESMTPS id abc\n	for <nora@example.org>; Fri, 3 May 2024 10:00:00 +0200\nReturn-Path: <tom@example.org>\nAuthentication-Results: mx.example.org; dkim=pass",
    "ssh key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleExampleExampleExample nora@mill",
    "pem": "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUExample\nExampleExampleExample==\n-----END CERTIFICATE-----",
    "base64": "TG9yZW0gaXBzdW0gZG9sb3Igc2l0IGFtZXQsIGNvbnNlY3RldHVyIGFkaXBpc2Np\nbmcgZWxpdCwgc2VkIGRvIGVpdXNtb2QgdGVtcG9yIGluY2lkaWR1bnQgdXQgbGFi\nb3JlIGV0IGRvbG9yZSBtYWduYSBhbGlxdWEu",
    "kotlin": "fun turn(n: Int) = when {\n    n > 3 -> n - 1\n    else -> n\n}",
    "swift": 'guard let speed = mill?.speed else { return }\nprint("\\(speed)")',
    "powershell": "Get-ChildItem -Recurse | Where-Object { $_.Length -gt 1MB } | Sort-Object Length",
    "dart": "Widget build(BuildContext context) {\n  return Text('mill');\n}",
    "smalltalk": "mill := Mill new.\nmill speed: 3; turn.\nTranscript show: mill printString; cr.",
    "coq": "Theorem turn_zero : forall n, n + 0 = n.\nProof.\n  intros n. induction n; auto.\nQed.",
    "lean": "theorem turn (n : Nat) : n + 0 = n := by\n  simp",
    "qbasic": "DIM speed AS INTEGER\nFOR i = 1 TO 3\n  PRINT speed\nNEXT i",
    "xslt": '<xsl:template match="mill">\n  <xsl:value-of select="speed"/>\n</xsl:template>',
    "jinja": "{% for mill in mills %}\n  {{ mill.name }}\n{% endfor %}",
    "toml": '[tool.mill]\nspeed = 3\nwheels = ["old", "new"]',
    "properties": "mill.speed=3\nmill.name=old\nmill.url=jdbc:postgresql://localhost/mill",
    "reg": 'Windows Registry Editor Version 5.00\n\n[HKEY_CURRENT_USER\\Software\\Mill]\n"Speed"=dword:00000003',
    "excel formula": '=SUMIFS(C:C;A:A;">3";B:B;"old")',
    "gpg output": "gpg: Signature made Fri 03 May 2024 10:00:00 AM CEST\ngpg:                using RSA key 1234567890ABCDEF\ngpg: Can't check signature: No public key",
    "rsync": "sending incremental file list\nmill.c\n\nsent 123 bytes  received 35 bytes  316.00 bytes/sec\ntotal size is 12  speedup is 0.08",
}

LETTERS = {
    "shopping": "Hi Tom,\n\nplease bring:\n\n- milk (2 l)\n- eggs: 12\n- flour, 500 g\n\nThanks,\nNora",
    "scores": "Results:\n\nAnn - Bo 3:1\nTom - Nora 2:2\nBo - Tom 0:3\n\nSee you on Sunday.\n\nNora",
    "chess talk": "I play 12. Nf3 and you answer d5, I bet.\n\nNora",
    "schedule": "10:00 - 11:00 tea\n11:00 - 12:00 walk (2 km)\n12:00 - 13:00 soup\n\nNora",
    "prices": "Room A: 40 EUR\nRoom B: 50 EUR\nRoom C (sea): 70 EUR\n\nWhich one?\n\nNora",
    "let go": "Let us go to the mill.\nFor two days it has rained.\nIf the river falls, we start.\nElse we stay at home.\n\nNora",
    "genealogy": "Jane Roe (1820-1880)\n  + Tom Lee (1815-1870)\n    Ann Lee (b. 1845)\n\nThat is all I know.\n\nNora",
    "poem indent": "    The wheel goes round\n        and round it goes,\n    the water knows\n        what no one knows.\n\nNora",
    "commands in prose": "Then I typed ls and saw nothing, so I rebooted it. That helped.\n\nNora",
    "dictionary": "mill = Mühle\nwheel = Rad\nwater = Wasser\n\nLearn these by Friday.\n\nNora",
    "equation": "a + b = c\nso b = c - a, which is 3.\n\nNora",
    "addresses": "Ann: Mill Road 4, 1010\nTom: Hill Road 5, 1020\nBo: Lake Road 6, 1030\n\nNora",
    "play": "ANN: Who is there?\nTOM: The miller.\nANN: At this hour?\n\nNora",
    "quiz": "1) Who built it? (a) Ann (b) Tom\n2) When? (a) 1820 (b) 1830\n\nNora",
    "crochet": "R1: 6 sc in ring (6)\nR2: 2 sc in each (12)\nR3: *sc, inc* x 6 (18)\n\nThen turn.\n\nNora",
    "train": "Wien Hbf 08:30 - Graz 11:05 (RJ 551)\nGraz 11:20 - Maribor 12:30 (EC 151)\n\nSeats 61 and 63.\n\nNora",
    "proof": "Proof. It is in the pudding.\n\n  When we came home, it was gone\n  But Ann had seen it\n\nNora",
    "one speaker": "Tom: come in.\nTom: sit down.\nAnn: no.\n\nNora",
    "labels": "Who:     Ann and Bo\nWhere:   the mill\nWhen:    Friday at ten\nBring:   a coat\nPay:     nothing\n\nNora",
    "vocabulary": "rad = wheel\nmolen = mill\nwater = water\n\nNora",
    "feature": "Feature: the mill turns.\n\nScenario: we miss the train\nScenario: Ann is late\n\nNora",
    "time": "10:00:\nTea\n::\n\nNora",
}


@pytest.mark.parametrize("pasted", PASTED.values(), ids=PASTED)
def test_pasted_code_is_one_mark(pasted: str) -> None:
    assert without_code(f"{BEFORE}{pasted}{AFTER}") == f"{BEFORE}{CODE_MARK}{AFTER}"


@pytest.mark.parametrize("letter", LETTERS.values(), ids=LETTERS)
def test_letters_stay(letter: str) -> None:
    assert without_code(letter) == letter


def test_lines_of_one_program_are_one_block() -> None:
    log = "[INFO] [MILL] linux; GNU C++ version 9.3.0; Boost_107100; MILL_4.0.0.0-93-g3b9ced8f\nEAL: Detected 4 lcore(s)\nEAL: Detected 1 NUMA nodes\nEAL: Multi-process socket /var/run/mill/mp_socket\nEAL: No free pages are reported in pages-1048576kB\nEAL: Probing the support...\nEAL: the support is there now\nEAL: PCI device 0000:00:1f.6 on NUMA socket -1\nEAL:   Invalid NUMA socket, default to 0\nEAL:   probe driver: 8086:15d7 net_e1000_em\nEAL: PCI device 0000:0e:00.0 on NUMA socket -1\nEAL:   probe driver: 8086:15d8 net_e1000_em"
    assert without_code(f"{BEFORE}{log}{AFTER}") == f"{BEFORE}{CODE_MARK}{AFTER}"
