"""Texts on which similar tokenizers differ: spaces, digits, accents, other scripts, markers."""

PROBES = (
    "I'm 1,234 years old; it's 3.14159, WE'LL see, they'd say '99 don't 'S 'LL’s",
    "café naïve Å Straße e\u0301 你好，世界 नमस्ते ١٢٣ ½ ² Ⅷ привет שלום",
    "😀 👨\u200d👩\u200d👧 ❤\ufe0f 🇩🇪 \u200b\u00a0x\u3000y",
    "  a   b\t\tc \n\n\n d \r\n\r\n e  \n",
    "def f(x: int) -> None:\n    return {'a': x**2}  # 100%\n\n\nhttps://a.b/c?d=e&f",
    "> quoted\n>> twice\n-- \nSam <sam@example.org>\n[x] *5*3*2* __y__ 12345678",
    "<|im_start|>user\nhello<|im_end|>\n<|endoftext|></s><s>[INST]",
    "",
    " ",
    "Grüße aus Köln, cafe\u0301 ÄÖÜ łódź çelik Мир ひらがな 한국어",
    "camelCase HTTPServer iPhone XMLHttpRequest ÉcoleNormale",
    "hello <|im_end|> [INST] <start_of_turn> <|end|> z",
    " x",
    "x ",
    "\n",
    "   ",
)
