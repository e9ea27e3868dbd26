"""Page 1 of the form: each field's rule, at its edge and one above."""

import pytest

from leadportal.partners.models import Partner
from leads.fields import BY_NAME
from leads.models.lead import Employees
from leads.submission.forms import ContactForm
from tests.leads.answers import CONTACT

pytestmark = pytest.mark.django_db

ANY_SCRIPT = [
    "Åsa",
    "Ελένη",
    "Наталья",
    "محمد",
    "王小明",
    "さくら",
    "D'Arcy",
    "Jean-Luc",
    "𝒜nna 🎉",
    "N",
]


def form(**changes):
    partner = Partner(name="Brightside Consulting", domain="brightside.example")
    return ContactForm({**CONTACT, **changes}, partner=partner)


def errors(**changes):
    return {name: list(texts) for name, texts in form(**changes).errors.items()}


def cleaned(name, **changes):
    checked = form(**changes)
    assert checked.errors == {}
    return checked.cleaned_data[name]


def test_a_complete_page_is_accepted_and_normalized():
    checked = form()
    assert checked.errors == {}
    assert checked.cleaned_data == CONTACT | {
        "domain": "nordwind.example",
        "phone_number": "+46812345678",
    }
    assert checked.warnings() == {}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("company_name", "Enter the company's name."),
        ("domain", "Enter the company's domain, such as example.com."),
        ("first_name", "Enter the contact's first name."),
        ("last_name", "Enter the contact's last name."),
        ("contact_email", "Enter the contact's email address."),
        ("region", "Enter the country the company is in."),
        ("employees", "Choose how many people the company employs."),
    ],
)
def test_a_required_field_says_what_to_enter(name, message):
    assert errors(**{name: ""}) == {name: [message]}
    without = {key: value for key, value in CONTACT.items() if key != name}
    assert ContactForm(without, partner=Partner()).errors[name] == [message]


@pytest.mark.parametrize("name", ["company_name", "domain", "first_name", "last_name"])
@pytest.mark.parametrize("blank", [" ", "\t\n ", "\u00a0", "\u3000"])
def test_blank_after_trimming_is_missing(name, blank):
    assert list(errors(**{name: blank})) == [name]


@pytest.mark.parametrize("name", ["job_title", "phone_number", "description"])
def test_an_optional_field_may_be_empty(name):
    assert cleaned(name, **{name: ""}) == ""


@pytest.mark.parametrize(
    ("name", "longest"),
    [
        ("company_name", 200),
        ("first_name", 100),
        ("last_name", 100),
        ("job_title", 120),
        ("description", 5_000),
    ],
)
@pytest.mark.parametrize("sign", ["a", "я", "漢", "🎉"])
def test_length_is_counted_in_signs_and_has_an_edge(name, longest, sign):
    if sign == "🎉" and name.endswith("name"):
        sign = "𝒜"  # a name has a letter
    assert cleaned(name, **{name: f"  {sign * longest}  "}) == sign * longest
    for excess, words in ((1, "1 character"), (1_234, "1,234 characters")):
        assert errors(**{name: sign * (longest + excess)}) == {
            name: [f"Shorten this by {words}. The limit is {longest:,} characters."]
        }


def test_a_line_break_of_the_description_counts_as_one_sign():
    # A browser counts it so against maxlength, and then posts two.
    text = "line\r\n" * 999 + "ends!"
    assert len(text) > 5_000
    assert cleaned("description", description=text) == text.replace("\r\n", "\n")
    assert list(errors(description="a\r\n" * 2_500 + "b")) == ["description"]


@pytest.mark.parametrize("name", ["company_name", "first_name", "last_name", "job_title"])
@pytest.mark.parametrize("text", ANY_SCRIPT)
def test_a_name_may_be_of_any_script(name, text):
    assert cleaned(name, **{name: text}) == text


@pytest.mark.parametrize("name", sorted(CONTACT))
def test_a_nul_is_refused_not_stored(name):
    assert name in errors(**{name: f"a\x00{CONTACT[name]}"})


@pytest.mark.parametrize("name", sorted(CONTACT))
def test_a_megabyte_is_refused(name):
    assert list(errors(**{name: "x" * 10**6})) == [name]


# The domain


def test_whatever_is_pasted_becomes_the_registrable_domain():
    pasted = "https://user@shop.bücher.example:8080/" + "x" * 3_000
    assert cleaned("domain", domain=pasted, contact_email="a@bücher.example") == (
        "xn--bcher-kva.example"
    )


@pytest.mark.parametrize("domain", ["localhost", "co.uk", "10.0.0.1", "nord wind"])
def test_what_is_no_companys_domain_is_refused(domain):
    (message,) = errors(domain=domain)["domain"]
    assert "example.com" in message


