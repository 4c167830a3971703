"""The two demo workspaces: who works there, what they sell, and the truths planted in them."""

from dataclasses import dataclass, field

from accounts.models import Role
from leadqual.custom_fields import Kind, Of
from leadqual.models import Source

PASSWORD = "leadqual-demo"  # noqa: S105 - said aloud by `make run`, for loopback only


@dataclass(frozen=True)
class Person:
    """`hours_to_decide` is the median of a rep's answer, in business hours."""

    email: str
    name: str
    role: Role
    hours_to_decide: float = 0
    gives: str = ""  # what a visitor can do as this person
    forgets: float = 0.04  # of the accepted leads, of 1, that are never called


@dataclass(frozen=True)
class Channel:
    """`share` of the leads; `keenness` multiplies how active they are, `closing` how often won."""

    name: str
    share: float
    keenness: float
    closing: float
    campaigns: tuple[str, ...] = ()
    medium: str = ""
    direction: Source.Direction = Source.Direction.INBOUND


@dataclass(frozen=True)
class OwnField:
    """A fact of the workspace's own with its type, as the form of a lead asks for it."""

    key: str
    label: str
    kind: Kind
    of: Of = Of.LEAD
    choices: tuple[str, ...] = ()
    help_text: str = ""


@dataclass(frozen=True)
class World:
    slug: str
    name: str
    timezone: str
    country: str
    currency: str
    leads: int
    seed: int
    site: str
    people: tuple[Person, ...]
    channels: tuple[Channel, ...]
    industries: dict[str, float]
    always_rejected: str  # the industry that sales never takes
    typical_amount: float
    late_rep: str
    own_fields: tuple[OwnField, ...]
    countries: dict[str, float] = field(default_factory=dict)


OPERATOR = Person(
    "otto@leadqual.demo",
    "Otto Brandt",
    Role.OPERATOR,
    gives="agency operator, in both workspaces",
)

NORTHWIND = World(
    slug="northwind",
    name="Northwind Software",
    timezone="Europe/Berlin",
    country="DE",
    currency="EUR",
    leads=4200,
    seed=20260301,
    site="https://northwind.example",
    people=(
        Person(
            "ana@leadqual.demo",
            "Ana Marques",
            Role.MARKETING_MANAGER,
            gives="admin: ICP, rules, thresholds; the agreement",
        ),
        Person(
            "ben@leadqual.demo", "Ben Okoye", Role.REP, 0.8, gives="the queue: accept and reject"
        ),
        Person("nia@leadqual.demo", "Nia Berg", Role.REP, 1.1),
        Person("tom@leadqual.demo", "Tom Feld", Role.REP, 3.6, forgets=0.2),
        Person("pia@leadqual.demo", "Pia Ross", Role.REP, 0.6),
        Person(
            "mara@leadqual.demo",
            "Mara Lindt",
            Role.SALES_MANAGER,
            gives="everybody's offers, missed promises; has Agreement 3 to sign",
        ),
        Person("lena@leadqual.demo", "Lena Vogt", Role.LEADERSHIP, gives="the funnel, compliance"),
        Person(
            "olga@leadqual.demo",
            "Olga Root",
            Role.ADMINISTRATOR,
            gives="members, tokens, everything",
        ),
        OPERATOR,
    ),
    channels=(
        Channel("Google Ads", 0.24, 1.0, 1.0, ("search-brand", "search-generic"), "cpc"),
        Channel("LinkedIn", 0.18, 1.1, 1.2, ("spring-demo", "it-leaders"), "paid_social"),
        Channel("Organic search", 0.22, 1.0, 1.3, (), "organic"),
        Channel("Webinar partners", 0.14, 1.6, 0.0, ("joint-webinar",), "partner"),
        Channel("Referral", 0.08, 1.1, 2.0, (), "referral"),
        # Bought addresses: we wrote first.
        Channel("E-mail", 0.14, 0.8, 0.7, ("newsletter",), "email", Source.Direction.OUTBOUND),
    ),
    industries={
        "software": 0.3,
        "manufacturing": 0.22,
        "logistics": 0.14,
        "finance": 0.14,
        "hospitality": 0.12,
        "public sector": 0.08,
    },
    always_rejected="hospitality",
    typical_amount=18_000,
    late_rep="tom@leadqual.demo",
    own_fields=(
        OwnField(
            "budget",
            "Budget in EUR",
            Kind.NUMBER,
            help_text="For the first year, as they said it.",
        ),
        OwnField(
            "present_system",
            "Present system",
            Kind.CHOICE,
            Of.COMPANY,
            choices=("Spreadsheets", "Another vendor’s", "Self-built", "None"),
        ),
    ),
    countries={"DE": 0.6, "AT": 0.12, "CH": 0.12, "NL": 0.1, "US": 0.06},
)

