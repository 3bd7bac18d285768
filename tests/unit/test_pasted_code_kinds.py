"""Code and output of many languages and programs, and letters that look a little like them."""

# ruff: noqa: E501 (examples that are easier to read on one line)

from __future__ import annotations

import pytest

from engine.mail.own_words.code_signs import SIGNS, count_signs
from engine.mail.own_words.pasted_code import CODE_MARK, without_code
from engine.mail.own_words.rules import Rule

BEFORE = "Hi Tom,\n\nthe mill stops after an hour, see below.\n\n"
AFTER = "\n\nCan you have a look?\n\nNora"

PASTED = {
    "sql": "SELECT id, name FROM mills\n  JOIN owners ON owners.id = mills.owner_id\n WHERE mills.speed > 10\n ORDER BY name;",
    "json": '{\n  "mill": "old",\n  "speed": 10,\n  "parts": ["wheel", "stone"]\n}',
    "yaml": "mill:\n  name: old\n  speed: 10\n  parts:\n    - wheel\n    - stone",
    "html": '<div class="mill">\n  <p>old mill</p>\n  <a href="/x">more</a>\n</div>',
    "xml": '<?xml version="1.0"?>\n<mill>\n  <speed>10</speed>\n</mill>',
    "python": "def grind(corn):\n    for grain in corn:\n        yield grain / 2\n\nprint(list(grind([1, 2])))",
    "js": "const mill = require('mill');\n\nmill.on('stop', () => {\n  console.log('stopped');\n});",
    "c": 'int main(void)\n{\n    printf("%d\\n", 3);\n    return 0;\n}',
    "java": "public class Mill {\n    private int speed = 10;\n    public void grind() {\n        speed++;\n    }\n}",
    "rust": 'fn main() {\n    let mill = Mill::new(10);\n    println!("{}", mill.speed);\n}',
    "go": "func main() {\n\tm := NewMill(10)\n\tfmt.Println(m.Speed)\n}",
    "shell": '#!/bin/sh\nfor f in *.corn; do\n  grind "$f"\ndone',
    "ps": "PS C:\\mill> Get-Process mill\n\nHandles  NPM(K)    PM(K)      WS(K)     CPU(s)     Id  SI ProcessName\n-------  ------    -----      -----     ------     --  -- -----------\n    123      12     1234       2345       0.12   1234   1 mill",
    "cmd": "C:\\mill>ipconfig\n\nWindows IP Configuration\n\nEthernet adapter Mill:\n   IPv4 Address. . . . . . . . . . . : 192.0.2.7\n   Subnet Mask . . . . . . . . . . . : 255.255.255.0",
    "java trace": "java.lang.NullPointerException: wheel\n\tat org.example.Mill.grind(Mill.java:12)\n\tat org.example.Main.main(Main.java:3)",
    "node trace": "TypeError: Cannot read properties of undefined (reading 'wheel')\n    at grind (/srv/mill/index.js:12:5)\n    at Object.<anonymous> (/srv/mill/main.js:3:1)",
    "php": "PHP Fatal error:  Uncaught Error: Call to undefined function grind() in /srv/mill.php:12\nStack trace:\n#0 /srv/main.php(3): include()\n#1 {main}\n  thrown in /srv/mill.php on line 12",
    "csharp trace": "System.NullReferenceException: Object reference not set to an instance of an object.\n   at Mill.Grind() in C:\\src\\Mill.cs:line 12\n   at Program.Main(String[] args) in C:\\src\\Program.cs:line 3",
    "ruby trace": "mill.rb:12:in `grind': undefined method `turn' for nil:NilClass (NoMethodError)\n\tfrom main.rb:3:in `<main>'",
    "apache": "[Fri Jan 05 10:00:00.123456 2024] [core:error] [pid 123] [client 192.0.2.7:1234] File does not exist: /srv/mill",
    "nginx": "server {\n    listen 80;\n    server_name mill.example.org;\n    location / {\n        proxy_pass http://127.0.0.1:8080;\n    }\n}",
    "journal": "Jan 05 10:00:00 mill systemd[1]: Started mill.service.\nJan 05 11:00:00 mill systemd[1]: mill.service: Main process exited, code=exited, status=1/FAILURE",
    "logcat": "01-05 10:00:00.123  1234  1234 E AndroidRuntime: FATAL EXCEPTION: main\n01-05 10:00:00.124  1234  1234 E AndroidRuntime: Process: org.example.mill, PID: 1234",
    "git log": "commit 0123456789abcdef0123456789abcdef01234567\nAuthor: Kim <kim@example.org>\nDate:   Fri Jan 5 10:00:00 2024 +0100\n\n    oven: turn slower",
    "git status": 'On branch main\nChanges not staged for commit:\n  (use "git add <file>..." to update what will be committed)\n\tmodified:   oven.c\n\nno changes added to commit',
    "diff plain": "--- a/oven.c\n+++ b/oven.c\n@@ -1,3 +1,3 @@\n int main() {\n-  bake(200);\n+  bake(220);\n }",
    "diff old": "12c12\n< bake(200);\n---\n> bake(220);",
    "top": "  PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND\n 1234 nora      20   0  123456  12345   1234 R  99.9   1.2   0:12.34 mill",
    "df": "Filesystem      Size  Used Avail Use% Mounted on\n/dev/sda1        50G   49G  1.0G  98% /",
    "ping": "PING mill.example.org (192.0.2.7) 56(84) bytes of data.\n64 bytes from 192.0.2.7: icmp_seq=1 ttl=64 time=0.5 ms",
    "traceroute": "traceroute to mill.example.org (192.0.2.7), 30 hops max\n 1  gw (192.0.2.1)  0.5 ms  0.4 ms  0.4 ms\n 2  * * *\n 3  mill.example.org (192.0.2.7)  9.1 ms  9.0 ms  9.2 ms",
    "dig": ";; ANSWER SECTION:\nmill.example.org.\t3600\tIN\tA\t192.0.2.7\nmill.example.org.\t3600\tIN\tMX\t10 mail.example.org.",
    "smtp": "220 mail.example.org ESMTP Postfix\nEHLO mill.example.org\n250-mail.example.org\n250-PIPELINING\n250 8BITMIME\nMAIL FROM:<nora@example.org>\n550 5.7.1 rejected",
    "ini": "[mill]\nspeed = 10\nwheel = old\n\n[owner]\nname = nora",
    "css": ".mill {\n  color: red;\n  margin: 0 auto;\n}",
    "latex": "\\begin{equation}\n  v = \\frac{s}{t}\n\\end{equation}",
    "hexdump": "00000000  48 65 6c 6c 6f 20 57 6f  72 6c 64 0a 00 00 00 00  |Hello World.....|\n00000010  48 65 6c 6c 6f 20 57 6f  72 6c 64 0a 00 00 00 00  |Hello World.....|",
    "make": "gcc -O2 -c mill.c -o mill.o\nmill.c:12:3: warning: unused variable 'x' [-Wunused-variable]\nmake: *** [Makefile:3: mill.o] Error 1",
    "pip": "$ pip install mill\nCollecting mill\n  Downloading mill-1.0.tar.gz (12 kB)\nERROR: Could not find a version that satisfies the requirement wheel",
    "mysql": "mysql> select * from mills;\n+----+------+\n| id | name |\n+----+------+\n|  1 | old  |\n+----+------+\n1 row in set (0.00 sec)",
    "vb": "Sub Grind()\n    Dim i As Integer\n    For i = 1 To 10\n        Cells(i, 1).Value = i\n    Next i\nEnd Sub",
    "excel": '=IF(A1>10,"fast","slow")',
    "docker": 'FROM debian:12\nRUN apt-get update && apt-get install -y mill\nCOPY . /srv\nCMD ["mill"]',
    "regex log kernel": "[12345.678901] mill: wheel stopped\n[12345.678999] mill: reset",
    "matlab": "x = linspace(0,1,10);\ny = x.^2;\nplot(x,y)",
    "perl": 'my @mills = map { $_->{name} } @all;\nforeach my $m (@mills) {\n    print "$m\\n" if $m =~ /old/;\n}',
    "powershell": "$mills = Get-ChildItem -Path C:\\mills -Filter *.csv\nforeach ($m in $mills) {\n    Write-Host $m.Name\n}",
    "ansible": "- name: start the mill\n  hosts: mills\n  tasks:\n    - service:\n        name: mill\n        state: started",
    "terraform": 'resource "aws_instance" "mill" {\n  ami           = "ami-123"\n  instance_type = "t2.micro"\n}',
    "csv": "id,name,speed\n1,old,10\n2,new,20\n3,small,5",
    "swift": "struct Mill {\n    var speed = 10\n    mutating func grind() { speed += 1 }\n}",
    "kotlin": "fun main() {\n    val mill = Mill(10)\n    println(mill.speed)\n}",
    "go panic": "panic: runtime error: index out of range [3] with length 3\n\ngoroutine 1 [running]:\nmain.grind(...)\n\t/srv/mill.go:12\nmain.main()\n\t/srv/main.go:3 +0x1d",
    "elixir": "defmodule Mill do\n  def grind(corn) do\n    Enum.map(corn, &(&1 / 2))\n  end\nend",
    "haskell": "grind :: [Int] -> [Int]\ngrind xs = map (`div` 2) xs\nmain = print (grind [1, 2])",
    "lisp": "(defun grind (corn)\n  (mapcar #'half corn))",
    "clojure": "(defn grind [corn]\n  (map #(/ % 2) corn))",
    "fortran": "      PROGRAM MILL\n      INTEGER I\n      DO 10 I = 1, 10\n      WRITE(*,*) I\n   10 CONTINUE\n      END",
    "pascal": "procedure Grind;\nbegin\n  for i := 1 to 10 do\n    writeln(i);\nend;",
    "systemd unit": "[Unit]\nDescription=The mill\n\n[Service]\nExecStart=/usr/bin/mill --speed 10\nRestart=always",
    "crontab": "0 5 * * * /usr/bin/mill --start\n30 17 * * 1-5 /usr/bin/mill --stop",
    "iptables": "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n-A INPUT -j DROP",
    "strace": 'openat(AT_FDCWD, "/etc/mill.conf", O_RDONLY) = -1 ENOENT (No such file or directory)\nexit_group(1)                           = ?',
    "valgrind": "==1234== Invalid read of size 4\n==1234==    at 0x109158: grind (mill.c:12)\n==1234==    by 0x10919E: main (main.c:3)",
    "lsblk": "NAME   MAJ:MIN RM  SIZE RO TYPE MOUNTPOINT\nsda      8:0    0   50G  0 disk\n|-sda1   8:1    0   49G  0 part /",
    "tcpdump": "10:00:00.123456 IP 192.0.2.7.1234 > 192.0.2.8.80: Flags [S], seq 123, win 64240, length 0\n10:00:00.123499 IP 192.0.2.8.80 > 192.0.2.7.1234: Flags [S.], seq 456, ack 124, length 0",
    "curl -v": "* Connected to mill.example.org (192.0.2.7) port 80\n* Request completely sent off",
    "json line": '{"level":"error","ts":1704445200.1,"msg":"wheel stuck","rpm":0}',
    "json resp": '[{"id": 1, "name": "old"}, {"id": 2, "name": "new"}]',
    "base64": "TWFueSBoYW5kcyBtYWtlIGxpZ2h0IHdvcmsuTWFueSBoYW5kcyBtYWtlIGxpZ2h0IHdv\ncmsuTWFueSBoYW5kcyBtYWtlIGxpZ2h0IHdvcmsuTWFueSBoYW5kcyBtYWtlIGxpZ2h0",
    "md table": "| id | name |\n|----|------|\n| 1  | old  |",
    "makefile": "mill: mill.o wheel.o\n\t$(CC) -o $@ $^\n\nclean:\n\trm -f *.o",
    "cmake": "cmake_minimum_required(VERSION 3.10)\nproject(mill)\nadd_executable(mill mill.c)",
    "gradle": "dependencies {\n    implementation 'org.example:mill:1.0'\n}",
    "dotenv": "MILL_SPEED=10\nMILL_NAME=old\nMILL_KEY=abc123",
    "export": "export MILL_HOME=/srv/mill\nexport PATH=$MILL_HOME/bin:$PATH",
    "conflict": "<<<<<<< HEAD\nspeed = 10\n=======\nspeed = 20\n>>>>>>> other",
    "svn diff": "Index: mill.c\n===================================================================\n--- mill.c\t(revision 12)\n+++ mill.c\t(working copy)\n@@ -1,2 +1,2 @@\n-speed = 10;\n+speed = 20;",
    "ora": "ORA-00942: table or view does not exist\nORA-06512: at line 3",
    "reg": 'Windows Registry Editor Version 5.00\n\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Mill]\n"Speed"=dword:0000000a',
    "http req": "GET /mill HTTP/1.1\nHost: mill.example.org\nAccept: */*",
    "http resp": "HTTP/1.1 404 Not Found\nContent-Type: text/html\nContent-Length: 153",
    "received": "Received: from mill.example.org (mill.example.org [192.0.2.7])\n\tby mail.example.org (Postfix) with ESMTPS id 4T5abc\n\tfor <nora@example.org>; Fri,  5 Jan 2024 10:00:00 +0100 (CET)",
    "properties": "mill.speed=10\nmill.name=old\nmill.wheel.size=3",
    "bsod": "*** STOP: 0x0000007E (0xC0000005, 0x804E518E, 0xFC938104, 0xFC937E04)",
    "gdb": "Program received signal SIGSEGV, Segmentation fault.\n0x0000555555555131 in grind (corn=0x0) at mill.c:12\n12\t  return corn->size / 2;",
    "android": "E AndroidRuntime: FATAL EXCEPTION: main\nE AndroidRuntime: Process: org.example.mill, PID: 1234\nE AndroidRuntime: java.lang.NullPointerException",
    "docker ps": 'CONTAINER ID   IMAGE     COMMAND   CREATED         STATUS         PORTS     NAMES\n0123456789ab   mill:1    "mill"    5 minutes ago   Up 5 minutes   80/tcp    old',
    "kubectl": "NAME                    READY   STATUS    RESTARTS   AGE\nmill-5d4f8c7b9-abcde    0/1     Error     3          5m",
    "pytest": "tests/test_mill.py::test_grind FAILED                          [100%]\nE       assert 10 == 20\ntests/test_mill.py:12: AssertionError",
    "cargo": 'error[E0382]: borrow of moved value: `mill`\n --> src/main.rs:5:20\n  |\n5 |     println!("{}", mill);\n  |                    ^^^^ value borrowed here after move',
    "npm": "npm ERR! code ELIFECYCLE\nnpm ERR! errno 1\nnpm ERR! mill@1.0.0 start: `node mill.js`",
    "maven": "[INFO] Scanning for projects...\n[ERROR] Failed to execute goal org.example:mill:1.0\n[ERROR] -> [Help 1]",
    "irc": "10:00 <nora> is the mill on?\n10:01 <tom> no, since noon",
    "syslog iso": "2024-01-05T10:00:00.123456+01:00 mill mill[123]: wheel stuck",
    "uptime": "nora@mill:~$ uptime\n 10:00:00 up 3 days,  2:00,  1 user,  load average: 0.12, 0.10, 0.09",
    "find": "./mill/wheel.c\n./mill/stone.c\n./mill/README",
    "scheme err": "mill.scm:12:3: In procedure grind:\nmill.scm:12:3: Wrong type argument: 3",
    "dart": "void main() {\n  var mill = Mill();\n  print('speed ${mill.speed}');\n}",
    "ts": "interface Mill {\n  speed: number;\n  name?: string;\n}\nexport const grind = (m: Mill): number => m.speed / 2;",
    "julia": "function grind(corn)\n    return corn ./ 2\nend",
    "lua": 'local mill = require("mill")\nfor i = 1, 10 do\n  print(mill.grind(i))\nend',
    "awk": "awk -F, '{ s += $3 } END { print s }' mills.csv",
    "graphql": "query {\n  mill(id: 1) {\n    name\n    speed\n  }\n}",
    "proto": "message Mill {\n  int32 speed = 1;\n  string name = 2;\n}",
    "verilog": "module mill(input clk, output reg q);\n  always @(posedge clk) q <= ~q;\nendmodule",
    "vhdl": "entity mill is\n  port (clk : in std_logic;\n        q : out std_logic);\nend mill;",
}

