"""A large workspace in SQL: companies, leads and what they did in 180 days.

Everything follows from the number of a lead, hashed, so that two machines measure the same.
Leads get the numbers 1 to n in the order of their capture; events are written in the order in
which they happened, as a real table would have them.
"""

# ruff: noqa: S608 - texts of our own, put together

DAYS = 180
EVENTS_A_LEAD = 10
"""On average; many leads have none or one, few have fifty."""
LEADS_A_COMPANY = 5

FIRST_NAMES = "Anna,Bernd,Carla,David,Elif,Frank,Greta,Hugo,Ines,Jan,Klara,Luca,Mila,Noah,Olga"
LAST_NAMES = "Adler,Berg,Costa,Dietz,Engel,Fuchs,Graf,Haas,Iversen,Jung,Kern,Lang,Moser,Nagel,Ott"
TITLES = (
    "Head of Marketing,Head of IT,Chief Information Officer,CTO,VP Sales,Marketing Manager,"
    "IT Manager,Product Manager,Growth Lead,Software Engineer,Senior Engineer,Consultant,"
    "Assistant to the CEO,Junior Buyer,Buyer,Student,Working student,Analyst,Office Manager,"
)
COUNTRIES = "DE,DE,DE,AT,CH,FR,NL,GB,US,US,IT,ES,PL,IN,BR,"
INDUSTRIES = (
    "software,logistics,manufacturing,retail,financial services,"
    "professional services,health care,education,construction,"
)
TIMELINES = ",,,,immediate,3_to_6_months,researching"
SOURCES = "google,linkedin,newsletter,partner,trade-fair,organic"
KINDS = (
    ("page_view", 55),
    ("email_open", 15),
    ("email_click", 6),
    ("ad_click", 8),
    ("form", 4),
    ("download", 4),
    ("webinar", 2),
    ("chat", 2),
    ("email_reply", 2),
    ("demo_request", 1),
    ("meeting", 1),
)
PATHS = (
    ("'/'", 20),
    ("'/blog/post-' || floor(900 * {u})::int", 25),
    ("'/product/' || floor(20 * {u})::int", 14),
    ("'/docs/page-' || floor(300 * {u})::int", 12),
    ("'/customers/story-' || floor(40 * {u})::int", 8),
    ("'/pricing'", 8),
    ("'/product/integrations/' || floor(60 * {u})::int", 5),
    ("'/careers'", 4),
    ("'/compare'", 2),
    ("'/security'", 2),
)
SITE = "https://www.northwind.example"


def u(number: str, salt: int) -> str:
    """A number from 0 up to 1 that follows from another one."""
    return f"((hashint8extended({number}, {salt}) & 1048575) / 1048576.0::float8)"


def one_of(choices: str, number: str, salt: int) -> str:
    array = f"string_to_array('{choices}', ',')"
    return f"({array})[1 + floor({len(choices.split(','))} * {u(number, salt)})::int]"


def weighted(choices: tuple[tuple[str, int], ...], drawn: str) -> str:
    """CASE over a column `drawn` from 0 up to 1; the choices are SQL."""
    total, upto, whens = sum(weight for _, weight in choices), 0, []
    for sql, weight in choices:
        upto += weight
        whens.append(f"WHEN {drawn} < {upto / total:.6f}::float8 THEN {sql}")
    return f"CASE {' '.join(whens)} ELSE {choices[0][0]} END"


COMPANIES = f"""
INSERT INTO leadqual_company (id, workspace_id, name, domain, external_id, industry, country,
    region, employees, attributes, created_at)
SELECT n, %(workspace)s, 'Company ' || n, 'c' || n || '.example', '',
    {one_of(INDUSTRIES, "n", 1)}, {one_of(COUNTRIES, "n", 2)}, '',
    CASE WHEN {u("n", 3)} < 0.9 THEN round(exp(1.1 + 8 * {u("n", 4)}))::int END,
    CASE WHEN {u("n", 5)} < 0.4
        THEN jsonb_build_object('crm', {one_of("hubspot,salesforce,pipedrive,none", "n", 6)})
        ELSE '{{}}' END,
    %(at)s::timestamptz - interval '{DAYS} days'
FROM generate_series(1, greatest(1, %(leads)s::bigint / {LEADS_A_COMPANY})) n
"""

