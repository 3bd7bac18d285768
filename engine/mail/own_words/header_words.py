"""The words with which mail programs introduce a quoted mail, in the languages they speak.

Taken from what Outlook, Gmail, Apple Mail, Thunderbird, Evolution, Roundcube, Claws Mail, Sylpheed
and KMail write. "_" stands for a space within a label, "/" separates phrases. All is lower case,
as `folded` makes it.
"""

from __future__ import annotations


def folded(text: str) -> str:
    """Lower case, one space between words, without the dot that Turkish capitals leave behind."""
    return " ".join(text.lower().replace("\u0307", "").split())


LABELS = {
    "from": """
from von de da van fra från frå fran od от від од ад feladó lähettäjä saatja από
kimden gönderen gönderici expéditeur mittente remitente remetente remitent expeditor de_la dari
daripada pengirim từ gửi_từ người_gửi nga no nuo o ó siuntėjas sūtītājs afzender absender afsender
avsender odosielateľ odesílatel odesilatel pošiljatelj pošiljalac пошиљалац шаље отправитель
відправник від_кого адпраўнік подател frá sendandi fan vun nork igorlea oddi_wrth seolaí kimdən
kimdan kas jo‘natuvchi кімнен sendanto eus richin ումից ուղարկող გამგზავნი ვინ מאת من مِن المرسل
از فرستنده प्रेषक ਵੱਲੋਂ ಇಂದ จาก ผู้ส่ง 发件人 寄件者 寄件人 發件人 從 差出人 送信元 送信者 発信者
보낸_사람 보낸사람 보낸이
""",
    "date": """
date sent gesendet datum envoyé envoyé_le date_d'envoi inviato inviato_il data data_invio verzonden
enviado enviado_el enviado_em enviada_em enviada enviat enviats fecha fecha_de_envío skickat sänt
sendt dato lähetetty päivämäärä päiväys pvm wysłano wysłane data_wysłania odesláno odoslané dátum
dată data_trimiterii küldve elküldve trimis отправлено дата датум надіслано дата_надсилання
изпратено адпраўлена poslano poslato послато изпратена_на saadetud kuupäev išsiųsta nosūtīts datums
στάλθηκε ημερομηνία απεστάλη tarih gönderildi gönderme_tarihi gönderilme_tarihi tarix sana tarikh
dagsetning dyddiad dáta datë deiz deiziad күні 发送时间 发送日期 日期 时间 寄件日期 傳送日期
送信日時 日付 日時 보낸_날짜 날짜 נשלח תאריך התאריך التاريخ تاريخ تم_الإرسال أرسلت تاریخ dikirim
tanggal đã_gửi ngày ngày_gửi message_du sent_on date_sent sent_at date/time दिनांक ਮਿਤੀ ದಿನಾಂಕ
วันที่ ส่งเมื่อ თარიღი ամսաթիվ
""",
    "to": """
to an à a para aan til till vastaanottaja do komu pre adresát címzett către до кому каму на pour
προς παραλήπτης kime alıcı kimə kimga alici 收件人 收件者 到 至 宛先 送信先 받는_사람 받는사람
받는이 אל נמען إلى المستقبل به گیرنده kepada penerima tới đến người_nhận destinataire destinatario
destinatário destinatari destinatar za prima примач per_a per saaja gavėjas kam pentru modtager
mottagare mottaker ontvanger viðtakandi oan chuig derbyniwr për ricevanto кімге ում ստացող ვის
प्रति ਵੱਲ ಗೆ ถึง ผู้รับ
""",
    "cc": """
cc kopie cópia copie copie_à kopia kopi kopio copia dw 抄送 副本 참조 bcc cci cco kópia másolat
копия копія kopija kópie bilgi κοιν. κοιν עותק העתק نسخة c.c. kopie_an kopie_(cc) afrit koopia
kopia_do do_wiadomości salin 密送 密件副本 สำเนา đồng_kính_gửi ук
""",
    "subject": """
subject betreff objet oggetto onderwerp asunto assunto assumpte asuntu ämne emne aihe temat tema
předmět predmet tárgy subiect тема тэма относно заглавие предмет наслов θέμα konu mövzu mavzu 主题
主題 主旨 件名 표제 제목 נושא הנושא الموضوع موضوع subjek perihal judul chủ_đề tiêu_đề teema pealkiri
тақырыбы titel sujet titill efni betr thema re zadeva naslov tēma temats gaia underwerp ûnderwerp
ábhar pwnc danvez objekt sujed subjekt թեմա վերնագիր სათაური თემა विषय ਵਿਸ਼ਾ ವಿಷಯ വിഷയം หัวข้อ
เรื่อง หัวเรื่อง
""",
    "other": """
attachments attachment importance reply-to priority anlagen pièces_jointes pièce_jointe bijlage
bijlagen allegati adjuntos anexos wichtigkeit organization newsgroups message-id in-reply-to sender
sent_by please_respond_to return-receipt-to sensitivity categories reply_to thread-topic when where
""",
}