LETTERS = {
    "list": "- flour\n- salt\n- a bowl",
    "numbers": "Friday 12\nSaturday 14\nSunday 9",
    "times": "9:00 arrive\n10:00 bake\n12:00 eat",
    "prices": "flour: 3.50\nsalt: 0.80\noven: 12.00",
    "address": "Nora Berg\nHarbour Street 12\n222 22 Lund",
    "poem": "the wheel it turns\n  the stone it grinds\n    the corn it falls",
    "table": "Name     Bread\nNora     rye\nTom      wheat",
    "schedule": "Mon 5 Jan: rye\nTue 6 Jan: wheat\nWed 7 Jan: none",
    "emphasis": "*** Please do not be late! ***",
    "signlist": "+ good oven\n+ nice people\n- far away",
    "equation": "E = mc2 is what he said",
    "arrows": "Lund -> Malmö -> Copenhagen",
    "dialog": "Tom: who comes?\nNora: I do.\nKim: me too",
    "links": "https://example.org/bread\nhttps://example.org/oven",
    "date log": "5 Jan 2024: bought flour\n6 Jan 2024: baked\n7 Jan 2024: ate",
    "score": "Lund - Malmö 3:2 (1:1)",
    "recipe": "500 g flour\n300 ml water\n10 g salt",
    "addr block": "Boat Club Lund\nc/o Nora Berg\nHarbour Street 12, 2nd floor\n222 22 Lund\nSweden",
    "menu": "Starter:   soup (3,50)\nMain:      fish (12,00)\nDessert:   plums (4,00)",
    "budget": "Rent       1.200,00\nFood         400,00\nBoat         250,00\n---------\nTotal      1.850,00",
    "trip": "Lund    dep. 8:12\nMalmö   arr. 8:25, dep. 8:40 (track 3)\nBerlin  arr. 15:02",
    "chess": "1. e4 e5 2. Nf3 Nc6\n3. Bb5 a6 4. Ba4 Nf6",
    "music": "Am  F  C  G\nThe wheel it turns all night\nAm  F  C  G\nThe stone it grinds till light",
    "todo": "[ ] flour\n[x] salt\n[ ] oven (ask Kim!)",
    "agenda": "* Opening\n* Report (Kim)\n* Money -- see the sheet\n* Any other business",
    "math text": "We have 3 x 12 = 36 rolls and 2 x 10 = 20 loaves, so that makes 56 in all.",
    "short lines": "Well -\nI don't know.\nMaybe?\nYes!",
    "smileys": "Ha ha :-)\nSee you ;-)\n<3",
    "email list": "nora@example.org\ntom@example.org\nkim@example.org",
    "phones": "Nora: 046-123 456 (home), 070-123 45 67\nTom: 046-654 321\nKim: 040-11 22 33 (after 6)",
    "links desc": "Oven: https://example.org/oven?id=3&x=y\nFlour: https://example.org/flour#rye\nBowl: https://example.org/bowl_big.html",
    "swedish": "Vi ses kl 9:00 (nio!) vid bryggan;\nta med mjöl, salt & jäst;\nglöm inte hunden :)",
    "votes": "Kim +1\nTom -1\nNora +1 (with regret)",
    "files said": "I attach plan.pdf, budget.xls and photo_3.jpg.\nThe last one (photo_3.jpg) is the best.",
    "paths said": "The files are in /srv/boats/2023 and in C:\\boats, please copy them.",
    "ids": "Order no.: 12-3456\nRef: AB/123/24\nDate: 5.1.2024",
    "iban": "IBAN: SE35 5000 0000 0549 1000 0003\nBIC: ESSESESS\nAmount: 120 EUR",
    "acronyms": "FYI: the AGM is on Friday\nNB: no dogs\nRSVP: to Kim",
    "interlinear": "A: rye or wheat?\nB: rye.\nC: (yawns) both...",
    "flight": "SK 1417  05JAN  ARN-CPH  1000 1110\nSK 1234  07JAN  CPH-ARN  1800 1910",
    "measures": "Width:  120 cm\nHeight:  80 cm\nDepth:  60 cm (with door)",
    "poem2": "  and the wheel\n      turns\n          and turns\n  (slowly)",
}