_ORIGIN = f"(SELECT s.id FROM leadqual_source s WHERE s.code = {one_of(SOURCES, 'n', 26)})"
LEADS = f"""
INSERT INTO leadqual_lead (id, workspace_id, company_id, email, email_normalised, external_id,
    first_name, last_name, phone, job_title, country, timeline, challenge, attributes, stage,
    stage_since, cycle, first_source_id, first_touch_at, first_touch, last_source_id,
    last_touch_at, last_touch, captured_at, imported)
SELECT n, %(workspace)s, company, email, email, 'n' || n,
    {one_of(FIRST_NAMES, "n", 20)}, {one_of(LAST_NAMES, "n", 21)},
    CASE WHEN {u("n", 22)} < 0.3 THEN '+49 30 ' || n ELSE '' END,
    {one_of(TITLES, "n", 23)}, {one_of(COUNTRIES, "n", 24)}, {one_of(TIMELINES, "n", 25)}, '',
    CASE WHEN {u("n", 27)} < 0.3
        THEN jsonb_build_object('team_size', floor(60 * {u("n", 28)})) ELSE '{{}}' END
    || CASE WHEN {u("n", 29)} < 0.2
        THEN jsonb_build_object('budget', 'yes') ELSE '{{}}' END,
    'new', captured_at, 0, source_id, captured_at, touch, source_id, captured_at, touch,
    captured_at, false
FROM (
    SELECT n, company, source_id, captured_at,
        jsonb_build_object('utm_source', {one_of(SOURCES, "n", 26)}) AS touch,
        'p' || n || CASE WHEN {u("n", 30)} < 0.12 THEN '@gmail.com'
            ELSE '@c' || company || '.example' END AS email
    FROM (
        SELECT n, {_ORIGIN} AS source_id,
            1 + floor(pow({u("n", 31)}, 1.5)
                * greatest(1, %(leads)s::bigint / {LEADS_A_COMPANY}))::bigint AS company,
            %(at)s::timestamptz - interval '{DAYS} days' * (1 - n / %(leads)s::float8)
                AS captured_at
        FROM generate_series(1, %(leads)s::bigint) n
    ) drawn
) named
"""

_NUMBER = "(lead_id * 64 + n)"
_UTM = f"""
    CASE WHEN kind = 'ad_click' THEN jsonb_build_object(
            'utm_source', {one_of("google,linkedin", _NUMBER, 45)},
            'utm_medium', {one_of("remarketing,cpc,cpc", _NUMBER, 46)},
            'utm_campaign', {one_of("spring,summer,launch", _NUMBER, 47)})
        WHEN kind = 'form' THEN jsonb_build_object(
            'form', {one_of("contact,newsletter,newsletter", _NUMBER, 48)})
        WHEN {u(_NUMBER, 49)} < 0.25 THEN jsonb_build_object(
            'utm_source', {one_of(SOURCES, _NUMBER, 50)})
        ELSE '{{}}' END"""
_HAS_PAGE = "kind IN ('page_view', 'form', 'download', 'ad_click', 'chat', 'demo_request')"
EVENTS = f"""
INSERT INTO leadqual_event (workspace_id, lead_id, kind, source_id, occurred_at, received_at,
    signals, external_id, url, properties)
SELECT %(workspace)s, e.lead_id, e.kind,
    (SELECT s.id FROM leadqual_source s WHERE s.code = e.properties ->> 'utm_source'),
    e.occurred_at, e.occurred_at, {{signals}}, 'e' || e.lead_id || '-' || e.n, e.url, e.properties
FROM (
    SELECT lead_id, n, kind, occurred_at, {_UTM} AS properties,
        CASE WHEN {_HAS_PAGE} THEN '{SITE}' || {weighted(PATHS, u(_NUMBER, 43)).replace("{u}", u(_NUMBER, 44))}
            ELSE '' END AS url
    FROM (
        SELECT l.id AS lead_id, n,
            {weighted(tuple((f"'{kind}'", weight) for kind, weight in KINDS), u("(l.id * 64 + n)", 41))} AS kind,
            l.captured_at + (%(at)s::timestamptz - l.captured_at)
                * pow({u("(l.id * 64 + n)", 42)}, 1.5) AS occurred_at
        FROM leadqual_lead l,
            generate_series(1, least(60, floor(-ln(1 - {u("l.id", 40)})
                * {EVENTS_A_LEAD + 0.5})::int)) n
        WHERE l.workspace_id = %(workspace)s
    ) happened
) e
ORDER BY e.occurred_at
"""  # noqa: E501 - SQL reads better whole

CHANGED_MINDS = f"""
INSERT INTO leadqual_attributechange (workspace_id, lead_id, field, value, at)
SELECT l.workspace_id, l.id, 'timeline', to_jsonb(l.timeline), l.captured_at + interval '9 days'
FROM leadqual_lead l
WHERE l.timeline <> '' AND l.captured_at < %(at)s::timestamptz - interval '9 days'
    AND {u("l.id", 60)} < 0.3
"""
"""Some leads said when they buy only later: what was known at capture is taken back below."""
KNOWN_LATER = """
DELETE FROM leadqual_attributechange a USING leadqual_attributechange b
WHERE a.lead_id = b.lead_id AND a.field = 'timeline' AND b.field = 'timeline' AND a.at < b.at
"""
