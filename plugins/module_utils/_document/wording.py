# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The texts of the checks of a verification, in English and in Dutch. ``{found}`` is what was found, made printable."""

from __future__ import annotations

# check: the text when it passed (English, Dutch)
PASSED = {
    "readable": ("It is XML without a document type declaration.", "Het is XML zonder documenttypedeclaratie."),
    "one_signature": ("It contains exactly one signature.", "Er staat precies één handtekening in."),
    "identifiers": ("Every identifier occurs once.", "Elke identificatie komt één keer voor."),
    "references": (
        "The signature covers the whole document and nothing outside it.",
        "De handtekening dekt het hele document en niets daarbuiten.",
    ),
    "algorithms": ("The algorithms are strong enough.", "De algoritmen zijn sterk genoeg."),
    "key": (
        "The signer's certificate and key can be used.",
        "Certificaat en sleutel van de ondertekenaar zijn bruikbaar.",
    ),
    "signature": ("The content is what was signed.", "De inhoud is gelijk aan wat is ondertekend."),
    "content": ("What is read is what is signed.", "Wat wordt gelezen, is ook wat is ondertekend."),
    "schema": ("The content fits the schema.", "De inhoud voldoet aan het schema."),
    "certificate": (
        "The certificate is trusted and not revoked.",
        "Het certificaat is vertrouwd en niet ingetrokken.",
    ),
    "ura": (
        "The URA in the document is the URA in the certificate.",
        "De URA in het document is de URA in het certificaat.",
    ),
    "environment": ("The document is meant for this environment.", "Het document is voor deze omgeving bedoeld."),
    "validity": ("The document has not expired.", "Het document is niet verlopen."),
}

# Dutch texts for the codes of the certificate's judge and the XML parser, which have the English ones.
CERTIFICATE_NL = {
    "certificate_expired": "het is verlopen",
    "certificate_not_yet_valid": "het is nog niet geldig",
    "certificate_revoked": "het is ingetrokken",
    "certificate_wrong_environment": "het hoort bij een andere omgeving",
    "certificate_untrusted": "het is niet van een vertrouwde uitgever",
    "certificate_personal_card": "het is geen servercertificaat",
    "certificate_ura_missing": "er staat geen URA-nummer in",
    "certificate_ura_conflict": "de namen erin spreken elkaar tegen",
    "certificate_profile": "het heeft niet de vorm van een UZI-servercertificaat",
    "certificate_weak": "het is zwakker dan PKIoverheid toestaat",
    "revocation_unknown": "het is niet bekend of het is ingetrokken",
}
UNREADABLE_NL = {
    "document_too_large": "het is te groot voor een organisatiedocument",
    "document_has_dtd": "er staat een documenttypedeclaratie in",
    "document_not_xml": "het is leeg, of geen welgevormd XML 1.0",
    "document_encoding_unsupported": "in deze tekencodering wordt een organisatiedocument niet ondertekend of "
    "gecontroleerd",
    "document_not_canonical": "een naam van een naamruimte bevat een teken dat programma's verschillend ondertekenen",
}

