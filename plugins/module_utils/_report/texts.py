# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The texts of the board and of the mail to people: Dutch, because care organisations read them."""

from __future__ import annotations

from .._dossier.model import StepName

#: step -> (VZVZ's step, name of the step, its column on the board), in the order of the process
STEPS: dict[StepName, tuple[str, str, str]] = {
    "prepared": ("1", "Voorbereiding", "Voorbereid"),
    "certificate_checked": ("1", "UZI-servercertificaat gecontroleerd", "Certificaat"),
    "application_submitted": ("2", "Aanvraagformulier ingediend", "Aanvraag"),
    "document_signed": ("3", "Organisatiedocument ondertekend", "Ondertekend"),
    "document_sent": ("3", "Organisatiedocument verstuurd", "Verstuurd"),
    "application_confirmed": ("3", "Aanvraag bevestigd door VZVZ", "Bevestigd"),
    "follow_up_submitted": ("4", "Vervolgformulier ingediend", "Vervolgformulier"),
    "activation_qr_received": ("4", "Activatiecode ontvangen", "Activatiecode"),
    "identity_activated": ("5–6", "ZORG-ID geactiveerd en ingelogd op het portaal", "Geactiveerd"),
    "administrators_registered": ("7", "Beheerders aangewezen", "Beheerders"),
    "employees_registered": ("7", "Medewerkers geregistreerd", "Medewerkers"),
    "employees_active": ("7", "Medewerkers kunnen inloggen", "Kunnen inloggen"),
}
STATES = {"done": "klaar", "waiting": "wacht", "failed": "mislukt", "open": "nog te doen"}
STATUSES = {
    "attention": "Aandacht nodig",
    "waiting": "Wacht op iemand",
    "open": "Kan verder",
    "done": "Klaar",
    "withdrawn": "Ingetrokken",
}
#: statements about an organisation as a whole
WITHDRAWN = "Deze zorgaanbieder wil niet meer aansluiten (vastgelegd op {date}). U hoeft niets meer te doen."
CONTINUED = "Gaat verder onder een ander URA-nummer: {ura}."
CONTINUES = "Was eerder aangesloten onder URA-nummer {ura}. Alle stappen moeten opnieuw."
HELD = "Stilgelegd op {date}: er wordt niets verstuurd of ingediend, totdat iemand de aansluiting weer vrijgeeft."
ROLES = {
    "technical_administrator": "Technisch beheerder",
    "portal_administrator": "ZORG-ID Portaal admin",
    "portal_operator": "ZORG-ID Portaal beheerder",
    "employees": "Zorgmedewerkers",
    "representative": "Vertegenwoordiger",
    "provider": "GBZ-beheerder",
    "vzvz": "VZVZ",
}
#: A dossier may contain any text here; only roles are shown, not a name that somebody typed.
OTHER_ROLE = "Iemand anders"
#: roles without a known address: the portal administrator passes the mail on
RELAYED = {"portal_operator": "portal_administrator", "employees": "portal_administrator"}

#: if a run cannot continue until a person has checked something; the run says which of these it is
_LOOK = (
    "In de uitvoer van het playbook staat waarom u moet kijken. Is niet bewezen wie een mail heeft gestuurd? Vraag het"
    " aan VZVZ, met contactgegevens die niet in de mail staan, en laat voortaan de mailserver de afzender controleren"
    " (zorgid_onboarding_authentication). Is iemand anders Portaal admin geworden? Vraag VZVZ om een nieuwe mail. Is"
    " het playbook gestopt voordat het klaar was? Vraag aan VZVZ of het formulier is aangekomen. Leg vast wat u weet."
)

