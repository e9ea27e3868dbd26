"""What an email signature or a contact card (vCard) says about a contact, for page 1 of the form.

Signatures have no fixed format, so what is found is shown to be checked, and only fills empty
fields. A line that could mean several things is skipped.
"""

import quopri
import re
from collections.abc import Iterator
from operator import itemgetter

from django.core.exceptions import ValidationError

from leadportal import countries
from leadportal.characters import has_letter_or_digit, without_invisible
from leadportal.domains import normalize_email, readable_domain, readable_email, registrable_domain
from leads.submission.mailboxes import FREE_MAIL
from leads.submission.profiles import is_profile_page

Answers = dict[str, str]

_EMAIL = re.compile(r"[^\s<>()\[\]|,;:\"]+@[^\s<>()\[\]|,;:\"]+\.[^\s<>()\[\]|,;:\"]+")
_WEBSITE = re.compile(
    r"(?:https?://|www\.)[^\s<>|,;]+|\b(?:[\w-]+\.)+[a-z]{2,}(?:/\S*)?", re.IGNORECASE
)
_NUMBER = re.compile(
    r"(?<![\w+])\+?\(?\d(?:[ ().\-/]{0,3}\d){6,14}(?!\w)(?:\s*(?:ext\.?|x)\s*\d+)?"
)
_FAX = re.compile(r"\b(fax|telefax|f)\b\s*[:.]", re.IGNORECASE)
_LABEL = re.compile(
    r"^(?:name|company|firma|(?:job )?title|position|country|e-?mail|mail|"
    r"tel(?:efon|ephone)?|phone|mobile?|cell|direct|office|web(?:site)?|"
    r"[temwpmd])\s*[:.]\s*",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"^(?:--.*|(?:best|kind|warm|many)?\s*(?:regards|wishes|thanks)|thank you|thanks|cheers|yours|"
    r"sincerely|mit freundlichen.*|viele gr.*|beste gr.*|lg|mfg|cordialement|saludos|sent from.*)"
    r"\b.{0,20}[,.!]?$",
    re.IGNORECASE,
)
_LEGAL_FORM = re.compile(
    r"(?<!\w)(?:gmbh|ag|kg|ug|se|inc|llc|llp|ltd|limited|plc|corp|corporation|company|co|s\.?a|sas|"
    r"sarl|s\.?l|s\.?r\.?l|s\.?p\.?a|b\.?v|n\.?v|a/?s|ab|oy|oyj|aps|sp\. ?z ?o\. ?o|s\.r\.o|a\.s|"
    r"kft|pty|pvt|k\.k|group|holding|ltda)\.?(?!\w)|株式会社|有限公司|有限责任公司|주식회사",
    re.IGNORECASE,
)
_JOB = re.compile(
    r"(?<!\w)(?:manager|director|head|officer|ceo|cto|cfo|coo|cmo|cio|founder|co-founder|owner|"
    r"president|vp|lead|leader|engineer|developer|consultant|analyst|executive|partner|specialist|"
    r"coordinator|assistant|administrator|architect|designer|buyer|sales|marketing|support|operations|"
    r"geschäftsführer(?:in)?|leiter(?:in)?|vorstand|inhaber(?:in)?|directeur|directrice|gérant|"
    r"director[ae]?|gerente|responsable|responsabile|chef|kierownik|dyrektor|prezes)(?!\w)",
    re.IGNORECASE,
)
_AFTER_NAME = re.compile(
    r"\s*(?:\(.*\)|,\s*(?:mba|phd|ph\.d\.|m\.?sc|b\.?sc|cpa|esq)\.?.*)$", re.IGNORECASE
)
_TITLE = re.compile(r"^(?:(?:dr|prof|mr|mrs|ms|herr|frau|ing|dipl\.-\w+)\.?\s+)+", re.IGNORECASE)
_PARTICLES = {"von", "van", "de", "der", "den", "del", "della", "di", "da", "dos", "du", "la", "le"}
_PARTICLES |= {"al", "bin", "ibn", "ter", "ten", "zu", "el", "mc", "st."}
_BETWEEN_PARTS = re.compile(r"\s*[|•·●]\s*|\s+[–—]\s+|\s{3,}|\t")