@pytest.mark.parametrize("block", PASTED.values(), ids=PASTED)
def test_pasted_text_is_one_line(block: str) -> None:
    assert without_code(f"{BEFORE}{block}{AFTER}") == f"{BEFORE}{CODE_MARK}{AFTER}"


@pytest.mark.parametrize("letter", LETTERS.values(), ids=LETTERS)
def test_letters_stay(letter: str) -> None:
    assert without_code(f"{BEFORE}{letter}{AFTER}") == f"{BEFORE}{letter}{AFTER}"


@pytest.mark.parametrize("sign", SIGNS, ids=lambda rule: rule.name)
def test_each_sign_is_counted(sign: Rule[str]) -> None:
    assert sign.matches(sign.example)
    assert count_signs(sign.example) >= 1


@pytest.mark.parametrize(
    "line",
    [
        "The size is in wheel_size, and if you call turn() it goes on for an hour or two.",
        "I told Kim -> Tom -> Nora, and so on.",
        "See https://example.org/a_b/c.py?x=1&y=2 for more.",
        "Write to nora_berg@example.org.",
        "",
    ],
)
def test_a_sentence_with_a_sign_or_two_has_none(line: str) -> None:
    assert count_signs(line) == 0


def test_a_closing_below_a_block_stays() -> None:
    block = "$ make\nmake: *** [mill] Error 2\n12 13 14"
    assert without_code(f"{block}\nBest,\nNora") == f"{CODE_MARK}\nBest,\nNora"