LOGIN_COMMAND = "gbz.zorgid.portal_login"
#: of a step of the portal that waits until its person logs in (driver browser), instead of what ``ASKS`` says
LOGIN = (
    "Spreek met ons af wanneer u inlogt op het ZORG-ID Portaal.",
    "Wij doen het werk dan in uw naam, terwijl u erbij bent: u ziet of hoort eerst wat er wordt gewijzigd, en zonder uw"
    " akkoord wijzigen wij niets. U logt in met een code die wij u op een scherm laten zien. Scan nooit een code uit"
    " een mail of bericht.",
)
#: (step, role) -> (what has to be done, in one sentence; how to do it)
ASKS: dict[tuple[str, str], tuple[str, str]] = {
    ("prepared", "technical_administrator"): (
        "Maak de gegevens van de zorgaanbieder compleet.",
        "Controleer ook of deze versie van de zorgapplicatie geschikt is voor ZORG-ID met de smartphone, en wie welke"
        " rol heeft.",
    ),
    ("certificate_checked", "technical_administrator"): (
        "Installeer het UZI-servercertificaat van de zorgaanbieder met de bijbehorende sleutel.",
        "Zet het in de certificaatopslag van de afgesproken Windows-computer, of geef het bestand door.",
    ),
    ("application_submitted", "technical_administrator"): (
        "Dien het aanvraagformulier voor ZORG-ID Smart in.",
        "De ingevulde gegevens en de link staan in de werkopdracht. Geef daarna het kenmerk van de bevestiging door.",
    ),
    ("application_submitted", "provider"): (
        "Zoek uit of VZVZ de aanvraag heeft en leg dat vast in het dossier.",
        "Er is één van deze dingen aan de hand: het playbook is gestopt terwijl het formulier werd verstuurd, VZVZ"
        " antwoordt op een aanvraag die niet in het dossier staat, of deze zorgaanbieder staat al in het portaal. In de"
        " uitvoer van het playbook staat wat er is gevonden en wat u kunt vastleggen.",
    ),
    ("document_signed", "technical_administrator"): (
        "Onderteken het organisatiedocument.",
        "Gebruik de ZORG-ID Validatietool en de sleutel van het UZI-servercertificaat. Geef door dat het is gebeurd.",
    ),
    ("document_sent", "technical_administrator"): (
        "Mail het ondertekende organisatiedocument aan VZVZ.",
        "Het adres is zorg-id@vzvz.nl. Het bestand staat in de werkmap, onder documents, met het URA-nummer als naam."
        " Geef door wanneer u het hebt verstuurd.",
    ),
    ("document_sent", "provider"): (
        "Wacht tot de andere uitvoering van het playbook klaar is: die verstuurt het organisatiedocument.",
        "Start het playbook daarna opnieuw; in het dossier staat dan of het document is verstuurd.",
    ),
    ("application_confirmed", "vzvz"): (
        "Beoordeel het organisatiedocument en bevestig de aanvraag per e-mail.",
        "Wij hebben nog geen bevestiging ontvangen. Kunt u ons laten weten hoe het met de aanvraag staat, of wat u van"
        " ons nodig hebt?",
    ),
    ("application_confirmed", "provider"): (
        "Bekijk de mail over het organisatiedocument en leg vast wat VZVZ heeft geantwoord.",
        _LOOK,
    ),
    ("follow_up_submitted", "provider"): (
        "Ga na of het vervolgformulier is aangekomen en leg dat vast.",
        _LOOK,
    ),
    ("activation_qr_received", "provider"): (
        "Bekijk de mail met de activatiecode en geef de code aan de ZORG-ID Portaal admin voor wie die bestemd is.",
        _LOOK,
    ),
    ("follow_up_submitted", "vzvz"): (
        "Stuur de link naar het vervolgformulier.",
        "Wij hebben die link nog niet ontvangen. Kunt u die (opnieuw) sturen,"
        " of ons laten weten waarom dat nog niet kan?",
    ),
    ("follow_up_submitted", "technical_administrator"): (
        "Dien het vervolgformulier in.",
        "De ingevulde gegevens en de link staan in de werkopdracht. Geef door wanneer u het hebt ingediend.",
    ),
    ("follow_up_submitted", "portal_administrator"): (
        "Vul het vervolgformulier in.",
        "Gebruik de link die VZVZ heeft gestuurd en vul uw eigen gegevens in. Geef door wanneer u het hebt ingediend.",
    ),
    ("activation_qr_received", "vzvz"): (
        "Stuur de activatiecode (QR) voor de ZORG-ID Portaal admin.",
        "Wij hebben de code nog niet ontvangen. Kunt u die (opnieuw) sturen,"
        " of ons laten weten waarom dat nog niet kan?",
    ),
    ("activation_qr_received", "technical_administrator"): (
        "Geef de activatiecode (QR) van VZVZ aan de ZORG-ID Portaal admin.",
        "VZVZ mailt de code na het vervolgformulier. Geef de code persoonlijk of op papier en mail hem niet door: wie"
        " de code heeft, kan zich als admin aanmelden. Geef door dat het is gebeurd.",
    ),
    ("identity_activated", "portal_administrator"): (
        "Installeer de ZORG-ID app, scan de activatiecode en log in op het ZORG-ID Portaal.",
        "1. Installeer de app ZORG-ID van VZVZ op uw smartphone (App Store of Google Play) en kies een pincode.\n"
        "2. Kies in de app Scan, en dan Scan QR. Scan de activatiecode uit onze brief. De code werkt één keer.\n"
        "3. Open het ZORG-ID Portaal op een ander apparaat en log in door de QR-code op het scherm te scannen.\n"
        "4. Laat ons weten dat het is gelukt.\n"
        "Houd uw geldige identiteitsbewijs bij de hand.",
    ),
    ("administrators_registered", "portal_administrator"): (
        "Wijs in het ZORG-ID Portaal de beheerders aan.",
        "Log in op het portaal met de app. Hebt u van ons een werklijst gekregen? Werk die dan van boven naar beneden"
        " af. Laat ons weten dat het is gebeurd.",
    ),
    ("employees_registered", "portal_operator"): (
        "Registreer de medewerkers in het ZORG-ID Portaal.",
        "Controleer van iedere medewerker het identiteitsbewijs. Hebt u van ons een werklijst gekregen? Werk die dan"
        " van boven naar beneden af. Laat ons weten dat het is gebeurd.",
    ),
    ("employees_active", "employees"): (
        "Activeer ZORG-ID op de eigen smartphone.",
        "Elke medewerker installeert de app ZORG-ID van VZVZ, kiest een pincode en volgt de uitnodiging. Daarvoor"
        " zijn een smartphone met NFC en een geldig identiteitsbewijs nodig.",
    ),
}