def read(text: str) -> Answers:
    """Return what the text says, by the names of page 1's fields, as people type it."""
    text = without_invisible(text)
    found = _of_card(text) if "BEGIN:VCARD" in text.upper() else _of_signature(text)
    if not found.get("domain") and (domain := _company_of(found.get("contact_email", ""))):
        found["domain"] = domain
    return {name: value for name, value in found.items() if value}


# Contact cards


def _of_card(text: str) -> Answers:
    """Return what a vCard says, of version 2.1, 3 or 4."""
    found: Answers = {}
    properties = sorted(_properties(text), key=lambda each: _rank(each[1]))
    values: dict[str, str] = {}
    for name, _, value in properties:
        values.setdefault(name, value)
    last, first, *_ = [*map(_plain, re.split(r"(?<!\\);", values.get("N", ""))), "", ""]
    if not (first or last):
        first, last = _split_name(_plain(values.get("FN", "")))
    found["first_name"], found["last_name"] = first, last
    found["company_name"] = _plain(re.split(r"(?<!\\);", values.get("ORG", ""))[0])
    found["job_title"] = _plain(values.get("TITLE", ""))
    found["phone_number"] = re.sub(r"^tel:", "", _plain(values.get("TEL", "")))
    found["contact_email"] = _email(_plain(values.get("EMAIL", "")))
    found["domain"] = _website(_plain(values.get("URL", "")))
    address = re.split(r"(?<!\\);", values.get("ADR", ""))
    found["region"] = _country(_plain(address[6])) if len(address) > 6 else ""
    return found