@pytest.mark.parametrize(
    "own",
    ["brightside.example", "https://www.Brightside.EXAMPLE/team", "me@mail.brightside.example"],
)
def test_the_partners_own_domain_is_refused(own):
    assert errors(domain=own) == {
        "domain": ["This is your own organization's domain. Enter the customer's domain."]
    }


def test_a_partner_without_a_domain_refuses_none():
    assert ContactForm(CONTACT, partner=Partner(name="One person")).errors == {}


def test_a_domain_that_only_ends_like_the_partners_own_is_accepted():
    assert cleaned("domain", domain="notbrightside.example") == "notbrightside.example"


# The address


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  Anna.L@NORDWIND.example ", "Anna.L@nordwind.example"),
        ("anna+x@shop.nordwind.example", "anna+x@shop.nordwind.example"),
        ("anna@bücher.example", "anna@xn--bcher-kva.example"),
        ("o'neil@nordwind.example", "o'neil@nordwind.example"),
    ],
)
def test_the_address_is_normalized(typed, stored):
    assert cleaned("contact_email", contact_email=typed) == stored


@pytest.mark.parametrize(
    "typed",
    ["anna", "anna@", "@nordwind.example", "anna@nordwind", "a b@nordwind.example", "a@b@c"],
)
def test_what_is_no_address_is_refused(typed):
    assert errors(contact_email=typed) == {
        "contact_email": ["Enter an email address in the form name@example.com."]
    }


def test_the_address_may_have_254_signs():
    host = "@nordwind.example"
    longest = "a" * (254 - len(host)) + host
    assert cleaned("contact_email", contact_email=longest) == longest
    assert list(errors(contact_email=f"a{longest}")) == ["contact_email"]


def test_an_address_that_grows_too_long_as_an_a_label_is_refused():
    host = f"@{'ü' * 50}.example"
    typed = "a" * (254 - len(host)) + host
    assert len(typed) == 254
    assert list(errors(contact_email=typed)) == ["contact_email"]


@pytest.mark.parametrize(
    ("email", "word"), [("anna@gmail.com", "free email"), ("anna@other.example", "other.example")]
)
def test_a_doubtful_address_is_a_warning_and_no_error(email, word):
    checked = form(contact_email=email)
    assert checked.errors == {}
    assert word in checked.warnings()["contact_email"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("https://www.linkedin.com/company/acme", "linkedin.com belongs to LinkedIn"),
        ("facebook.com/acme", "facebook.com belongs to Facebook"),
        ("https://m.facebook.com/acme", "facebook.com belongs to Facebook"),
        ("instagram.com/acme", "Instagram"),
        ("https://www.xing.com/pages/acme", "XING"),
        ("x.com/acme", "x.com belongs to X"),
        ("ann@gmail.com", "gmail.com is a free email provider"),
    ],
)
def test_a_page_at_another_companys_site_is_a_warning_and_no_error(typed, words):
    checked = form(domain=typed)
    assert checked.errors == {}
    assert list(checked.warnings()) == ["domain"], "the address is not compared with it"
    assert words in checked.warnings()["domain"]
    assert "website" in checked.warnings()["domain"]


def test_warnings_are_shown_before_the_page_is_complete():
    checked = form(contact_email="anna@gmail.com", domain="", company_name="")
    assert not checked.is_valid()
    assert "free email" in checked.warnings()["contact_email"]
    assert "  " not in checked.warnings()["contact_email"]


def test_an_invalid_address_has_its_error_and_no_warning_beside_it():
    checked = form(contact_email="anna@")
    assert not checked.is_valid()
    assert checked.warnings() == {}


# The phone number


@pytest.mark.parametrize(
    ("typed", "region", "stored"),
    [
        ("08-123 456 78", "SE", "+46812345678"),
        ("+46 8 123 456 78", "SE", "+46812345678"),
        ("+46 (0)8 123 456 78", "US", "+46812345678"),
        ("0046 8 123 456 78", "DE", "+46812345678"),
        ("030 901820", "DE", "+4930901820"),
        ("(212) 555-2368", "US", "+12125552368"),
        ("٠١٠ ٠١٢٣ ٤٥٦٧".replace(" ", ""), "EG", "+201001234567"),
        ("０３-３２２４-９９９９", "JP", "+81332249999"),
        (" +1 212 555 2368 ", "PL", "+12125552368"),
    ],
)
def test_a_phone_number_is_stored_as_e164(typed, region, stored):
    assert cleaned("phone_number", phone_number=typed, region=region) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "+49 30 901820 ext. 12",
        "030 901820 x12",
        "030 901820 extension 12",
        "tel:+49-30-901820;ext=12",
        "+4930901820 ext. 12",
        "+4930901820;ext=12",
    ],
)
def test_an_extension_is_saved(typed):
    stored = cleaned("phone_number", phone_number=typed, region="DE")
    assert stored == "+4930901820;ext=12"
    assert cleaned("phone_number", phone_number=stored, region="DE") == stored
    assert BY_NAME["phone_number"].shown(stored) == "+4930901820 ext. 12"