# reason: (check, English, Dutch)
FAILED = {
    "document_unreadable": ("readable", "It cannot be read: {found}", "Het is niet te lezen: {found}"),
    "signature_missing": ("one_signature", "It contains no signature.", "Er staat geen handtekening in."),
    "signatures_several": (
        "one_signature",
        "It contains {found} signatures; it is unclear which one applies.",
        "Er staan {found} handtekeningen in; het is onduidelijk welke geldt.",
    ),
    "signature_malformed": (
        "one_signature",
        "The signature is not built as XMLDSig prescribes: {found}",
        "De handtekening is niet opgebouwd zoals XMLDSig voorschrijft: {found}",
    ),
    "signature_too_large": (
        "one_signature",
        "The signature contains more than that of an organisation document needs: {found}",
        "De handtekening bevat meer dan die van een organisatiedocument nodig heeft: {found}",
    ),
    "signature_around": (
        "references",
        "The signature encloses the document; it must be inside the document.",
        "De handtekening staat om het document heen; die hoort erin te staan.",
    ),
    "identifier_duplicate": (
        "identifiers",
        "An identifier occurs more than once: {found}",
        "Een identificatie komt meer dan één keer voor: {found}",
    ),
    "reference_missing": ("references", "The signature covers nothing.", "De handtekening dekt niets."),
    "reference_external": (
        "references",
        "The signature refers to something outside the document: {found}",
        "De handtekening verwijst naar iets buiten het document: {found}",
    ),
    "reference_elsewhere": (
        "references",
        "The signature covers something else than the document (signature wrapping): {found}",
        "De handtekening dekt iets anders dan het document (signature wrapping): {found}",
    ),
    "reference_unexpected": (
        "references",
        "The signature covers more than the document and its own properties: {found}",
        "De handtekening dekt meer dan het document en haar eigen kenmerken: {found}",
    ),
    "content_unsigned": (
        "references",
        "The file contains content that the signature does not cover: {found}",
        "Het bestand heeft inhoud die de handtekening niet dekt: {found}",
    ),
    "transform_refused": (
        "references",
        "The signature changes the content in a way that is not accepted: {found}",
        "De handtekening bewerkt de inhoud op een manier die niet wordt geaccepteerd: {found}",
    ),
    "canonicalization_refused": (
        "algorithms",
        "This canonicalisation is not accepted: {found}",
        "Deze canonicalisatie wordt niet geaccepteerd: {found}",
    ),
    "algorithm_refused": (
        "algorithms",
        "This algorithm is not accepted: {found}",
        "Dit algoritme wordt niet geaccepteerd: {found}",
    ),
    "base64_invalid": (
        "signature",
        "Base64 is damaged or cut off: {found}",
        "De Base64-tekst is beschadigd of afgebroken: {found}",
    ),
    "signer_missing": (
        "key",
        "The signature does not contain the signer's certificate; give that as certificate_path.",
        "Het certificaat van de ondertekenaar ontbreekt in de handtekening; geef het apart op (certificate_path).",
    ),
    "signer_ambiguous": (
        "key",
        "It is unclear which certificate is the signer's: {found}",
        "Het is onduidelijk welk certificaat van de ondertekenaar is: {found}",
    ),
    "signer_differs": (
        "key",
        "The signature refers to another certificate than the one that was found or given: {found}",
        "De handtekening noemt een ander certificaat dan er is gevonden of opgegeven: {found}",
    ),
    "signer_unreadable": (
        "key",
        "The signer's certificate cannot be read.",
        "Het certificaat van de ondertekenaar is niet te lezen.",
    ),
    "key_too_small": ("key", "The key is too weak: {found}", "De sleutel is te zwak: {found}"),
    "signature_wrong": (
        "signature",
        "The signature is not made with this certificate's key, or what is signed was changed.",
        "De handtekening is niet met de sleutel van dit certificaat gezet, of het ondertekende is gewijzigd.",
    ),
    "content_changed": (
        "signature",
        "The content was changed after it was signed.",
        "De inhoud is na het ondertekenen gewijzigd.",
    ),
    "xades_wrong": (
        "signature",
        "The signed properties (XAdES) do not belong to this signature: {found}",
        "De ondertekende kenmerken (XAdES) horen niet bij deze handtekening: {found}",
    ),
    "comment_in_text": (
        "content",
        "A text contains a comment, an instruction or the signature, so programs can read it differently: {found}",
        "Commentaar, een instructie of de handtekening staat in een tekst, waardoor programma's iets anders kunnen "
        "lezen: {found}",
    ),
    "schema_invalid": (
        "schema",
        "The content does not fit the schema: {found}",
        "De inhoud voldoet niet aan het schema: {found}",
    ),
    "certificate_unusable": ("certificate", "{found}", "Het certificaat is niet bruikbaar: {found}"),
    "ura_missing": (
        "ura",
        "The document or the certificate contains no URA: {found}",
        "In het document of het certificaat staat geen URA: {found}",
    ),
    "ura_malformed": (
        "ura",
        "The place of the URA contains something else than one number of 1 to 8 digits: {found}",
        "Waar de URA hoort te staan, staat iets anders dan één getal van 1 tot 8 cijfers: {found}",
    ),
    "ura_ambiguous": (
        "ura",
        "The document contains several URAs: {found}",
        "In het document staan verschillende URA's: {found}",
    ),
    "certificate_ura_mismatch": (
        "ura",
        "The URAs differ: {found}",
        "De URA's verschillen: {found}",
    ),
    "environment_wrong": (
        "environment",
        "The document is meant for another environment: {found}",
        "Het document is voor een andere omgeving bedoeld: {found}",
    ),
    "validity_over": ("validity", "The document expired on {found}.", "Het document is verlopen op {found}."),
}