HARBOUR = World(
    slug="harbour",
    name="Harbour Legal",
    timezone="Europe/London",
    country="GB",
    currency="GBP",
    leads=1800,
    seed=20260302,
    site="https://harbour.example",
    people=(
        Person("cleo@leadqual.demo", "Cleo Stern", Role.MARKETING_MANAGER),
        Person("rui@leadqual.demo", "Rui Costa", Role.REP, 0.9),
        Person("ida@leadqual.demo", "Ida Holm", Role.REP, 3.4, forgets=0.2),
        Person("sam@leadqual.demo", "Sam Price", Role.SALES_MANAGER),
        OPERATOR,
    ),
    channels=(
        Channel("Google Ads", 0.4, 1.0, 1.0, ("solicitors-near-me", "contract-review"), "cpc"),
        Channel("Directory listing", 0.2, 1.5, 0.0, ("directory-gold",), "partner"),
        Channel("Organic search", 0.25, 1.0, 1.3, (), "organic"),
        Channel("Referral", 0.15, 1.1, 1.8, (), "referral"),
    ),
    industries={
        "software": 0.25,
        "finance": 0.25,
        "manufacturing": 0.2,
        "retail": 0.2,
        "logistics": 0.1,
    },
    always_rejected="retail",
    typical_amount=7_500,
    late_rep="ida@leadqual.demo",
    own_fields=(
        OwnField(
            "budget",
            "Budget in GBP",
            Kind.NUMBER,
            help_text="For the first year, as they said it.",
        ),
        OwnField(
            "in_house_counsel",
            "In-house counsel",
            Kind.BOOL,
            Of.COMPANY,
            help_text="Do they employ a lawyer of their own?",
        ),
    ),
    countries={"GB": 0.85, "IE": 0.1, "US": 0.05},
)

WORLDS = (NORTHWIND, HARBOUR)

FIRST_NAMES = tuple(
    """
    Hanna Jonas Mia Paul Emma Leon Sofia Felix Clara Max Nora Emil Ida Oskar Lotte Anton Greta
    Theo Lina Erik Marta Hugo Alma Karl Frida Nils Elsa Otis Rosa Ivo Thea Arlo Vera Milan
    Edda Joel Maja Finn Runa Ben Luca Zoe Amir Yara Noah Sara David Leila Adam Ines
    """.split()  # noqa: SIM905 - a list of fifty names reads best as text
)
LAST_NAMES = tuple(
    """
    Weiss Berger Krause Lorenz Sommer Winkler Haas Graf Brandl Keller Vogel Pohl Engel Busch
    Seidel Arnold Jansen Otto Simon Ludwig Albrecht Novak Kovacs Larsen Lund Moreau Dupont
    Rossi Bianchi Silva Santos Ortega Vidal Novotny Horvat Petrov Demir Yilmaz Khan Patel
    Singh Chen Ito Murphy Walsh Evans Hughes Ward Cole Reed
    """.split()  # noqa: SIM905 - a list of fifty names reads best as text
)
COMPANY_WORDS = tuple(
    """
    Alder Birch Cedar Delta Ember Falcon Garnet Harbor Indigo Juniper Kestrel Linden Maple
    Nova Onyx Pine Quartz Raven Sable Tundra Umber Vertex Willow Zenith Arrow Beacon Cobalt
    Drift
    """.split()  # noqa: SIM905 - a list of fifty names reads best as text
)
COMPANY_ENDINGS = tuple(
    """
    Works Systems Group Labs Freight Logistics Foods Tools Media Energy
    """.split()  # noqa: SIM905 - a list of fifty names reads best as text
)
SENIOR_TITLES = ("Head of IT", "CTO", "CEO", "Head of Operations", "CFO", "Head of Sales", "COO")
OTHER_TITLES = (
    "IT Manager", "Project Manager", "Consultant", "Operations Specialist", "Buyer", "Analyst",
    "Assistant", "Team Lead",
)  # fmt: skip
CHALLENGES = (
    "Too many tools", "Slow reporting", "Manual data entry", "Missing integrations",
    "Growing support load",
)  # fmt: skip
FREE_DOMAINS = ("gmail.com", "yahoo.com", "outlook.com", "gmx.de")
COMPANY_NAME_PARTS = (
    COMPANY_WORDS,
    COMPANY_ENDINGS,
    ("GmbH", "AG", "Ltd", "BV", "Partners", "& Co"),
)
