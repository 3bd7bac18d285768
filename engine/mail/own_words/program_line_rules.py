"""Recognise single lines that well-known programs and devices write, and lines of older languages."""

# ruff: noqa: E501 (expressions that are easier to read on one line)

from __future__ import annotations

from engine.mail.own_words.output_line_rules import line_rule
from engine.mail.own_words.rules import Rule

IP = r"\d{1,3}(?:\.\d{1,3}){3}"
_FAILED = (
    r"(?:[Ee]rror|ERROR|not found|No such|[Cc]annot|[Cc]an't|[Cc]ould not|denied|refused|[Ff]ail|timed out|[Ii]nvalid"
    r"|[Uu]nable|unrecognized|undefined|undeclared|unresolved|missing|not permitted|already exists)"
)
_TOOL = (
    r"(?:-?(?:ba|z|da|k|tc|c)?sh|sudo|configure|collect2|cp|mv|rm|ls|cat|cd|mkdir|chmod|chown|tar|gzip|unzip|ssh|scp"
    r"|sftp|rsync|curl|wget|ping|python[\d.]*|perl|ruby|java|node|gcc|g\+\+|cc1|ld|ar|as|mount|umount|docker|kubectl"
    r"|npm|pip|git|fatal|svn|E|W|[~.]{0,2}/\S+|[\w-]+\.(?:exe|obj|o|sh|py|pl|c|cpp))"
)

