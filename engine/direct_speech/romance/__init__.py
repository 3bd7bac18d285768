"""Direct speech in Spanish, French and Italian: "Dile que su perro ladra" -> "Tu perro ladra."

Their clauses behind "que" and "che" are sentences already. What changes is the reader, who is
spoken of in the third person: "su" becomes "tu", "viene" becomes "vienes". Whom a mail calls usted,
vous or Lei keeps the third person in Spanish and Italian.
"""