_WROTE_LIST = """
wrote writes schrieb schrieben schreibt geschrieben schreift schreef schrijft geschreven skryf
geskryf skreau
écrit écrivait ecrit scritto scrisse scrive scrit scribite scrivè escribió escribio escribe escrit
escribió'l escreveu escreve escriure escrigué escribiu escriguèt scris idatzi dijo
skrev skreiv skriver skrifaði skrivaði kirjoitti kirjutas skribis
napisał napisała napisał(a napisał(a) pisze napsal napsala napsal(a napsal(a) píše napísal napísala
napísal(a napísal(a) napisal napisala napisal(a napisal(a) napisao napisala napisao(la napisao(la)
napisao/la piše napisa napisaŭ
írta írja rašė parašė rakstīja yazdı yazmış yazıb yozdi yozgan έγραψε έγραφε shkroi shkruar
написал написала написал(а написал(а) писал писал(а писал(а) писала пишет написав пише писав написа
напиша написао написала напишал піша напісаў жазған жазды
כתב כתבה נכתב كتب كتبت نوشت نوشته يازدىكى लिखा लिहिले menulis membalas viết sumulat
ysgrifennodd scríobh sgrìobh skrivet nivîsî գրել գրեց წერს დაწერა
"""
WROTE = frozenset(_WROTE_LIST.split())
"""As a word of its own."""

WROTE_UNSPACED = (
    "写道", "写到", "写于", "寫道", "寫到", "提到", "已寫入", "撰写", "書きました", "のメール",
    "작성", "쓴 글", "쓴 내용", "เขียน", "লিখেছিলেন", "লিখিছিল", "लिहीले", "ਲਿਖਿਆ",
)  # fmt: skip
"""Anywhere in a line, for languages that join words."""

ORIGINAL = """
original message/original mail/original email/original e-mail/original-message/original-mail
original appointment/reply message/reply separator
original nachricht/original-nachricht/originalnachricht/ursprüngliche nachricht/original e-mail
ursprüngliche e-mail/ursprüngliche mail/antwort nachricht/original email
message d'origine/message d’origine/message initial/message original/courriel original
messatge d'origina/messatge d’origina/mensaje original/mensagem original/missatge original
mensaxe orixinal/mensax orixinal/messaggio originale/messadi originale/mesaj original
mesajul original/mesaj iniţial/mesaj inițial/original meddelande/original meddelelse
original melding/original besked/original bericht/originele bericht/orgineel bericht
oorspronkelijk bericht/oorspronkelijke bericht/oarspronklik berjocht/oorspronklike boodskap
oprindelig meddelelse/oprindelig besked/oprindelig e-mail/oprindelig mail/oprindeligt brev
opprinnelig melding/opprinneleg melding/opphavleg melding/ursprungligt meddelande
ursprungligt mail/upprunalegur póstur/upprunaleg skilaboð/alkuperäinen viesti/algne kiri
esialgne kiri/algupärane sõnum/algne sõnum/wiadomość oryginalna/oryginalna wiadomość
treść oryginalnej wiadomości/původní zpráva/původní e-mail/pôvodná správa/eredeti üzenet
eredeti levél/originalus laiškas/pradinis laiškas/sākotnējā vēstule/izvorna poruka
originalna poruka/izvirno sporočilo/izvorno sporočilo/изворна порука/оригинална порука
оригинална порака/оригинално писмо/оригинално съобщение/исходное сообщение
оригинальное сообщение/первоначальное сообщение/исходное письмо/оригинальное письмо
оригінальне повідомлення/початкове повідомлення/арыгінальнае паведамленне/зыходнае паведамленне
orijinal mesaj/orijinal ileti/özgün ileti/orijinal məktub/asl xabar/asl xat
түпнұсқа хабарламасы/αρχικό μήνυμα/mesazhi origjinal/mesazhi orgjinal/jatorrizko mezua
neges wreiddiol/bunteachtaireacht/teachtaireacht bhunaidh/originala mesaĝo/origina mesaĝo
原始邮件/原始郵件/原始信息/原始消息/原邮件/原始訊息/元のメッセージ/オリジナルのメッセージ
邮件原件/郵件原件/回复的原邮件/回覆的原郵件/replied message/オリジナルメッセージ/元メッセージ/原文
원본 메시지/원본 메세지/원본 메일/원본 이메일
הודעה מקורית/الرسالة الأصلية/الرسالة الأصليَّة/الرسالة الأساسية/پیام اصلی
pesan asli/isi pesan asli/mesej asal/thư gốc/tin nhắn gốc/ข้อความต้นฉบับ/ข้อความเดิม/मूल संदेश
मौलिक संदेश/मुळ संदेश/মূল বার্তা/ਅਸਲੀ ਸੁਨੇਹਾ/საწყისი წერილი/ორიგინალი შეტყობინება
"""

