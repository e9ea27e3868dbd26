"""The demo's leads of half a year, in the order of the table."""

from dataclasses import dataclass

PARTNER = "partner@example.com"
TEAMMATE = "teammate@example.com"
FORMER = "former@example.com"
STRANGER = "stranger@example.com"
SUSPENDED = "suspended@example.com"

Lines = tuple[tuple[str, str, int | None, str], ...]

BUSINESS = ("livechat", "business")
TEAM = ("livechat", "team")
HELPDESK = ("helpdesk", "team")


# The partner's owner withdraws once, and finance pays it two days later. Another owner's withdrawal
# is exported, and finance wants it out of that batch again.
BILLING_DAYS_AGO = 60
WITHDRAWN_DAYS_AGO = 50
PAID_DAYS_AGO = 48
STRANGER_WITHDRAWN_DAYS_AGO = 3
EXPORTED_DAYS_AGO = 2
RELEASE_REQUESTED_DAYS_AGO = 1
# A third partner has sent a lead and was then suspended.
SUSPENDED_DAYS_AGO = 4
SUSPENSION_REASON = "Two customers say they never spoke to this partner. Under review until Friday."
RELEASE_REASON = "They asked us to wait until their new PayPal account is confirmed."
BILLING = {
    "type": "business",
    "company": "Brightside Consulting Ltd",
    "vat": "IE1234567T",
    "address": "12 Harbour Street",
    "city": "Galway",
    "zip_code": "H91 X2Y3",
    "state": "",
    "country": "IE",
    "paypal": "accounts@brightside.example",
}
STRANGER_BILLING = {
    "type": "business",
    "company": "Harbour Digital ApS",
    "vat": "DK12345678",
    "address": "Havnegade 44",
    "city": "Aarhus",
    "zip_code": "8000",
    "state": "",
    "country": "DK",
    "paypal": "invoices@harbour-digital.example",
}