#: code -> (severe: a person has to act now, what it means). {date} is the day on which the certificate expires.
WARNINGS: dict[str, tuple[bool, str]] = {
    "certificate_expired": (True, "Het UZI-servercertificaat is verlopen op {date}. Vraag bij het CIBG een nieuw aan."),
    "certificate_expires_soon": (True, "Het UZI-servercertificaat verloopt op {date}. Vraag nu een nieuw aan."),
    "certificate_g1_ends": (
        False,
        "Het UZI-servercertificaat is van de generatie G1; die eindigt op 12-11-2028. Stap op tijd over op G4.",
    ),
    "certificate_file_parts": (
        False,
        "Het bestand met het UZI-servercertificaat bevat ook delen die niet worden gebruikt.",
    ),
    "certificate_name_differs": (False, "In het UZI-servercertificaat staat een andere naam dan in onze gegevens."),
    "revocation_unknown": (False, "Het is niet bekend of het UZI-servercertificaat is ingetrokken."),
}
WARNING_OTHERWISE = "Er is een waarschuwing over het UZI-servercertificaat: {code}."

#: why a mail is not used -> what a person does about it; other problems have MAIL_OTHERWISE
MAIL: dict[str, str] = {
    "not_delivered": "Een mail van ons is niet aangekomen. Verbeter het adres of vraag het aan VZVZ, en stuur de mail"
    " opnieuw.",
    "sender_not_proven": "Het is niet bewezen wie deze mail heeft gestuurd. Vraag aan VZVZ of de mail van hen komt.",
    "link_not_allowed": "In de mail staat een link die niet van VZVZ lijkt te zijn. Controleer de link; meld de mail"
    " als hij niet klopt.",
    "not_fetched": "De mailserver leverde deze mail niet. Open de mail in uw mailprogramma en start het playbook"
    " opnieuw.",
    "reference_of_another": "Het kenmerk in de mail hoort bij een andere zorgaanbieder dan het URA-nummer. Vraag"
    " VZVZ voor wie de mail is.",
    "reference_of_several": "In de mail staat geen URA-nummer, en het kenmerk is van meer dan één zorgaanbieder. Vraag"
    " VZVZ voor wie de mail is.",
    "remote_image": "De activatiecode staat op een webserver. Bewaar de afbeelding in uw mailprogramma en geef die"
    " door.",
    "svg_image": "De activatiecode is een tekening (SVG). Maak er een afbeelding (PNG) van en geef die door.",
    "ura_missing": "In de mail staat geen URA-nummer en geen bekend kenmerk. Zoek uit voor wie de mail is en doe zelf"
    " wat erin staat.",
    "ura_of_nobody": "In de mail staat een URA-nummer dat hier niet bekend is. Ga na of VZVZ zich vergist of dat er een"
    " zorgaanbieder ontbreekt.",
    "several_uras": "In de mail staan verschillende URA-nummers. Zoek uit voor wie de mail is en doe zelf wat erin"
    " staat.",
}
MAIL_OTHERWISE = (
    "De mail wordt niet herkend. Lees de mail in uw mailprogramma, doe zelf wat erin staat en leg dat vast in het"
    " dossier."
)