FORWARDED = """
start of forwarded message/inline attachment follows/doorgestuurd bericht/trochstjoerd berjocht
aangestuurde boodskap/weitergeleitete nachricht/weitergeleitete e-mail/weitergeleitete mail
message transféré/message transmis/courriel transféré/messatge transferit/mensaje reenviado
mensagem encaminhada/mensagem reencaminhada/mensaxe reenviada/mensaxe reencamiñada
mensaxe reunviáu/mensax reunviáu/missatge reenviat/missatge tramès/messaggio inoltrato
mesaj redirecționat/mesaj înaintat/vidarebefordrat meddelande/vidarebefordrat mail
vidarebefordrat brev/videresendt melding/videresendt meddelelse/videresendt besked/videresendt brev
vidaresend melding/vidaresendt melding/áframsendur póstur/áframsend skilaboð/välitetty viesti
edastatud kiri/edastatud sõnum/przekazana wiadomość/przesłana wiadomość/wiadomość przekazywana
treść przekazanej wiadomości/přeposlaná zpráva/předaná zpráva/preposlaná správa
ďalej odoslaná správa/továbbított üzenet/továbbított levél/persiųstas laiškas/pārsūtīta vēstule
pārsūtītā vēstule/proslijeđena poruka/prosleđena poruka/прослеђена порука/posredovano sporočilo
препратена порака/препратено писмо/препратено съобщение/пересланное сообщение/пересылаемое сообщение
перенаправленное сообщение/пересланное письмо/пересылаемое письмо/переслане повідомлення
перасланае паведамленне/перанакіраванае паведамленне/iletilen mesaj/iletilen ileti
yönlendirilmiş ileti/yönlendirilen ileti/ötürülülən məktub/uzatilgan xabar
әрі қарай жіберілген хабарлама/προωθημένο μήνυμα/mesazhi i përcjellë/birbidalitako mezua
neges yrrwyd ymlaen/teachtaireacht ar aghaidh/teachtaireacht curtha ar aghaidh/plusendita mesaĝo
转发的邮件/转发的消息/转发的信息/转发邮件信息/轉寄郵件/轉遞的郵件/轉寄的郵件/転送メッセージ
転送するメッセージ/転送されたメッセージ/전달된 메시지/전달된 메세지/הודעה שהועברה/הודעה מועברת
رسالة معاد توجيهها/رسالة ممرّرة/پیام ارجاع داده شده/pesan terusan/pesan diteruskan/mesej dimajukan
mesej dikirim semula/thư được chuyển tiếp/thư đã chuyển tiếp/tin nhắn đã được chuyển tiếp
ข้อความที่ส่งต่อ/ข้อความส่งต่อ/अग्रेषित संदेश/ফরওয়ার্ড করা বার্তা/ਅੱਗੇ ਭੇਜਿਆ ਸੁਨੇਹਾ/გადაგზავნილი წერილი
"""

FORWARD_SENTENCES = """
forwarded message/begin forwarded message
anfang der weitergeleiteten nachricht/anfang der weitergeleiteten e-mail
début du message réexpédié/début du message transféré/inizio messaggio inoltrato
inizio del messaggio inoltrato/inicio del mensaje reenviado/início da mensagem reencaminhada
início da mensagem encaminhada/inici del missatge reenviat/begin doorgestuurd bericht
vidarebefordrat brev/vidarebefordrat mejl/start på vidarebefordrat meddelande
start på videresendt melding/start på videresendt besked/videresendt melding/videresendt besked
välitetty viesti alkaa/edelleenlähetetty viesti alkaa/początek przekazywanej wiadomości
začátek přeposlané zprávy/začiatok preposlanej správy/továbbított levél kezdete
începutul mesajului redirecționat/początek przesyłanej dalej wiadomości
начало переадресованного сообщения/начало пересылаемого сообщения/початок переадресованого листа
αρχή προωθημένου μηνύματος/iletilen ileti başlangıcı/yönlendirilen iletinin başlangıcı
下面是被转发的邮件/以下是转发的邮件/轉寄的郵件開頭/転送されたメッセージ/전달된 메시지 시작
התחלת ההודעה שהועברה/بداية الرسالة المعاد توجيهها/bắt đầu thư được chuyển tiếp/mulai pesan terusan
"""
"""Apple Mail's, with a colon behind."""