PROGRAMS: tuple[Rule[str], ...] = (
    line_rule(
        "failure",
        "bash: mill: command not found",
        rf"{_TOOL}: ?(?=.*{_FAILED})\S"
        r"|.* : (?:fatal )?error [A-Z]{1,4}\d+: |\S+\.\w{1,4}:\(\.\w+\+0x|(?:ERROR|Msg) \d+(?: \(|, Level )|ERROR:  \S"
        r"|.* at \S+\.p[lm] line \d+\.$|Error in .*\) : |Error in \w+ \(line \d+\)|Error using +\S|\*\* \([A-Z]\w+\) "
        r"|(?:NOTE|WARNING|ERROR): (?:There were \d|The data set|Variable [A-Z]|PROCEDURE )|Fatal error: \w|BUG: |RIP: |Call Trace:$|stack backtrace:$|Thread \d+ Crashed|note: run with `"
        r"|\(\w+ \d\S*\) \S+:\d+: |    \(\w+ \d\S*\) \S+:\d+: |={3,}(?:ERROR|WARNING|INFO|CRASH) REPORT|File \"[^\"]+\", line \d+, char"
        r"|LINE \d+: \S|SQL\d{4}[NWC] |terminate called after|.* \(core dumped\)$|Unhandled exception[.:]|stack traceback:$|E?Access ?[Vv]iolation: |! \w.*\.$(?<=sequence\.)|l\.\d+ \\|(?:curl|wget): \(\d+\) |\w+@https?://\S+:\d+:\d+$|Execution error \(|Run-time error '\d|<\S+@\S+>: host \S+\[|.* said: [2-5]\d\d[ -]|[245]\d\d[ -][245]\.\d{1,3}\.\d{1,3} \S",
    ),
    line_rule(
        "result rows",
        "(2 rows)",
        r"\(\d+ (?:rows?|row\(s\)|record\(s\))(?: affected)?\)$|\d+ rows? (?:selected|affected|in set|fetched)\b|no rows selected$|\*{10,} \d+\. row \*{10,}$"
        r"|.*\(cost=\d[\d.]*|(?: *(?:Planning|Execution) Time: [\d.]+ ms)|Rows matched: \d|Query OK, |SQL> \S|Package +Version$|.*Pr\(>|Signif\. codes:|Residual standard error:|Multiple R-squared:",
    ),
    line_rule(
        "router",
        " ip address 192.0.2.1 255.255.255.0",
        rf" *(?:ip(?:v6)? (?:address|route|nat|access-group|default-gateway) [\w-]|access-list \d+ (?:permit|deny|remark)|interface (?:[A-Z][\w-]*|[a-z]+-?)\d[\d/.]*$|(?:router (?:ospf|bgp|eigrp|rip)|line (?:vty|con)|switchport|spanning-tree|hostname|neighbor {IP}|network {IP}) ?\S*"
        r"|(?:set|delete|edit) (?:interfaces|routing-options|protocols|security|vlans|system|policy-options|firewall|chassis|snmp|routing-instances) \S|/(?:ip|interface|system|routing|queue)\b [a-z]+ (?:\w+ )?(?:add|set|print))"
        r"|\*?[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d(?:\.\d+)?: %[A-Z]|BGP router identifier|(?:Neighbor|Interface) +\S.* {2,}\S|PHY: ",
    ),
    line_rule(
        "route to a host",
        " 1  192.0.2.1  0.512 ms  0.423 ms",
        rf" *\d{{1,2}}[:?.|-]* +(?:\S.*)?(?:<?\d[\d.]* ?ms\b|\* +\*).*|(?=.*\d\.\d+\.\d)(?:.{{0,80}}\b{IP}\b.{{0,80}}\d ?ms\b|.* {IP}[\] ].*\b(?:bytes|Bytes|octets|byte)\b"
        rf"|.{{3,60}} \[{IP}\]:?$|.{{3,80}} \[{IP}\] \S+ \d+ \S+.{{0,20}}$)"
        r"|\d+ packets transmitted|rtt min/avg|--- \S+ ping statistics ---|round-trip min/avg| *\d+[?:]+ +\[LOCALHOST\]| *\d+: +no reply"
        r"|.{3,40} \d+ [Hh]ops?:?$|(?:Request timed out|Trace complete|Destination host unreachable|Zeitüberschreitung der Anforderung|Ablaufverfolgung beendet)\.$"
        r"|Ping[ -][Ss]tatisti\w+ .*:$|\s+\w+: \w+ = \d+, \w+ = \d+|Windows[ -]IP[ -]\w+$|\w+[ -][Aa]dapter .*:$",
    ),
    line_rule(
        "name server",
        "Address:        192.0.2.53#53",
        rf"(?:Server|Address(?:es)?|Name): +(?:{IP}(?:#\d+)?$|\S+\.\w+$)|Non-authoritative answer:$|Registry (?:Domain|Expiry)|Registrar (?:WHOIS|URL|IANA)|Domain Name: [A-Z0-9.-]+$|Name Server: \S"
        r"|\$(?:TTL|ORIGIN) \S|@ +IN +[A-Z]+|(?:\S+\.)?\s+IN\s+(?:NS|MX|A|AAAA|SOA|TXT|CNAME)\b|\S+\s+IN\s+(?:A\s+\d|AAAA\s+\w*:|MX\s+\d|(?:NS|SOA|TXT|CNAME)\s+\S)|nameserver \d|search \S+\.\w+$|default via \d|\d[\d.]+/\d+ (?:dev|via) \S",
    ),
    line_rule(
        "process list",
        " 1234 pts/0    00:00:00 bash",
        r"Tasks: +\d+ total|%?Cpu\(s\): |(?:[MK]iB )?(?:Mem|Swap) ?: +[\d.]+|top - \d\d:|\w+ +(?:pts/\d+|tty\d+|system boot) {2,}\S| *\d+ (?:pts/\d+|tty\w+|\?) +\S+ \S|[\w+-]{1,16} +\d+ +(?:\d+ +){0,2}[\d.]+ .* (?:pts/\d+|tty\w*|\?) .*\d:\d\d(?::\d\d)? \S"
        r"|\s*(?:PID|UID|USER|F S UID) +(?:PID|TTY|%CPU|PPID|USER)\b| *total +used +free\b|procs -+memory|\s*r +b +swpd",
    ),
    line_rule(
        "devices",
        "Bus 001 Device 003: ID 046d:c52b Wheel Inc.",
        r"(?:[0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7] [A-Z]\w|Bus \d{3} Device \d|Disk /dev/|Units: sectors|Device +Boot|md\d+ : active|\s+\d+ blocks |unused devices: |\s*pool: \w+$|\s*state: (?:ONLINE|DEGRADED|FAULTED|UNAVAIL)|ID# ATTRIBUTE_NAME"
        r"|\w+ +(?:Link encap:|IEEE 802\.11)|\s+(?:Loaded: loaded|Active: (?:failed|active|inactive)|Main PID: \d)|[●*] \S+\.(?:service|socket|timer|mount)\b|Module +Size +Used by"
        r"| (?:Volume in drive|Directory of|Volume Serial)|\d\d[./]\d\d[./]\d{4} +\d\d:\d\d(?: [AP]M)? +(?:<DIR>|[\d.,]+) +\S| +\d+ (?:File|Dir)\(s\)| +[\d.,]+ (?:Datei|Verzeichnis)\(?",
    ),
    line_rule(
        "event",
        "Event ID:      1000",
        r"(?:Event ID|Ereignis-ID|ID de l['’]événement ?|Id\. de evento|ID evento|Gebeurtenis-id|Problem Event Name|Problemereignisname|Fault(?:ing)? (?:Module|application|module) \w+|Exception [Cc]ode): *\S|(?:Problem signature|Problemsignatur):$",
    ),
    line_rule(
        "working copy",
        "To git@example.org:mill.git",
        r"To \S+[:/]\S+\.git$| [!*+=-] \[[\w ]+\] +\S| [!*+ ] +[0-9a-f]{7,}\.\.\.?[0-9a-f]{7,} |\s*(?:create|delete|rename) mode \d{6}|CONFLICT \(|Auto-merging \S|Automatic merge failed|Cloning into '|r\d+ \| \S+ \| \d|changeset: +\d+:|[A-Z]\w+ (?:objects|deltas|files): +\d+%|stash@\{\d+\}: |[* ] [\w./-]+ +[0-9a-f]{7,12} |\d+\t\d+\t\S|(?: M|M |A |D |\?\?|AM|MM) [\w./-]+\.\w+$|(?:\d+|-) +(?:\d+|-) +[\w.-]+[./][\w./-]+$"
        r"|commit (?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,40}\b|Fast-forward$|Updating [0-9a-f]{7,}\.\.|On branch \S+$|Your branch is |Changes (?:not staged|to be committed)|Untracked files:$|HEAD is now at |Switched to (?:a new )?branch '|Already up.to.date\.$",
    ),
    line_rule(
        "installing",
        "ii  mill  1.0-1  amd64  grinds corn",
        r"Reading (?:package lists|state information)\.\.\.|Building dependency tree|The following (?:\w+ )?packages (?:have|will)|(?:ii|rc|un|iU|iF) +\S+ +\S+ +\S| \S+ : (?:Depends|Recommends|Conflicts|Breaks): |deb(?:-src)? (?:\[|https?:)|--?-> (?:Running|Package|Finished|Processing)\b"
        r"|(?:error: Failed dependencies|.* is needed by \S+\d)|Resolving \S+ \(|Connecting to \S+\|?|HTTP request sent|Selecting previously unselected|Fetched [\d.]+ |Input #\d|\s+(?:Stream #\d|Duration: \d\d:)|[\w-]+_\d+ +\| \S|\[ *(?:ID|\d+)\] +(?:Interval|[\d.]+-)",
    ),
    line_rule(
        "building and testing",
        "checking for gcc... gcc",
        r"checking (?:for|whether|how|if) .*\.\.\.|-- (?:The \w+ compiler|Found \w+:|Looking for|Configuring (?:done|incomplete)|Performing Test|Check)|CMake (?:Error|Warning)|\[ *\d+(?:/\d+|%)\] (?:Building|Linking|Compiling|CXX|CC|Built)\b|\d+>[-\w]+|(?:not )?ok \d+ - |1\.\.\d+$|Tests run: \d"
        r"|(?:--- (?:FAIL|PASS|SKIP)|=== RUN) *:? |(?:FAIL|ok|PASS|FAILED) {2,}\S|(?:FAILED|PASSED|ERROR) \S+(?:::|\.\w+$)| *[●✕✓✗✘✖] \S|FAILED: \S|ninja: |BUILD (?:FAILED|SUCCESS)|> Task :|={10,} .{3,60} ={5,}$|FAIL: \w+ \(|Step \d+/\d+ : | *-+> (?:Running in|Using cache|[0-9a-f]{12}$)|The command '.*' returned|Plan: \d+ to add|debug[123]: \S",
    ),
    line_rule(
        "assembly with registers",
        "    mov w0, #10",
        r"\s*(?:[\w.$]+:)?\s+[A-Za-z][a-z.\d]{0,7}\s+\{?(?:%[a-z]\w+|\$[a-z]\w*|[wxr]\d{1,2}|\[?sp|[er][abcd]x|[er][sd]i|[er][bs]p|lr|pc)\b.*|\s*(?:\w+:)?\s+(?:LD[IA]?|JP|JR|DEC|INC|MOV|ADD|SUB|CMP|LDA|STA|JSR|BNE|BEQ|DJNZ|OUT)\s+[A-Z#$(][\w,#$() ]*$|\s+[a-z]{2,5}\s+\w+, ?(?:[rwx]\d{1,2}|0x\w+|%\w+|\d+)$|\s+(?:syscall|nop|ret[nq]?|RET|RTS|leave)$|\s*\.(?:text|data|globl|section|align)\b"
        r"|[0-9a-f]{8,16} <\w+>:$|\s*[0-9a-f]+:\s+(?:[0-9a-f]{2} )+",
    ),
    line_rule(
        "older languages",
        "       PROCEDURE DIVISION.",
        r"\s*(?:[A-Z-]+ )?(?:DIVISION|SECTION)\.$|\s*PROGRAM-ID\.|\s*\d\d +[A-Z][A-Z0-9-]+ +(?:PIC|OCCURS|REDEFINES|VALUE)\b|\s*(?:MOVE \S+ TO|PERFORM [A-Z-]+|DISPLAY [\"'])|\s*STOP RUN\."
        r"|\d+ (?:PRINT|LET|GOTO|GOSUB|REM|INPUT|DIM|NEXT|READ|DATA|IF .* THEN|FOR \w+ ?=)\b|//\w* +(?:JOB|EXEC|DD)\b| {5}[FCDIHO][*A-Z ]{6,20} {2,}[*A-Z]|(?:REPORT|DATA:|ENDLOOP|WRITE:|LOOP AT) ?\w*.*\.$"
        r"|\s*:?- \w+\(.*\)\.$|\w+\(.*\) :- |\?- |-(?:module|export|import|include)\(|\w+\(.*\) ->$|: [A-Z][\w-]* .*;$|\s*(?:procedure|function) \w+.* is$|with [A-Z]\w+(?:\.\w+)*; *use|/\* REXX|@echo (?:off|on)|set \w+=\S|if (?:not )?exist \S|for %%?\w in|net (?:stop|start|use) \S"
        r"|[GM]\d{1,3}(?: [XYZFSEIJ]-?[\d.]+)*(?: ;.*)?$|(?=.* [XYZ]-?\d)[GM]\d{1,3} .*|\.(?:tran|end|ac|dc|model|subckt)\b|[RCLVQD]\d+ +\d+ +\d+ +(?:DC |AC )?\S*\d\w*$",
    ),
    line_rule(
        "other languages",
        "mills.each do |mill|",
        r".* do \|[\w, ]+\|$|\s*attr_(?:reader|accessor)|\w+ =: |.*= \([\w, ]*\) ->$|Section \"|EndSection$|data \w+;$|(?:run|datalines|quit);$|library\(\w+\)$|\w+ <- \S|model [A-Z]\w*$|equation$|end \w+;$|endfor$|program \w+$|implicit none$|(?=[^\[]*\[).*\b[A-Z]{3,}\(.*[A-Za-z]\w*\[|\s*\w+ do: \[|[a-z]\w*\(\w+\)\.$|array\(\[|\d+ director(?:y|ies), \d+ files?$|[A-Z]:\.$|(?=.*\{[\w-]+:)[.#@]?[\w-]+(?:[ ,>:.#]+[\w-]+)*\{.*\}$"
        r"|\s*\w+ := \S.*;$|END_(?:IF|FOR|WHILE|CASE|VAR);?$|(?:end )?tell(?: application \".*\")?$|\((?:setq|add-hook|require|use-package|defvar|global-set-key) |PREFIX \w*: <|\s*select (?:distinct )?[\w.*(), ]*[*(][\w.*(), ]*$|\s*(?:where|and|having) [\w.]+ ?(?:[<>]=?|=|<>|like ') ?\S|(?:BEGIN|END):V[A-Z]+$|\s*(?:BEGIN|END;|/)$|\s*(?:DECLARE @|PRINT ')|(?:block|pass) (?:in|out) |\{%.*%\}$|[+\\|]-{3}\S|\(?[\^].*(?:\\[wdsb]|\[[A-Za-z]-[a-z]\]).*\$$",
    ),
    line_rule(
        "editor settings",
        "set shiftwidth=4",
        r"set(?:local|g)?(?: -\w+)* (?!off\b|sail\b|out\b|up\b|free\b)[a-z][\w.-]*(?:$|[+^-]?=\S*$| ?= ?[\w\"'/~:+].*$)|(?:syntax|filetype)(?: \w+)* (?:on|off|enable)$|colorscheme \w+$|(?:[nvixct](?:nore)?map|(?:nore)?map(?: <\w+>)* [^\w\s]\S*)(?: <\w+>)* \S"
        r"|hi(?:ghlight)? \w+(?: \w+=\S+)+|au(?:tocmd|group) \w|let (?:[gbsw]:)?\w+ ?= ?[\"'\d\[{]|(?:un)?bind(?:-key)? (?:-\w+ |[A-Z]-|[^\w\s])\S*|bind(?:key|sym) \S|set -g\w* \S|macro (?:index|pager|attach|generic|compose)\b|(?:color|mono) \w+ \w+ \w+|(?:folder|send|account|message)-hook \S"
        r"|set (?:x|y|z)?(?:label|title|output|terminal|term|range|xrange|yrange|tics|xtics|key|logscale)\b ?.*|s?plot [\"'\[\w].* (?:with|using|w|u) |alias \w+ ?=|shopt -|setopt \w",
    ),
    line_rule(
        "assembler without indent",
        "mov ax, 5",
        r"[a-z]{2,6}(?:\.[a-z]\d?)? [%$\[(]{0,2}(?:[er]?[abcd][xhl]|[re]?[sd]il?|[re]?[bs]p|r\d{1,2}|[wxvst]\d{1,2}|lr|pc)[\])]?(?:, ?\S.*)?$|int (?:0x)?[0-9a-fA-F]{2}h$|swi \d|j(?:mp|n?[ezscg]|[abl]e?) \.?\w+$"
        r"|(?:LD[AXYIR]?|ST[AXYR]?|J[MP]P|J[RP]|CALL|EX|OUT|OR|ORG|EQU|AND|XOR|MOV(?:LW|WF)?|SUB|ADD|AD[CD]|SBC|CMP|CP[XY]?|PUSH|POP|INC|DEC|BIT) (?:[A-Z]{1,2}(?:$|,\S+$)|[A-Z]\d+$|PORT[A-Z]\b|[(#$%]\S*$|\d\w*$)"
        r"|(?:J(?:SR|MP)|B(?:NE|EQ|CC|CS|MI|PL|RA)|DJNZ) \w+$|(?:R(?:ET|TS|TI)|BRK|NOP|HALT|IN[XY]|DE[XY]|TA[XY]|T[XY]A|PH[AP]|PL[AP]|CL[CDI]|SE[CDI])$",
    ),
    line_rule(
        "statement of Basic",
        "If wheel.Stuck Then",
        r"\s*(?:Else)?If .*\bThen$|\s*Dim \w+(?:, \w+)*$|\s*Set \w+ = \w+\(|\s*End (?:With|Select|Property)$",
    ),
    line_rule(
        "container",
        "RUN apt-get update",
        r"FROM [a-z][\w./-]*:[\w.-]+(?: AS \w+)?$|RUN (?:apt|apt-get|apk|yum|dnf|pip3?|npm|yarn|go|make|cmake|curl|wget|mkdir|useradd|adduser|chmod|chown|git|bundle|composer|cargo|sh|bash|set|echo|cd) \S|(?:WORKDIR|EXPOSE|VOLUME) [/\d]\S*$|(?:CMD|ENTRYPOINT) \[|(?:COPY|ADD) \S+ \S+$",
    ),
    line_rule(
        "packet filter and ports",
        "22/tcp open  ssh",
        r"\d+/(?:tcp|udp) +(?:open|closed|filtered)\b|Chain \w+ \((?:policy|\d+ references)|(?:ACCEPT|DROP|REJECT|LOG|RETURN) +(?:all|tcp|udp|icmp) +--|Trying [\da-f:.]+\.\.\.$|Escape character is|\s*\d+ \d+\.\d{6} +\d+\.\d+\.",
    ),
    line_rule(
        "kernel messages",
        "usb 1-1: new high-speed USB device",
        r"(?:usb|hub|pci|sd|sr|ata|eth|wlan|nvme|hda|input|scsi|md|device)[\w.]*(?: [\d:.-]+)?: [A-Za-z\[]|(?:EXT\d-fs|BTRFS|XFS|ACPI|PCI|CPU\d*|BIOS-e820)\b[^:]*: \S",
    ),
    line_rule(
        "mail filter", "* ^Subject:.*mill", r":0[a-zA-Z]*:?\S*$|\* [!?]?\s?\^[\w\\(].*|\|/\S+"
    ),
    line_rule(
        "notation",
        '[Event "Mill Cup"]',
        r"\[[A-Z]\w+ \"[^\"]*\"\]$|X: ?\d+$|[MLQ]: ?\d+/\d+\b.{0,8}$|K: ?[A-G][#b]?m?$|#: \S+:\d+|msg(?:id|str|ctxt)(?:_plural)?(?:\[\d\])? \"|\\[a-z]+ [\"\w'][^!?]*[{\"]$|\s*proc \w+ \{|\s*puts [\"$]|: [\w-]+ .* ;$",
    ),
    line_rule(
        "dialogue with a server",
        "a1 OK LOGIN completed",
        r"[2-5]\d\d (?:OK|Ok|Welcome|Logged|Login|Password|User|Requested|Command|Bad|Transfer|Goodbye)\b|[\w.]+ (?:OK|NO|BAD|LOGIN|SELECT|FETCH|LOGOUT|CAPABILITY)(?: [A-Z\[]|$)|\* (?:OK|BYE|CAPABILITY|\d+ (?:EXISTS|RECENT|FETCH))|(?:ftp|sftp|lftp|smb|telnet|redis|Prelude|scala|julia|psql|hive|octave:\d+|\d+(?:\.\d+){3}:\d+)[\w: \\/]{0,20}> ?\S|SIP/2\.0 \d{3}|Call-ID: \S|(?:Final-Recipient|Original-Recipient|Diagnostic-Code|Reporting-MTA|Remote-MTA|Arrival-Date): \S|Action: (?:failed|delayed)|Status: \d\.\d\.\d",
    ),
    line_rule(
        "report of a program",
        "(EE) Failed to load module",
        r"\s{4,}[~^]*\^[~^]*$|\((?:II|EE|WW|==|\*\*|--)\) \S|\[[0-9a-f]{6,}\] \w|-{3,} .{3,60} Report -{3,}|\s*(?:Operating System|Machine name|Processor|System Model|BIOS|DirectX Version): \S|(?:ProblemType|DistroRelease|Uname|ProcVersionSignature|SourcePackage): \S|Uncaught \w+: |Method '.*' of object '.*' failed|\w[\w /]* on /\S* type \w+ \(|Active Internet connections|cvs \w+: |Module +Size +Used by",
    ),
    line_rule(
        "boot and module settings",
        "blacklist river",
        r"(?:kernel|initrd|linux|root) (?:/\S+|\(hd\d)|blacklist [\w-]+$|options \w+ \w+=\S+|iface \w+ inet|auto \w+\d$|(?:domain|search) [\w-]+(?:\.[\w-]+)+$|options timeout:\d|[a-z]+_[a-z_]+ (?:on|off)$",
    ),
    line_rule(
        "measured",
        "Download:   93.20 Mbps",
        r"[\w ]{2,20}: (?: +[\d.]+|\d+\.\d\d+) (?:[MGK]?bps|[MGK]bit/s|[MGK]i?B/s|ms)\b|(?:Solving environment|Collecting package metadata)[^.]*: ",
    ),
    line_rule("value in Python", "{'speed': 10}", r"[{\[(]+'\w+': .*[}\])],?$"),
    line_rule(
        "server settings",
        "DocumentRoot /srv/mill",
        r"\s*(?:Server(?:Name|Alias|Admin|Root)|DocumentRoot|(?:Error|Custom|Access|Transfer)Log|ProxyPass\w*|Rewrite(?:Engine|Cond|Rule|Base)|DirectoryIndex|SSL\w+|AllowOverride|HostName|IdentityFile|ServerAliveInterval) \S+$"
        r"|<(?:VirtualHost|Directory|Location|IfModule|Files)\b.*>$|(?:UUID=|LABEL=|/dev/)\S+ +/\S* +\w+ +\S+|(?:[\d*/,-]+ ){4}[\d*/,A-Z-]+ (?:\S+ )?/\w|%?[\w-]+ +ALL ?= ?\(|[\w-]+:[x*!]:\d+:\d+:|[0-9a-f]{32,} [ *]?\S|(?:INVITE|REGISTER|BYE|ACK|OPTIONS) sips?:|Via: SIP/|CSeq: \d|(?:User-agent|Disallow|Allow|Sitemap): \S|(?:pub|sub|sec|ssb|uid) {2,}\S|CONNECTED\(\d+\)|depth=\d|verify error:",
    ),
    line_rule(
        "bytes",
        "48 65 6c 6c 6f 20 57 6f",
        r"(?=[\d :]*(?:\d[a-fA-F]|[a-fA-F][\da-fA-F]) )(?:[0-9a-fA-F]{4,8}[: ] *)?(?:[0-9a-fA-F]{2} {1,2}){7,}|:[0-9A-F]{10,}$|\d{7} (?:[0-7]{6} ?)+$|\d{7}$",
    ),
    line_rule(
        "command",
        "sudo systemctl restart mill",
        r"sudo (?:-\w+ )?[a-z][\w./-]*(?: |$)|(?:git (?:fetch|pull|push|clone|checkout|commit|rebase|merge|log|status|diff|add|reset|stash|bisect)|apt(?:-get)? (?:install|update|upgrade|remove)|(?:pip3?|npm|yarn|brew|cargo|dnf|yum|gem) (?:install|run|add|update|build|test)|docker (?:run|build|ps|exec|compose|pull|logs)|kubectl (?:get|apply|describe|logs|delete)|systemctl (?:start|stop|restart|status|enable)|service \w+ (?:start|stop|restart))(?: [^.!?]*[^.!?:,])?$"
        r"|(?:curl|wget) (?:-|https?:|\S+ -)\S*.*|(?:ssh|scp|rsync|sftp) .*\S+@\S+|(?:sed|grep|awk|find|xargs|sort|tar|ps|du|df|ls|cp|mv|rm|ln|cat|head|tail|mkdir|kill|zip|unzip|ffmpeg|convert) (?:-\w|['\"/.~*$]\S)\S*.*|cd [~./$][\w./$-]*(?: &&.*)?$|(?:chmod|chown) [\w:+-]+ [\w./~-]+$|(?:del|copy|xcopy|robocopy) (?:/\w |[A-Z]:\\).*",
    ),
)

ALONE = (
    "failure",
    "result rows",
    "value in Python",
    "process list",
    "route to a host",
    "working copy",
    "bytes",
    "server settings",
)
"""Rules whose lines need no other code beside them."""