REQUEST = """Geachte heer, mevrouw,

{opening}

{what}

Zorgaanbieder: {name}
URA-nummer: {ura}
{reference}
Met vriendelijke groet,
"""
OPENINGS = {
    "request": "Voor de aansluiting van {name} op ZORG-ID Smart bent u aan zet.",
    "vzvz": "De aansluiting van {name} op ZORG-ID Smart wacht sinds {since} op VZVZ. Wij vragen u:",
    "reminder": "Dit is een herinnering. De aansluiting van {name} op ZORG-ID Smart wacht sinds {since} op u.",
    "relay": "De aansluiting van {name} op ZORG-ID Smart wacht sinds {since} op: {role}. Wilt u dit doorgeven?",
}
ESCALATION = """Geachte heer, mevrouw,

De aansluiting van {name} op ZORG-ID Smart staat stil. We wachten sinds {since} op: {role}.

Dit is wat er moet gebeuren:
{what}

Kunt u ervoor zorgen dat dit gebeurt?

Zorgaanbieder: {name}
URA-nummer: {ura}
{reference}
Met vriendelijke groet,
"""
#: steps that the representative gets a mail about, as VZVZ's step plan promises
STATUS_MAILS: dict[StepName, str] = {
    "application_submitted": "De aanvraag voor ZORG-ID Smart is bij VZVZ ingediend.",
    "document_sent": "Het ondertekende organisatiedocument is aan VZVZ gestuurd. VZVZ beoordeelt het.",
    "application_confirmed": "VZVZ heeft de aanvraag bevestigd.",
    "identity_activated": "De ZORG-ID van de ZORG-ID Portaal admin is actief. Nu worden de medewerkers geregistreerd.",
    "employees_active": "De aansluiting is klaar: alle medewerkers kunnen inloggen met ZORG-ID Smart.",
}
STATUS = """Geachte heer, mevrouw,

Wij houden u op de hoogte van de aansluiting van {name} op ZORG-ID Smart.

{reached}
{next}
U hoeft op dit bericht niet te antwoorden.

Zorgaanbieder: {name}
URA-nummer: {ura}
{reference}
Met vriendelijke groet,
"""
