# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Microsoft's own judgement of XML signatures: one line for each file, "valid", "forged", or what .NET said.
#   pwsh -File verify.ps1 FILE …
$ErrorActionPreference = 'Stop'
foreach ($path in $args) {
    try {
        $document = [System.Xml.XmlDocument]::new()
        $document.PreserveWhitespace = $true
        $document.XmlResolver = $null
        $document.Load($path)
        $names = [System.Xml.XmlNamespaceManager]::new($document.NameTable)
        $names.AddNamespace('ds', 'http://www.w3.org/2000/09/xmldsig#')
        $signature = $document.SelectSingleNode('//ds:Signature', $names)
        $encoded = $signature.SelectSingleNode('.//ds:X509Certificate', $names).InnerText
        $certificate = [System.Security.Cryptography.X509Certificates.X509Certificate2]::new([System.Convert]::FromBase64String($encoded))
        $signed = [System.Security.Cryptography.Xml.SignedXml]::new($document)
        $signed.LoadXml($signature)
        # $true: the signature only; the path of the certificate is judged elsewhere.
        if ($signed.CheckSignature($certificate, $true)) { 'valid' } else { 'forged' }
    }
    catch {
        $_.Exception.GetBaseException().Message
    }
}