# What awaits a second person: a win at an agreed price, and an adjustment.
LARGE_WIN = "Okafor Insurance"
LARGE_WIN_DAYS_AGO = 1.5
LARGE_WIN_ANNUAL = "54000.00"  # agreed for the first line
LARGE_WIN_MESSAGE = "They signed for two years. Thank you for the introduction."
LARGE_WIN_NOTE = "The price of the Enterprise plan is in the contract, section 4."
ADJUSTMENT_DAYS_AGO = 0.5
ADJUSTMENT = ("1500.00", "Bonus for the first ten won leads of the year", "ADJ-7KQ2M9XA")


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision after `after` hours: new status, message, reason and final lines.

    The customer of a win signed `signed_before` days earlier.
    """

    after: int
    to: str
    message: str
    reason: str = ""
    lines: Lines = ()
    note: str = ""
    signed_before: int = 0


@dataclass(frozen=True, slots=True)
class Amended:
    """What finance do about a credit `after` so many hours, and why.

    With `lines` it is corrected to these, without them reversed; `undone` is then what the lead
    becomes unless it stays won.
    """

    after: int
    reason: str
    lines: Lines = ()
    undone: Decided | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """One lead: when it was submitted (days ago), by whom, the deal, and its decisions."""

    days_ago: float
    author: str
    company: str
    domain: str
    first_name: str
    last_name: str
    job_title: str
    region: str
    employees: str
    lines: Lines
    commission_type: str
    decided: tuple[Decided, ...] = ()
    description: str = ""
    amended: tuple[Amended, ...] = ()


def line(product: str, plan: str, agents: int | None, cycle: str = "annual") -> Lines:
    """Return a deal of one line."""
    return ((product, plan, agents, cycle),)


def approved(after: int, message: str = "Good fit. We are calling them this week.") -> Decided:
    """Return an approval after `after` hours."""
    return Decided(after, "approved", message)


BUNDLE = (*line(*BUSINESS, 5), *line(*HELPDESK, 5))

STORIES = (
    Story(
        171, PARTNER, "Lindqvist Outdoor", "lindqvist-outdoor.example", "Maja", "Lindqvist",
        "Head of e-commerce", "SE", "51-200", line(*BUSINESS, 12), "rev_share",
        (
            approved(20),
            Decided(
                26 * 24, "won", "They signed for a year, with two agents more than planned.",
                lines=line(*BUSINESS, 14), signed_before=3,
            ),
        ),
        "Their season starts in May. They want live chat before that.",
    ),
    Story(
        158, TEAMMATE, "Praxis am Markt", "praxis-am-markt.example", "Jonas", "Weber",
        "Practice manager", "DE", "1-50", line(*TEAM, 2), "flat_fee",
        (
            Decided(
                30, "rejected",
                "Two agents are below what our sales team can look after. They are welcome to "
                "start a trial on the website, and you can create a license for them.",
                "below_criteria",
            ),
        ),
    ),
    Story(
        149, PARTNER, "Ferreira & Filhos", "ferreira-filhos.example", "Inês", "Ferreira",
        "Director", "PT", "51-200", line(*BUSINESS, 5), "flat_fee",
        (
            approved(44),
            Decided(31 * 24, "won", "Signed today. Thank you for the introduction.",
                    lines=line(*BUSINESS, 5)),
        ),
        amended=(Amended(122 * 24, "They canceled within the trial and never paid an invoice."),),
    ),
    Story(
        133, PARTNER, "Kowalski Logistics", "kowalski-logistics.example", "Piotr", "Kowalski",
        "COO", "PL", "201-1000", (*line(*TEAM, 20), *line("chatbot", "team", None)), "rev_share",
        (
            approved(15),
            Decided(
                40 * 24, "lost", "They chose a competitor whose contract they could extend.",
                "chose_competitor", note="Ask again in a year, when the contract ends.",
            ),
        ),
    ),
    Story(
        120, TEAMMATE, "Tanaka Cycles", "tanaka-cycles.example", "Haruka", "Tanaka",
        "Customer care lead", "JP", "51-200", BUNDLE, "rev_share",
        (
            approved(12),
            Decided(22 * 24, "won", "Signed for both products.", lines=BUNDLE),
        ),
    ),
    Story(
        112, STRANGER, "Bruun Interiors", "bruun-interiors.example", "Freja", "Bruun",
        "Owner", "DK", "1-50", line(*BUSINESS, 6), "rev_share",
        (approved(20), Decided(35 * 24, "lost", "The budget was cut this year.", "no_budget")),
    ),
    Story(
        108, STRANGER, "Kjeldsen Marine", "kjeldsen-marine.example", "Mette", "Kjeldsen",
        "Head of service", "DK", "51-200", line(*BUSINESS, 15), "rev_share",
        (approved(22), Decided(30 * 24, "won", "They signed for a year.",
                               lines=line(*BUSINESS, 15))),
    ),
    Story(
        101, PARTNER, "Okafor Insurance", "okafor-insurance.example", "Chidi", "Okafor",
        "Head of service", "NG", "201-1000",
        (*line("livechat", "enterprise", 60), *line("helpdesk", "business", 25)), "rev_share",
        (approved(26, "A large one. Our enterprise team is taking it over."),),
        "They need single sign-on and a review by their legal team.",
    ),
    Story(
        93, PARTNER, "Marchetti Moda", "marchetti-moda.example", "Giulia", "Marchetti",
        "Marketing manager", "IT", "51-200", line(*BUSINESS, 8, "monthly"), "rev_share",
        (approved(9), Decided(28 * 24, "won", "They pay by the month, as you expected.",
                              lines=line(*BUSINESS, 8, "monthly"))),
        amended=(
            Amended(54 * 24, "They signed for seven agents, not eight.",
                    lines=line(*BUSINESS, 7, "monthly")),
        ),
    ),
    Story(
        80, TEAMMATE, "Nordwind Retail", "nordwind.example", "Anna", "Berg",
        "Head of support", "NO", "201-1000", BUNDLE, "rev_share",
        (approved(16), Decided(19 * 24, "won", "Signed, and already live.", lines=BUNDLE,
                              signed_before=2)),
    ),
    Story(
        74, STRANGER, "Nordwind Retail", "shop.nordwind.example", "Anna", "Berg",
        "Head of support", "NO", "201-1000", line(*BUSINESS, 10), "flat_fee",
        (Decided(20, "rejected", "Another partner has sent us this company before.", "duplicate"),),
    ),
    Story(
        66, PARTNER, "Dubois Assurances", "dubois-assurances.example", "Camille", "Dubois",
        "Digital director", "FR", "1001+", line("livechat", "enterprise", 150), "flat_fee",
        (approved(30), Decided(34 * 24, "won", "Signed at an agreed price.",
                               lines=line(*BUSINESS, 150))),
    ),
    Story(
        52, TEAMMATE, "Van Dijk Bouw", "vandijk-bouw.example", "Sanne", "van Dijk",
        "Office manager", "NL", "51-200", line(*TEAM, 6), "flat_fee",
        (Decided(41, "rejected", "They have been our customer since spring.",
                 "existing_customer"),),
    ),
    Story(
        45, PARTNER, "Castillo Travel", "castillo-travel.example", "Lucía", "Castillo",
        "Operations manager", "ES", "51-200",
        (*line(*BUSINESS, 9), *line("knowledgebase", "standard", None)), "rev_share",
        (approved(18), Decided(25 * 24, "lost", "We called five times and wrote; nobody answered.",
                               "unreachable")),
    ),
    Story(
        38, PARTNER, "Alpine Gear", "alpine-gear.example", "Lukas", "Huber",
        "Managing director", "AT", "51-200", line(*BUSINESS, 25), "rev_share",
        (approved(14), Decided(17 * 24, "won", "Twenty-five agents for a year. Congratulations!",
                               lines=line(*BUSINESS, 25))),
    ),
    Story(
        24, TEAMMATE, "Harper & Wells", "harperwells.example", "Grace", "Harper",
        "Partner", "GB", "51-200", (*line(*BUSINESS, 7), *line("chatbot", "starter", None)),
        "rev_share",
        (
            approved(21),
            Decided(9 * 24, "won", "Signed, thank you!",
                    lines=(*line(*BUSINESS, 7), *line("chatbot", "starter", None))),
        ),
        amended=(
            Amended(
                10 * 24, "The contract is not signed yet.",
                undone=Decided(
                    0, "approved", "We were too early: their legal team still reads the contract.",
                ),
            ),
        ),
    ),
    Story(
        17, PARTNER, "Silva Clínicas", "silva-clinicas.example", "Rafael", "Silva",
        "IT manager", "BR", "201-1000", line(*TEAM, 30), "rev_share",
        (approved(30, "They asked for a demo on Thursday."),),
    ),
    Story(
        11, STRANGER, "Moreau Vins", "moreau-vins.example", "Élise", "Moreau",
        "Export manager", "FR", "1-50", line(*BUSINESS, 5), "flat_fee", (approved(10),),
    ),
    Story(
        7, SUSPENDED, "Talweg Hotels", "talweg-hotels.example", "Carla", "Fuchs",
        "Guest relations", "AT", "51-200", line(*BUSINESS, 6), "rev_share",
    ),
    Story(
        6, PARTNER, "Cobalt Fitness", "cobalt-fitness.example", "Owen", "Price",
        "Head of membership", "US", "51-200", line(*BUSINESS, 10), "rev_share",
        description="They asked about an integration with their booking system.",
    ),
    Story(
        2.2, TEAMMATE, "Maple & Pine", "maplepine.example", "Sophie", "Tremblay",
        "Customer success lead", "CA", "51-200", BUNDLE, "rev_share",
    ),
    Story(
        1.4, STRANGER, "Fjord Ferries", "fjordferries.example", "Ingrid", "Solberg",
        "Head of service", "NO", "201-1000", line(*BUSINESS, 40), "rev_share",
    ),
    Story(
        0.9, PARTNER, "Studio Nove", "studionove.example", "Marco", "Greco",
        "Founder", "IT", "1-50", line("livechat", "starter", 3), "flat_fee",
        description="Small, but growing fast: they plan to hire ten people for support.",
    ),
    Story(
        0.2, PARTNER, "Nordwind Wholesale", "nordwind.example", "Lars", "Berg",
        "Purchasing", "NO", "201-1000", line(*HELPDESK, 15), "rev_share",
    ),
)  # fmt: skip
