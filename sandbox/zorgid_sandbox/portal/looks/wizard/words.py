# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of this look."""

from __future__ import annotations

BASE = "/zorgid-beheer"
ROLES = {"employee": "Zorgmedewerker", "operator": "Lokaal beheerder", "administrator": "Hoofdbeheerder"}
ROLE_HINTS = {
    "employee": "Logt met de telefoon in bij het zorgsysteem.",
    "operator": "Meldt ook medewerkers aan en af.",
    "administrator": "Wijst ook beheerders aan.",
}
PHONES = {
    "none": "Nog geen telefoon",
    "invited": "Uitnodiging verstuurd",
    "active": "In gebruik",
    "blocked": "Gedeactiveerd",
    "revoked": "Telefoon ingetrokken",
}
WAYS = {"wid": "Ik heb het identiteitsbewijs gezien (WID-controle)", "self": "Medewerker doet dit zelf in de app"}
WAYS_SHORT = {"wid": "WID-controle", "self": "Zelfregistratie", "": "Niet bekend"}
DOCUMENTS = {"passport": "Paspoort", "identity_card": "Identiteitskaart", "driving_licence": "Rijbewijs"}
#: field → label; with * in the page where it is required
FIELDS = {
    "externalId": "Medewerkernummer",
    "givenName": "Voornaam",
    "familyName": "Achternaam (met voorvoegsel)",
    "dateOfBirth": "Geboren op",
    "email": "Werkmail",
    "uziNumber": "UZI-nummer",
    "roleCode": "Rolcode",
    "agbCode": "AGB-code",
    "way": "Hoe is de identiteit vastgesteld?",
    "documentType": "Identiteitsbewijs",
    "documentExpires": "Geldig tot en met",
    "checkedAt": "Gezien op",
    "role": "Bevoegdheid",
}
REQUIRED = frozenset({"givenName", "familyName", "dateOfBirth", "way", "role"})
#: word in the address → (action of the desk, in the menu, what it does, button, message afterwards)
ACTIONS = {
    "deactiveren": (
        "block",
        "Deactiveren",
        "De telefoon kan niet meer worden gebruikt, bij geen enkele organisatie. U kunt dit later ongedaan maken.",
        "Ja, deactiveren",
        "De telefoon is gedeactiveerd.",
    ),
    "activeren": (
        "unblock",
        "Weer activeren",
        "De telefoon kan weer worden gebruikt, bij alle organisaties.",
        "Ja, weer activeren",
        "De telefoon is weer te gebruiken.",
    ),
    "intrekken": (
        "revoke",
        "Telefoon intrekken",
        "De identiteit op deze telefoon vervalt voorgoed, bij alle organisaties. Daarna is een nieuwe uitnodiging"
        " nodig.",
        "Ja, telefoon intrekken",
        "De telefoon is ingetrokken.",
    ),
    "uitnodigen": (
        "invite",
        "Nieuwe uitnodiging sturen",
        "De medewerker kan zich daarna met een telefoon opnieuw aanmelden in de app.",
        "Ja, uitnodiging sturen",
        "De uitnodiging is verstuurd.",
    ),
    "beeindigen": (
        "unlink",
        "Koppeling beëindigen",
        "De medewerker hoort dan niet meer bij uw organisatie. De identiteit zelf blijft bestaan, want die is van de"
        " medewerker.",
        "Ja, koppeling beëindigen",
        "De koppeling is beëindigd.",
    ),
}
#: code of a refusal or of a wrong field → sentence
ERRORS = {
    "missing": "Vul dit in.",
    "choose": "Maak een keuze.",
    "day": "Vul een bestaande datum in, bijvoorbeeld 9 3 1975.",
    "future": "Deze datum ligt in de toekomst.",
    "past": "Deze datum is verstreken.",
    "email": "Vul een e-mailadres in, bijvoorbeeld naam@praktijk.nl.",
    "digits": "Gebruik alleen cijfers.",
    "days": "Kies 1 tot en met 365 dagen.",
    "long": "Dit is te lang.",
    "unknown": "Wij kunnen dit niet (meer) vinden.",
    "changed": "Iemand anders heeft dit net gewijzigd. Open de pagina opnieuw.",
    "number_taken": "Dit medewerkernummer is al in gebruik bij uw organisatie.",
    "member": "Deze medewerker is al aangemeld bij uw organisatie.",
    "several": "Er zijn meer mensen met deze naam en geboortedatum. Vul ook het UZI-nummer in.",
    "uzi_taken": "Dit UZI-nummer hoort bij iemand anders.",
    "not_allowed": "Alleen een hoofdbeheerder mag dit.",
    "last": "Uw organisatie moet een hoofdbeheerder houden. Wijs eerst een andere aan.",
    "identify": "Geef aan hoe de identiteit is vastgesteld.",
    "expired": "Het identiteitsbewijs is verlopen.",
    "phone": "Dit kan niet met de telefoon zoals die nu is.",
    "general": "Dit is niet gelukt.",
}
TITLES = {404: "Niet gevonden", 403: "Dat mag niet"}