def _properties(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield name, parameters and value of each property, folded lines as one."""
    text = re.sub(r"=\n(?=\S)", "", text)  # quoted-printable goes on in the next line
    for line in re.sub(r"\n[ \t]", "", text).splitlines():
        match = re.fullmatch(r"(?:[\w-]+\.)?([A-Za-z-]+)((?:;[^:]*)?):(.*)", line.strip())
        if match is None:
            continue
        name, parameters, value = match[1].upper(), match[2].upper(), match[3]
        if "QUOTED-PRINTABLE" in parameters:
            value = quopri.decodestring(value.encode()).decode("utf-8", "replace")
        if not (name == "TEL" and "FAX" in parameters):
            yield name, parameters, value


def _rank(parameters: str) -> int:
    """Return a property's priority, lowest first: the one at work, then the preferred one."""
    return 0 if "WORK" in parameters else 1 if "PREF" in parameters else 2


def _plain(value: str) -> str:
    return re.sub(r"\\(.)", lambda match: " " if match[1] in "nN" else match[1], value).strip()


# Signatures


def _of_signature(text: str) -> Answers:
    """Return what the lines of a signature say."""
    found: Answers = {}
    words: list[str] = []  # what is neither a number nor an address
    numbers: list[tuple[bool, str]] = []  # whether it is a cell phone's, and the number
    for line in text.splitlines():
        for part in _BETWEEN_PARTS.split(line.strip()):
            if not part or _GREETING.match(part):
                continue
            part, address = _taken_out(part)
            for name, value in address.items():
                found.setdefault(name, value)
            if dialed := list(_dialed(part)):
                numbers += dialed
            elif not re.search(r"\d", part) and (word := _LABEL.sub("", part).strip(" ,;:<>()")):
                words.append(word)
    if numbers:
        found["phone_number"] = min(numbers, key=itemgetter(0))[1]
    return found | _names(words, found)


def _taken_out(part: str) -> tuple[str, Answers]:
    """Return a part of a line without the address in it, and the fields that the address fills."""
    if email := _EMAIL.search(part):
        address = _email(email[0])
        return part.replace(email[0], ""), {"contact_email": address} if address else {}
    site = _WEBSITE.search(part)
    if site is None:
        return part, {}
    domain = _website(site[0])
    return part.replace(site[0], ""), {"domain": domain} if domain else {}


def _dialed(part: str) -> Iterator[tuple[bool, str]]:
    """Yield the phone numbers in a part, except a fax's; first whether it is a cell phone's."""
    is_mobile = bool(re.match(r"\W*(m|mob|cell|handy)", part, re.IGNORECASE))
    for number in _NUMBER.finditer(part):
        if not _FAX.search(part[: number.start()]):
            yield is_mobile, number[0].strip()


def _names(rest: list[str], found: Answers) -> Answers:
    """Return person, job, company and country among the lines without numbers and addresses."""
    named: Answers = {}
    own = _own_label(found)
    for part in rest:
        is_company = _LEGAL_FORM.search(part) or (_is_like(part, own) and not _JOB.search(part))
        if "company_name" not in named and is_company:
            named["company_name"] = part
        elif "last_name" not in named and _is_name(part):
            named["first_name"], named["last_name"] = _split_name(_without_titles(part))
            before, comma, after = part.partition(",")
            if comma and _JOB.search(after):
                named["first_name"], named["last_name"] = _split_name(_without_titles(before))
                named["job_title"] = after.strip()
        elif "job_title" not in named and _JOB.search(part):
            named["job_title"] = part
        elif "region" not in named and (country := _country(part)):
            named["region"] = country
    return named


def _is_name(part: str) -> bool:
    """Return whether a line can be a person's name: two to five words that begin with capitals."""
    words = _without_titles(part.partition(",")[0]).split()
    if _LEGAL_FORM.search(part) or _country(part):
        return False
    if len(words) == 1:
        return bool(re.fullmatch(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]{2,6}", words[0]))
    proper = [word for word in words if word.lower() not in _PARTICLES]
    return (
        2 <= len(words) <= 5
        and not _JOB.search(" ".join(words))
        and all(word[0].isalpha() and word[0] == word[0].upper() for word in proper)
    )


def _without_titles(name: str) -> str:
    return _AFTER_NAME.sub("", _TITLE.sub("", name)).strip()


def _split_name(name: str) -> tuple[str, str]:
    """Return first and last name: `Lee, Ann` by the comma, otherwise the last word, with what
    belongs to it."""
    last, comma, first = name.partition(",")
    if comma:
        return first.strip(), last.strip()
    words = name.split()
    if len(words) < 2:
        return "", name
    start = next((at for at, word in enumerate(words) if at and word.lower() in _PARTICLES), -1)
    return " ".join(words[:start]), " ".join(words[start:])


def _own_label(found: Answers) -> str:
    """Return the name in the domain of the website or email address: `acme` of acme.com."""
    domain = found.get("domain") or _company_of(found.get("contact_email", ""))
    return re.sub(r"\W", "", domain.partition(".")[0]).lower()


def _is_like(part: str, label: str) -> bool:
    words = re.sub(r"\W", "", part).lower()
    return bool(label) and len(words) > 2 and (words.startswith(label) or label.startswith(words))


def _email(text: str) -> str:
    try:
        return readable_email(normalize_email(text))
    except ValidationError:
        return ""


def _website(text: str) -> str:
    """Return the company's domain, nothing for a page on somebody else's site."""
    try:
        domain = registrable_domain(text)
    except ValidationError:
        return ""
    return "" if is_profile_page(domain) else readable_domain(domain)


def _company_of(email: str) -> str:
    host = email.rpartition("@")[2]
    return _website(host) if host and host not in FREE_MAIL else ""


def _country(text: str) -> str:
    """Return the name of the country that a line names, if it names exactly one."""
    # A word of two letters is rather a department, or a legal form.
    is_long = 3 <= len(text) <= 60 or text in ("UK", "US")
    codes = countries.find(text) if is_long and has_letter_or_digit(text) else []
    return countries.name_of(codes[0]) if len(codes) == 1 else ""