def test_the_page_says_where_an_extension_goes():
    assert "at the end, such as ext. 12" in str(form()["phone_number"].help_text)


@pytest.mark.parametrize(
    ("typed", "region", "stored"),
    [
        *[(f"030 901820 {word} 12", "DE", "+4930901820;ext=12") for word in ("App.", "Durchwahl")],
        ("+33 1 42 68 53 00 poste 7", "", "+33142685300;ext=7"),
        ("030 901820 #12", "DE", "+4930901820;ext=12"),
        ("030 901820,12", "DE", "+4930901820;ext=12"),
        ("030/901820", "DE", "+4930901820"),
        ("(030) 90 18 20", "DE", "+4930901820"),
        ("0511 123456 78", "DE", "+4951112345678"),
        # Where the chosen country dials abroad in another way
        ("001 212 555 0123", "US", "+12125550123"),
        ("0049 30 901820", "US", "+4930901820"),
        ("0044 20 7946 0018", "JP", "+442079460018"),
        ("011 49 30 901820", "US", "+4930901820"),
        ("0049 30 901820", "", "+4930901820"),
        # Numbers that are dialed by letters
        ("1-800-FLOWERS", "US", "+18003569377"),
        ("+1 800 flowers", "DE", "+18003569377"),
        ("0800 REVERSE", "GB", "+448007383773"),
        # What a paste brings along
        ("\u202d+49 30 901820\u202c", "", "+4930901820"),
    ],
)
def test_a_number_is_read_as_it_is_dialed(typed, region, stored):
    checked = form(phone_number=typed, region=region)
    checked.is_valid()
    assert checked.cleaned_data["phone_number"] == stored, checked.errors


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("+49 30 901820 / 901821", "one phone number"),
        ("+49 30 901820 / 21", "one phone number"),
        ("030 901820/030 901821", "one phone number"),
        ("030 901820, 030 901821", "one phone number"),
        ("030 901820 or 030 901821", "one phone number"),
        ("030 901820 oder 901821", "one phone number"),
        ("+49 30 901820 +49 30 901821", "one phone number"),
        ("030 9018200 030 9018210", "one phone number"),
        ("030 901820\n030 901821", "one phone number"),
        ("030 901820 901821", "one phone number"),
        ("+49 30 901820\t901821", "one phone number"),
        ("030 901820 & 901821", "one phone number"),
        ("030 901820 Smith", "Leave out words"),
        ("Ann 030 901820", "Leave out words"),
        ("030 901820 (Zentrale)", "Leave out words"),
        ("030 901820 Müller", "Leave out words"),
    ],
)
def test_two_numbers_or_words_beside_one_are_refused_in_words(typed, words):
    (message,) = errors(phone_number=typed, region="DE")["phone_number"]
    assert words in message
    assert "ext. 12" in message


@pytest.mark.parametrize("typed", ["12", "abc", "+999 12345", "+46", "0" * 40, "08-123", "+", "-"])
def test_a_number_that_nobody_can_dial_is_refused(typed):
    (message,) = errors(phone_number=typed)["phone_number"]
    assert "country code" in message
    assert "leave it empty" in message


def test_a_number_of_another_country_is_not_taken_for_one_of_this():
    assert "phone_number" in errors(phone_number="(212) 555-2368", region="SE")


def test_without_a_region_a_national_number_waits_for_it():
    assert list(errors(phone_number="08-123 456 78", region="")) == ["region"]


def test_without_a_region_an_international_number_is_checked_at_once():
    assert sorted(errors(phone_number="+46 12", region="")) == ["phone_number", "region"]
    checked = form(phone_number="+46 8 123 456 78", region="")
    assert not checked.is_valid()
    assert checked.cleaned_data["phone_number"] == "+46812345678"


# The choices


@pytest.mark.parametrize("employees", ["1-50", "51-200", "201-1000", "1001+"])
def test_each_range_of_employees_is_accepted(employees):
    assert cleaned("employees", employees=employees) == employees


@pytest.mark.parametrize("employees", ["0", "50", "1–50", "201–1,000", "1-50,51-200"])
def test_another_number_of_employees_is_refused(employees):
    assert list(errors(employees=employees)) == ["employees"]


def test_the_ranges_join_without_a_gap():
    assert [(choice.value, choice.at_least) for choice in Employees] == [
        ("1-50", 1),
        ("51-200", 51),
        ("201-1000", 201),
        ("1001+", 1001),
    ]


def test_a_form_only_shown_repeats_what_was_typed_and_complains_of_nothing():
    shown = ContactForm(initial={"domain": "no domain"}, partner=Partner())
    assert shown["domain"].value() == "no domain"
    assert shown.errors == {}


def test_the_browser_does_not_autofill_the_partners_own_details():
    assert all("autocomplete" not in str(field) for field in form())


def test_a_pasted_address_is_not_cut_off():
    assert "maxlength" not in str(form()["domain"])
