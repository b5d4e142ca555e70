# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the board says about a failed step: what it means and what to do, in Dutch, besides the error message."""

from __future__ import annotations

#: error code -> what it means; every code that a step of the role can fail with
FAILURES: dict[str, str] = {
    # The organisation and the run
    "organisation_invalid": "De gegevens van de zorgaanbieder zijn onvolledig of onjuist. Verbeter ze in de inventory.",
    "ura_invalid": "Het URA-nummer is onjuist. Zet het in de inventory, tussen aanhalingstekens.",
    "ura_contradicts": "Er zijn twee verschillende URA-nummers opgegeven. Verbeter de inventory.",
    "care_application_unknown": "De zorgapplicatie staat niet op de lijst van geaccepteerde zorgapplicaties.",
    "care_application_version": "Deze versie van de zorgapplicatie werkt niet met ZORG-ID Smart.",
    "care_applications_invalid": "De lijst van geaccepteerde zorgapplicaties is niet te lezen. Verbeter het bestand.",
    "environment_mismatch": "De omgeving is voor tests, maar de ontvanger is VZVZ. Er is niets verstuurd; verbeter"
    " de instelling.",
    "environment_unknown": "Deze omgeving bestaat niet. Verbeter de instelling.",
    "options_invalid": "De instellingen kloppen niet. De melding noemt welke; verbeter de inventory.",
    "library_missing": "Op de beheercomputer ontbreekt een Python-bibliotheek. De melding noemt welke; installeer die.",
    "file_inaccessible": "Een bestand of map is niet toegankelijk. Verbeter het pad of de rechten.",
    "secret_key_empty": "De sleutel waarmee de activatiecode wordt bewaard, ontbreekt. Zet die in de vault.",
    "secret_key_wrong": "De sleutel past niet bij de bewaarde activatiecode. Gebruik de sleutel waarmee die is"
    " bewaard.",
    "secret_absent": "De bewaarde activatiecode is er niet meer. Vraag VZVZ om een nieuwe.",
    "dossier_whose_unknown": "Er is nog niet vastgelegd bij welke omgeving dit dossier hoort. Leg dat eenmalig vast.",
    "dossier_changed": "Dit dossier is buiten het playbook om veranderd of beschadigd. Daarom is niet zeker"
    " welke stappen zijn gedaan, en staan de andere stappen hier niet. Zoek uit wat er is gebeurd;"
    " de melding noemt de plaats.",
    # Connections
    "tls_untrusted": "Het TLS-certificaat van een server wordt niet vertrouwd.",
    "tls_failed": "Een server biedt niet de beveiligde verbinding die is ingesteld. Verbeter de instelling.",
    "ca_path_unreadable": "Het bestand met vertrouwde uitgevers (ca_path) is niet te lezen. Verbeter het.",
    "client_certificate_unreadable": "Het clientcertificaat of de sleutel daarvan is niet te lezen. Verbeter het pad.",
    "windows_unreachable": "De Windows-computer met het certificaat is niet bereikbaar.",
    "windows_login_refused": "De Windows-computer met het certificaat weigert de aanmelding.",
    "windows_host_unknown": "De Windows-computer met het certificaat staat niet in de inventory. Verbeter de naam.",
    "placeholder_unfilled": "In de gegevens van de beheerder is nog niet alles ingevuld (FILL_IN).",
    "windows_variable_broken": "Een verbindingsgegeven van de Windows-computer met het certificaat is niet te lezen."
    " De melding noemt welk.",
    "windows_host_needed": "Deze stap moet op de Windows-computer met het certificaat gebeuren. Stel die computer in.",
    "windows_answer_unreadable": "De Windows-computer met het certificaat gaf een antwoord dat niet te lezen is.",
    "windows_module_failed": "De Windows-computer met het certificaat gaf geen bruikbaar antwoord. Het antwoord"
    " staat in de melding.",
    "store_unavailable": "De certificaatopslag van de Windows-computer is niet te openen. Verbeter de naam of de"
    " rechten.",
    # Certificate and key
    "certificate_not_found": "Er is geen UZI-servercertificaat van deze zorgaanbieder gevonden. Installeer het.",
    "certificate_ambiguous": "Er zijn meerdere geschikte UZI-servercertificaten. Kies er een met de vingerafdruk"
    " (thumbprint).",
    "certificate_ura_mismatch": "Het certificaat is van een andere zorgaanbieder (URA-nummer). Gebruik het juiste.",
    "certificate_ura_missing": "In het certificaat staat geen URA-nummer. Gebruik het UZI-servercertificaat.",
    "certificate_ura_conflict": "De namen in het certificaat spreken elkaar tegen. Vraag bij het CIBG een juist"
    " certificaat aan.",
    "certificate_profile": "Het certificaat heeft niet de vorm van een UZI-servercertificaat. Gebruik het juiste.",
    "certificate_expired": "Het UZI-servercertificaat is verlopen. Vraag bij het CIBG een nieuw aan.",
    "certificate_ends_too_soon": "Het UZI-servercertificaat verloopt voordat VZVZ het document kan hebben beoordeeld."
    " Vraag bij het CIBG eerst een nieuw aan.",
    "certificate_not_yet_valid": "Het UZI-servercertificaat is nog niet geldig. Wacht tot de ingangsdatum.",
    "certificate_revoked": "Het UZI-servercertificaat is ingetrokken. Vraag bij het CIBG een nieuw aan.",
    "certificate_wrong_environment": "Het certificaat hoort bij een andere omgeving. Gebruik dat van deze omgeving.",
    "certificate_untrusted": "Het certificaat is niet te herleiden tot een vertrouwde uitgever.",
    "certificate_weak": "Het certificaat is zwakker dan PKIoverheid toestaat. Vraag bij het CIBG een nieuw aan.",
    "certificate_personal_card": "Dit is geen servercertificaat maar een persoonlijke pas.",
    "certificate_unreadable": "Het bestand met het certificaat is niet te lezen. Exporteer het certificaat opnieuw.",
    "file_unreadable": "Het bestand met het certificaat of de sleutel is niet te lezen. Verbeter het pad of de"
    " rechten.",
    "key_absent": "De sleutel van het UZI-servercertificaat ontbreekt. Installeer het certificaat met zijn sleutel.",
    "key_inaccessible": "De sleutel van het certificaat mag niet worden gebruikt. Geef dit account toestemming.",
    "key_not_exportable": "De sleutel kan de Windows-computer niet verlaten. Onderteken op die computer.",
    "key_not_rsa": "De sleutel van het certificaat is geen RSA-sleutel. Gebruik het UZI-servercertificaat.",
    "key_several": "In het bestand staan meerdere sleutels. Geef een bestand met alleen de sleutel van dit"
    " certificaat.",
    "key_mismatch": "De sleutel hoort niet bij het certificaat. Geef de sleutel van dit certificaat.",
    "key_certificate_mismatch": "De sleutel hoort niet bij het certificaat. Geef de sleutel van dit certificaat.",
    "key_too_small": "De sleutel is te zwak. Vraag bij het CIBG een nieuw certificaat aan.",
    "key_unreadable": "Het bestand met de sleutel is niet te lezen. Exporteer de sleutel opnieuw.",
    "passphrase_wrong": "Het wachtwoord van het bestand met de sleutel is onjuist of ontbreekt. Verbeter het in de"
    " vault.",
    "padding_unsupported": "De sleutel kan deze soort handtekening niet zetten. Kies een ander handtekeningalgoritme.",
    "pkcs11_failed": "Het PKCS#11-token met de sleutel werkt niet. Controleer het token, de module en het label.",
    "pkcs11_pin_wrong": "De pincode van het PKCS#11-token is onjuist. Controleer die eerst: na een paar pogingen"
    " blokkeert het.",
    "revocation_unknown": "Het is niet bekend of het certificaat is ingetrokken. Maak de intrekkingslijst (CRL)"
    " bereikbaar.",
    "crl_unreadable": "De intrekkingslijst (CRL) is niet te lezen. Haal de lijst opnieuw op.",
    "trust_anchors_missing": "Voor deze omgeving zijn geen vertrouwde uitgevers bekend. Geef hun certificaten op.",
    # The organisation document
    "document_schema_invalid": "Het organisatiedocument past niet bij het schema. Verbeter gegevens of sjabloon.",
    "document_invalid": "Het organisatiedocument is niet geldig ondertekend. Gebruik het niet en onderteken het"
    " opnieuw.",
    "document_unreadable": "Het organisatiedocument is niet te lezen. Verbeter het pad of de rechten.",
    "document_not_written": "Het organisatiedocument kan niet worden opgeslagen. Verbeter het pad of de rechten.",
    "document_not_xml": "Het organisatiedocument is geen leesbare XML. Verbeter het sjabloon of het formulier.",
    "document_has_dtd": "Het organisatiedocument bevat een DTD; dat is niet toegestaan. Haal die uit het sjabloon of"
    " het formulier.",
    "document_too_large": "Het organisatiedocument is te groot. Verbeter het sjabloon of het formulier.",
    "document_already_signed": "Het formulier bevat al een handtekening. Gebruik een formulier zonder handtekening.",
    "document_encoding_unsupported": "De tekencodering van het organisatiedocument wordt niet ondersteund. Bewaar"
    " het als UTF-8.",
    "document_not_canonical": "Het organisatiedocument kan niet worden ondertekend. Verbeter de naamruimten in het"
    " formulier.",
    "template_invalid": "Het sjabloon van het organisatiedocument is onbruikbaar. Verbeter het.",
    "form_place_missing": "Een plaats uit de mapping staat niet in het formulier. Verbeter de mapping.",
    "form_place_ambiguous": "Een plaats in het formulier is niet eenduidig. Verbeter de mapping.",
    "form_place_not_text": "Een plaats in het formulier is niet bedoeld voor tekst. Verbeter de mapping.",
    "form_value_unknown": "De mapping noemt een gegeven dat niet bestaat. Verbeter de mapping.",
    "xpath_invalid": "Een XPath in de instellingen is onjuist. Verbeter die.",
    "schema_unusable": "Het schema van het organisatiedocument is onbruikbaar. Verbeter het bestand.",
    "signature_algorithm_refused": "Deze soort handtekening wordt niet gezet. Kies een ander handtekeningalgoritme.",
    "signature_place_invalid": "De opgegeven plaats voor de handtekening bestaat niet of is niet eenduidig. Verbeter"
    " de instelling.",
    "signing_refused": "De Windows-computer weigert dit te ondertekenen. In de melding staat waarom.",
    "validity_exceeds_certificate": "Het document zou langer geldig zijn dan het certificaat. Kies een eerdere"
    " einddatum.",
    # Forms
    "form_captcha": "Het formulier vraagt om te bewijzen dat u een mens bent. Dien het zelf in; de werkopdracht"
    " bevat alles.",
    "form_script_only": "Het formulier werkt alleen in een browser. Dien het zelf in; de werkopdracht bevat alles.",
    "form_by_get": "Het formulier zou persoonsgegevens in het webadres zetten. Dien het zelf in of vraag het aan VZVZ.",
    "form_button_unclear": "Het is onduidelijk welke knop het formulier verstuurt. Dien het zelf in of noem de knop in"
    " de mapping.",
    "form_changed": "Het formulier is veranderd. Dien het zelf in of geef een mapping voor dit formulier.",
    "form_unknown_field": "Het formulier vraagt iets verplichts dat onbekend is. Dien het zelf in of vul de mapping"
    " aan.",
    "form_rejected": "Het formulier is niet geaccepteerd. De melding noemt de velden; verbeter de gegevens.",
    "form_value_unfit": "Een veld van het formulier accepteert onze waarde niet. De melding noemt het veld.",
    "form_upload_unreadable": "Een bijlage voor het formulier is niet te lezen. Verbeter het pad.",
    "form_unreachable": "Het formulier is niet bereikbaar. Probeer het later opnieuw of controleer het adres.",
    "form_redirects": "Het formulier wordt naar een ander adres gestuurd. Controleer het adres.",
    "form_too_large": "De pagina met het formulier is te groot of wordt niet volledig ontvangen. Controleer het adres.",
    "host_not_allowed": "Het adres van het formulier is niet toegestaan. Vraag VZVZ of het van hen is.",
    "allowed_hosts_invalid": "De lijst van toegestane adressen bevat een fout. Verbeter de genoemde regel.",
    "mapping_invalid": "De mapping van het formulier is onbruikbaar. Verbeter het bestand.",
    "submission_uncertain": "Het is niet bekend of het formulier is aangekomen. Vraag het aan VZVZ en leg het"
    " antwoord vast.",
    "submission_elsewhere": "Een andere uitvoering van het playbook is hier al mee bezig. Wacht tot die klaar"
    " is en start het playbook opnieuw.",
    "submission_taken_over": "Een andere uitvoering van het playbook heeft dit overgenomen. Start het playbook niet"
    " tweemaal tegelijk.",
    # What the plan finds
    "dossier_behind": "VZVZ antwoordt op een aanvraag die in dit dossier niet staat. Zet het nieuwste dossier terug, of"
    " leg vast dat de aanvraag is ingediend.",
    "registered_before_unsaid": "De zorgaanbieder staat al in het portaal, maar in het dossier staat geen aanvraag."
    " Leg vast dat de zorgaanbieder al was aangesloten, of zet het juiste dossier terug.",
    "document_rejected": "VZVZ heeft het organisatiedocument afgewezen. Verbeter in de inventory wat VZVZ in de mail"
    " noemt; daarna wordt een verbeterd document verstuurd.",
    "answer_undecided": "Het is niet duidelijk over welk document het antwoord van VZVZ gaat. Lees de mail en leg"
    " vast wat VZVZ heeft besloten.",
    "sender_not_proven": "Het is niet bewezen dat een mail van VZVZ komt. Vraag aan VZVZ of zij die hebben verstuurd.",
    "person_changed": "Er is een andere portaal admin opgegeven dan de persoon voor wie de link of de code kwam."
    " Meld dit aan VZVZ en vraag om een nieuwe.",
    "documents_bounded": "Er zouden vandaag te veel documenten worden verstuurd; dit document is nog niet verstuurd."
    " Controleer waarom zoveel documenten opnieuw worden ondertekend.",
    "effect_failed": "Deze stap is niet gelukt. In de uitvoer van het playbook staat waarom.",
    # Mail and the activation code
    "smtp_unreachable": "De mailserver voor uitgaande mail is niet bereikbaar.",
    "smtp_login_refused": "De mailserver voor uitgaande mail weigert de aanmelding.",
    "smtp_refused": "De mailserver weigert de mail. Het antwoord staat in de melding.",
    "recipient_refused": "De mailserver weigert de ontvanger. Controleer het adres.",
    "address_invalid": "Een e-mailadres is onjuist. Verbeter het in de inventory.",
    "subject_invalid": "Het onderwerp van de mail is te lang of bevat stuurtekens. Verbeter het.",
    "text_invalid": "Een tekst bevat stuurtekens. Verbeter de tekst.",
    "message_too_large": "De mail is te groot voor de mailserver.",
    "imap_unreachable": "De mailserver voor inkomende mail is niet bereikbaar.",
    "imap_login_refused": "De mailserver voor inkomende mail weigert de aanmelding.",
    "imap_folder_missing": "De map in de mailbox bestaat niet. De melding noemt de mappen die er wel zijn.",
    "imap_refused": "De mailserver voor inkomende mail weigert de opdracht. Het antwoord staat in de melding.",
    "message_of_another": "In deze mail zit geen activatiecode voor deze zorgaanbieder. Bekijk de mail zelf.",
    "message_not_found": "De mail van VZVZ staat niet meer in de mailbox. Zet hem terug of vraag VZVZ om een nieuwe.",
    "qr_missing": "In de mail is geen activatiecode gevonden. Bewaar de code zelf als afbeelding of vraag VZVZ om"
    " een nieuwe mail.",
    "qr_ambiguous": "In de mail staat meer dan één activatiecode. Bewaar de juiste als afbeelding of vraag VZVZ om"
    " een nieuwe mail.",
    "qr_image_unreadable": "De afbeelding met de activatiecode is niet te lezen. Bewaar de afbeelding opnieuw als PNG.",
    "qr_pdf": "De activatiecode staat in een pdf, die niet wordt gelezen. Open die en bewaar de code als afbeelding.",
    "qr_svg": "De activatiecode is een SVG-tekening, die niet wordt gelezen. Open die en bewaar de code als"
    " afbeelding.",
    "qr_packed": "De activatiecode zit in een bijlage die niet wordt uitgepakt. Open die en bewaar de code als"
    " afbeelding.",
    "qr_remote_image": "De activatiecode staat op een webserver en wordt niet opgehaald. Open de mail en bewaar de"
    " code als afbeelding.",
    "qr_payload_refused": "De QR-code in de mail is niet voor de ZORG-ID app. Bekijk de mail zelf.",
    "qr_host_not_allowed": "De QR-code in de mail leidt naar een adres dat niet is toegestaan. Bekijk de mail zelf"
    " en scan de code niet.",
    "code_void": "Er is vastgelegd dat de activatiecode of de telefoon is verloren. Deze code is misschien van"
    " daarvoor. Vraag VZVZ om een nieuwe.",
    "directory_unwritable": "De map voor de activatiecode is niet bruikbaar. Verbeter het pad of de rechten.",
    # Portal and accounts
    "portal_unreachable": "Het portaal is niet bereikbaar.",
    "portal_token_refused": "Het portaal weigert het token. Zet een nieuw token in de vault.",
    "portal_url_invalid": "Het adres van het portaal is onjuist. Verbeter het.",
    "portal_url_insecure": "Het adres van het portaal is niet beveiligd. Gebruik een adres met https.",
    "portal_silent": "Het portaal geeft te lang geen antwoord. Probeer het later opnieuw.",
    "portal_refused": "Het portaal weigert de opdracht. Het antwoord staat in de melding.",
    "portal_answer_unreadable": "Het antwoord van het portaal is niet te lezen. De melding noemt de plaats; meld"
    " het aan de beheerder van het portaal.",
    "portal_unstable": "De lijst in het portaal verandert terwijl die wordt gelezen. Probeer het later opnieuw.",
    "portal_incomplete": "Het portaal toont niet alle gebruikers. Probeer het later opnieuw.",
    "portal_login_needed": "Iemand moet eerst inloggen in het portaal. De melding noemt waar.",
    "portal_login_code_missing": "De inlogpagina van het portaal toont geen leesbare QR-code.",
    "portal_login_timeout": "Niemand heeft op tijd ingelogd in het portaal. Probeer het opnieuw.",
    "portal_person_differs": "Iemand anders heeft ingelogd in het portaal. Laat de juiste persoon de code scannen.",
    "portal_session_elsewhere": "Een andere run werkt al in dit portaal. Wacht tot die klaar is.",
    "portal_session_over": "De sessie in het portaal is afgelopen. Laat de persoon opnieuw inloggen.",
    "page_field_differs": "Een veld in het portaal toont iets anders dan is ingevuld. De melding noemt het veld.",
    "page_not_as_mapped": "Een pagina van het portaal is anders dan verwacht. De melding noemt wat er afwijkt.",
    "page_map_not_remembered": "De pagina's van het portaal zijn nog niet vastgelegd. De melding noemt het commando.",
    "portal_pages_differ": "Een pagina van het portaal is veranderd. Er is niets gewijzigd; de melding noemt wat.",
    "browser_not_installed": "Op de beheercomputer ontbreekt de browser. De melding noemt wat u installeert.",
    "browser_root_refused": "De browser start niet als root. Start het playbook als gewone gebruiker.",
    "browser_not_started": "De browser start niet op de beheercomputer. De melding noemt de oorzaak.",
    "browser_busy": "Een andere run gebruikt de browser. Wacht tot die klaar is en start het playbook opnieuw.",
    "browser_lost": "De browser is onverwacht gestopt. Start het playbook opnieuw; er wordt niets dubbel verstuurd.",
    "browser_timeout": "Een pagina van het portaal kwam niet op tijd. Start het playbook later opnieuw.",
    "browser_failed": "De browser kon een pagina van het portaal niet gebruiken. De melding noemt de oorzaak.",
    "page_host_refused": "Het portaal verwees naar een onbekend adres. Dat is niet geopend.",
    "page_request_refused": "Een pagina wilde iets onverwachts versturen. Dat is niet gebeurd.",
    "page_too_large": "De lijst van het portaal is te groot om te lezen. De melding zegt wat te doen.",
    "page_map_unfit": "De beschrijving van het portaal klopt niet met de pagina's. De melding noemt wat ontbreekt.",
    "browser_pair_unfit": "Deze browser is niet geschikt. Gebruik een andere versie.",
    "browser_pair_untested": "Deze browser is nog niet getest met het portaal. De melding noemt het commando.",
    "portal_without_roles": "Het portaal kent geen beheerders en medewerkers. Controleer het adres.",
    "portal_wrong_organisation": "Het token is van een andere zorgaanbieder. Zet het juiste token in de vault.",
    "portal_role_insufficient": "Het token geeft te weinig rechten in het portaal. Laat een admin een token maken.",
    "token_unreadable": "Het token voor het portaal is niet te lezen. Verbeter het.",
    "max_removals_exceeded": "Er zouden te veel medewerkers worden verwijderd. Controleer de lijst met medewerkers.",
    "max_removals_invalid": "De grens voor het verwijderen van medewerkers is onjuist. Geef een aantal of een"
    " percentage.",
    "administrator_last": "Er zou geen portaal admin overblijven. Controleer de lijst met beheerders.",
    "accounts_failed": "Een deel van de accounts is niet verwerkt. De uitvoer van het playbook noemt ze.",
    "accounts_renumbered": "De meeste medewerkers hebben in de lijst een ander nummer dan in het portaal. Controleer"
    " of het de juiste lijst en de juiste kolom is.",
    "list_mapping_invalid": "De beschrijving van de lijst met medewerkers (list_mapping) klopt niet. Verbeter die.",
    "accounts_invalid": "De lijst met medewerkers bevat een fout. Verbeter de genoemde regel.",
    "accounts_empty": "De lijst met medewerkers bevat niemand. Er is niets gewijzigd; maak de export opnieuw.",
    "accounts_unreadable": "De lijst met medewerkers is niet te lezen.",
    "continues_invalid": "Het eerdere URA-nummer (continues) klopt niet. Verbeter het.",
    "accounts_contradict": "In de lijst met medewerkers staat iemand dubbel.",
    "export_unreadable": "De export van het portaal is niet te lezen of bevat niemand. Maak de export opnieuw.",
    "export_too_old": "De export van het portaal is ouder dan de laatste wijziging. Maak een nieuwe export.",
    "export_of_another": "De export van het portaal is ook voor een andere zorgaanbieder gebruikt. Maak een export van"
    " deze zorgaanbieder.",
    "export_shows_nobody": "In de export van het portaal staat niemand van deze zorgaanbieder. Maak een nieuwe export.",
    "accounts_unproven": "Van een wijziging in het portaal is niet zeker of die is gedaan. Kijk eerst in het portaal;"
    " er wordt niets opnieuw verstuurd.",
    "portal_list_unreadable": "De lijst op de pagina van het portaal is niet zoals beschreven. Er is niets gewijzigd.",
    "permission_invalid": "De ondertekende toestemming voor het portaal geldt hier niet. De melding noemt waarom.",
    "page_map_invalid": "De beschrijving van de pagina's van het portaal klopt niet. De melding noemt elke regel.",
    "worklist_unwritable": "De map voor de werklijst is niet bruikbaar. Verbeter het pad of de rechten.",
    "invitations_unwritable": "De map voor de uitnodigingen is niet bruikbaar. Verbeter het pad of de rechten.",
    "invitations_failed": "Een deel van de uitnodigingen is niet verstuurd. De uitvoer van het playbook noemt ze.",
}
FAILED_OTHERWISE = "Deze stap is mislukt. Verhelp de oorzaak en start het playbook opnieuw."
