#!powershell

# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

#AnsibleRequires -CSharpUtil Ansible.Basic

$spec = @{
    options = @{
        operation = @{ type = 'str'; required = $true; choices = 'list', 'sign', 'export', 'request', 'install' }
        store_name = @{ type = 'str'; default = 'My' }
        store_location = @{ type = 'str'; choices = 'LocalMachine', 'CurrentUser'; default = 'LocalMachine' }
        thumbprint = @{ type = 'str' }
        digest = @{ type = 'str' }
        hash = @{ type = 'str'; choices = 'SHA256', 'SHA384', 'SHA512'; default = 'SHA256' }
        padding = @{ type = 'str'; choices = 'pkcs1', 'pss'; default = 'pkcs1' }
        password = @{ type = 'str'; no_log = $true }
        subject = @{ type = 'str' }
        dns_names = @{ type = 'list'; elements = 'str'; default = @() }
        key_bits = @{ type = 'int'; default = 4096 }
        exportable = @{ type = 'bool'; default = $false }
        friendly_name = @{ type = 'str'; default = '' }
        certificate = @{ type = 'str' }
    }
    required_if = @(
        , @('operation', 'sign', @('thumbprint', 'digest'))
        , @('operation', 'export', @('thumbprint', 'password'))
        , @('operation', 'request', @(, 'subject'))
        , @('operation', 'install', @(, 'certificate'))
    )
    supports_check_mode = $true
}

$module = [Ansible.Basic.AnsibleModule]::Create($args, $spec)
$storeName = $module.Params.store_name
$location = [System.Security.Cryptography.X509Certificates.StoreLocation]$module.Params.store_location
$rsaOid = '1.2.840.113549.1.1.1'

function Stop-Module ([string]$Code, [string]$Message) {
    $module.Result.error_code = $Code
    $module.FailJson($Message)
}

# What .NET itself said, without PowerShell's wrapping.
function Get-Cause ($ErrorRecord) {
    $ErrorRecord.Exception.GetBaseException().Message.Trim()
}

function ConvertFrom-Base64 ([string]$Text, [string]$Name) {
    try {
        , [System.Convert]::FromBase64String($Text)
    }
    catch {
        $module.FailJson("$Name is not base64")
    }
}

function Get-StoreCertificate ([string]$Name) {
    $flags = [System.Security.Cryptography.X509Certificates.OpenFlags]'ReadOnly, OpenExistingOnly'
    $store = [System.Security.Cryptography.X509Certificates.X509Store]::new($Name, $location)
    try {
        $store.Open($flags)
        $store.Certificates
    }
    finally {
        $store.Close()
    }
}

function Find-Certificate ($Certificates, [string]$Thumbprint) {
    $wanted = ($Thumbprint -replace '[^0-9A-Fa-f]', '').ToUpperInvariant()
    $Certificates | Where-Object { $_.Thumbprint -eq $wanted } | Select-Object -First 1
}

# $null for a key that is not RSA; an exception where Windows does not give the key.
function Get-PrivateKey ($Certificate) {
    $key = [System.Security.Cryptography.X509Certificates.RSACertificateExtensions]::GetRSAPrivateKey($Certificate)
    if ($null -eq $key) {
        return
    }
    # Nobody can answer a question here: such a key must fail at once, not hang.
    if ($key -is [System.Security.Cryptography.RSACng]) {
        $smartCard = $key.Key.Provider.Provider -like '*Smart Card*'
        $prompts = $key.Key.UIPolicy.ProtectionLevel -ne [System.Security.Cryptography.CngUIProtectionLevels]::None
    }
    else {
        $smartCard = $key.CspKeyContainerInfo.Removable
        $prompts = $key.CspKeyContainerInfo.Protected
    }
    if ($smartCard -or $prompts) {
        throw [System.Security.Cryptography.CryptographicException]::new('The key asks a person for consent or a PIN')
    }
    $key
}

function Test-ExportPolicy ($Key) {
    if ($Key -is [System.Security.Cryptography.RSACng]) {
        return ([int]$Key.Key.ExportPolicy -band 1) -ne 0
    }
    $Key.CspKeyContainerInfo.Exportable
}

# Some providers promise what they do not keep, so the true test is to export.
function Get-ExportRefusal ($Certificate, $Key) {
    try {
        if (-not (Test-ExportPolicy $Key)) {
            return 'The key was made not exportable'
        }
        $pfx = [System.Security.Cryptography.X509Certificates.X509ContentType]::Pfx
        $null = $Certificate.Export($pfx, [System.Guid]::NewGuid().ToString())
    }
    catch {
        Get-Cause $_
    }
}

function Get-KeyInfo ($Certificate) {
    $public = [System.Security.Cryptography.X509Certificates.RSACertificateExtensions]::GetRSAPublicKey($Certificate)
    $oid = $Certificate.PublicKey.Oid
    $info = @{
        state = 'none'
        reason = 'The certificate has no private key.'
        provider = $null
        provider_type = $null
        algorithm = if ($oid.Value -eq $rsaOid) { 'RSA' } else { $oid.FriendlyName }
        bits = if ($public) { $public.KeySize } else { 0 }
    }
    if (-not $Certificate.HasPrivateKey) {
        return $info
    }
    $info.state = 'inaccessible'
    try {
        $key = Get-PrivateKey $Certificate
    }
    catch {
        $info.reason = Get-Cause $_
        return $info
    }
    if ($null -eq $key) {
        $info.reason = 'The key is not RSA'
        return $info
    }
    if ($key -is [System.Security.Cryptography.RSACng]) {
        $info.provider = $key.Key.Provider.Provider
        $info.provider_type = 'cng'
    }
    else {
        $info.provider = $key.CspKeyContainerInfo.ProviderName
        $info.provider_type = 'capi'
    }
    $info.reason = [string](Get-ExportRefusal $Certificate $key)
    $info.state = if ($info.reason) { 'not_exportable' } else { 'exportable' }
    $info
}

# The issuers of these certificates, and theirs, by name; whether they are the true ones is judged elsewhere.
function Get-Authority ($Certificates) {
    $known = @(Get-StoreCertificate 'CA') + @(Get-StoreCertificate 'Root')
    $wanted = New-Object System.Collections.Queue
    $seen = @{}
    foreach ($one in $Certificates) {
        $wanted.Enqueue([System.Convert]::ToBase64String($one.IssuerName.RawData))
    }
    while ($wanted.Count) {
        $name = $wanted.Dequeue()
        if ($seen.ContainsKey($name)) {
            continue
        }
        $seen[$name] = $true
        foreach ($one in $known) {
            if ([System.Convert]::ToBase64String($one.SubjectName.RawData) -eq $name) {
                [System.Convert]::ToBase64String($one.RawData)
                $wanted.Enqueue([System.Convert]::ToBase64String($one.IssuerName.RawData))
            }
        }
    }
}

function Get-UsableKey ($Certificate) {
    if (-not $Certificate.HasPrivateKey) {
        Stop-Module 'key_absent' 'The certificate has no private key.'
    }
    if ($Certificate.PublicKey.Oid.Value -ne $rsaOid) {
        Stop-Module 'key_not_rsa' 'The key is not RSA.'
    }
    try {
        Get-PrivateKey $Certificate
    }
    catch {
        Stop-Module 'key_inaccessible' "The private key cannot be used: $(Get-Cause $_)"
    }
}

# CAPI providers of type 1 and 12 know no SHA-2; the provider of type 24 opens the same container.
function Get-Sha2Key ($Key) {
    if ($Key -isnot [System.Security.Cryptography.RSACryptoServiceProvider]) {
        return $Key
    }
    $container = $Key.CspKeyContainerInfo
    if ($container.ProviderType -notin 1, 12 -or $container.HardwareDevice) {
        return $Key
    }
    $provider = 'Microsoft Enhanced RSA and AES Cryptographic Provider'
    $csp = [System.Security.Cryptography.CspParameters]::new(24, $provider, $container.KeyContainerName)
    $csp.KeyNumber = [int]$container.KeyNumber
    $csp.Flags = [System.Security.Cryptography.CspProviderFlags]::UseExistingKey
    if ($container.MachineKeyStore) {
        $csp.Flags = $csp.Flags -bor [System.Security.Cryptography.CspProviderFlags]::UseMachineKeyStore
    }
    [System.Security.Cryptography.RSACryptoServiceProvider]::new($csp)
}

function Get-Signature ($Certificate) {
    $hash = [System.Security.Cryptography.HashAlgorithmName]::new($module.Params.hash)
    $size = @{ SHA256 = 32; SHA384 = 48; SHA512 = 64 }[$module.Params.hash]
    $digest = ConvertFrom-Base64 $module.Params.digest 'digest'
    if ($digest.Length -ne $size) {
        $module.FailJson("digest has $($digest.Length) bytes, $($module.Params.hash) has $size")
    }
    $key = Get-UsableKey $Certificate
    $padding = [System.Security.Cryptography.RSASignaturePadding]::Pkcs1
    if ($module.Params.padding -eq 'pss') {
        if ($key -is [System.Security.Cryptography.RSACryptoServiceProvider]) {
            Stop-Module 'key_inaccessible' 'A key of a CAPI provider signs PKCS#1 v1.5 only, not RSASSA-PSS.'
        }
        $padding = [System.Security.Cryptography.RSASignaturePadding]::Pss
    }
    try {
        [System.Convert]::ToBase64String((Get-Sha2Key $key).SignHash($digest, $hash, $padding))
    }
    catch {
        Stop-Module 'key_inaccessible' "The private key cannot be used: $(Get-Cause $_)"
    }
}

function Get-Pfx ($Certificate) {
    $key = Get-UsableKey $Certificate
    $cause = 'the key was made not exportable'
    try {
        if (Test-ExportPolicy $key) {
            $pfx = [System.Security.Cryptography.X509Certificates.X509ContentType]::Pfx
            return [System.Convert]::ToBase64String($Certificate.Export($pfx, $module.Params.password))
        }
    }
    catch {
        $cause = Get-Cause $_
    }
    Stop-Module 'key_not_exportable' "The private key may not be exported: $cause"
}

# RFC 4514 escapes with a backslash, Windows with quotes.
function ConvertTo-WindowsName ([string]$Name) {
    $parts = foreach ($part in [regex]::Split($Name, '(?<!\\),')) {
        $type, $value = $part -split '=', 2
        # An attribute without a short name, such as 2.5.4.97, is OID.2.5.4.97 to Windows.
        '{0}="{1}"' -f ($type.Trim() -replace '^(?=\d)', 'OID.'), ($value -replace '\\(.)', '$1').Replace('"', '""')
    }
    $parts -join ','
}

function New-ObjectId ([string]$Value) {
    $id = New-Object -ComObject X509Enrollment.CObjectId
    $id.InitializeFromValue($Value)
    $id
}

function New-Request ([int]$Context) {
    $subject = New-Object -ComObject X509Enrollment.CX500DistinguishedName
    # 0x2000000: RFC 4514 writes the last part of the name first.
    $subject.Encode((ConvertTo-WindowsName $module.Params.subject), 0x2000000)
    if ($module.Params.key_bits -lt 2048) {
        throw 'A key of less than 2048 bits is not made.'
    }
    if ($module.CheckMode) {
        return
    }

    $key = New-Object -ComObject X509Enrollment.CX509PrivateKey
    $key.ProviderName = 'Microsoft Software Key Storage Provider'
    $key.Algorithm = New-ObjectId $rsaOid
    $key.Length = $module.Params.key_bits
    $key.MachineContext = $Context -eq 2
    $key.ExportPolicy = [int]$module.Params.exportable
    $key.Silent = $true
    $key.Create()

    $request = New-Object -ComObject X509Enrollment.CX509CertificateRequestPkcs10
    $request.InitializeFromPrivateKey($Context, $key, '')
    $request.Subject = $subject
    $request.HashAlgorithm = New-ObjectId '2.16.840.1.101.3.4.2.1'

    $usages = New-Object -ComObject X509Enrollment.CObjectIds
    $usages.Add((New-ObjectId '1.3.6.1.5.5.7.3.1'))
    $usages.Add((New-ObjectId '1.3.6.1.5.5.7.3.2'))
    $usage = New-Object -ComObject X509Enrollment.CX509ExtensionEnhancedKeyUsage
    $usage.InitializeEncode($usages)
    $request.X509Extensions.Add($usage)

    if ($module.Params.dns_names.Count) {
        $names = New-Object -ComObject X509Enrollment.CAlternativeNames
        foreach ($dnsName in $module.Params.dns_names) {
            $name = New-Object -ComObject X509Enrollment.CAlternativeName
            $name.InitializeFromString(3, $dnsName)
            $names.Add($name)
        }
        $alternative = New-Object -ComObject X509Enrollment.CX509ExtensionAlternativeNames
        $alternative.InitializeEncode($names)
        $request.X509Extensions.Add($alternative)
    }

    $enrollment = New-Object -ComObject X509Enrollment.CX509Enrollment
    $enrollment.InitializeFromRequest($request)
    if ($module.Params.friendly_name) {
        $enrollment.CertificateFriendlyName = $module.Params.friendly_name
    }
    # 0x40000001: base64 in one line.
    $enrollment.CreateRequest(0x40000001)
}

# True when something changed, or would.
function Install-Certificate ($Certificate, $Present, [int]$Context) {
    $known = Find-Certificate $Present $Certificate.Thumbprint
    if ($known -and $known.HasPrivateKey) {
        return $false
    }
    $public = $Certificate.GetPublicKeyString()
    try {
        $pending = @(Get-StoreCertificate 'REQUEST' | Where-Object { $_.GetPublicKeyString() -eq $public })
    }
    catch {
        # Before the first request there is no such store.
        $pending = @()
    }
    if (-not $pending.Count) {
        throw 'No pending request on this host belongs to the certificate.'
    }
    if (-not $module.CheckMode) {
        $enrollment = New-Object -ComObject X509Enrollment.CX509Enrollment
        $enrollment.Initialize($Context)
        # 6: the controller has judged the path; this host need not know the authorities.
        $enrollment.InstallResponse(6, [System.Convert]::ToBase64String($Certificate.RawData), 1, '')
        if ($module.Params.friendly_name) {
            $installed = Find-Certificate @(Get-StoreCertificate $storeName) $Certificate.Thumbprint
            $installed.FriendlyName = $module.Params.friendly_name
        }
    }
    $true
}

$context = if ($module.Params.store_location -eq 'LocalMachine') { 2 } else { 1 }
try {
    $certificates = @(Get-StoreCertificate $storeName)
}
catch {
    Stop-Module 'store_unavailable' "The store $location\$storeName cannot be opened. $(Get-Cause $_)"
}

switch ($module.Params.operation) {
    'list' {
        $module.Result.certificates = @(
            foreach ($one in $certificates) {
                @{
                    thumbprint = $one.Thumbprint
                    certificate = [System.Convert]::ToBase64String($one.RawData)
                    friendly_name = [string]$one.FriendlyName
                    key = Get-KeyInfo $one
                }
            }
        )
        $module.Result.authorities = @(Get-Authority $certificates | Select-Object -Unique)
    }
    { $_ -in 'sign', 'export' } {
        $certificate = Find-Certificate $certificates $module.Params.thumbprint
        if ($null -eq $certificate) {
            Stop-Module 'certificate_not_found' "No certificate with thumbprint $($module.Params.thumbprint)."
        }
        if ($_ -eq 'sign') {
            $module.Result.signature = Get-Signature $certificate
        }
        else {
            $module.Result.pfx = Get-Pfx $certificate
        }
    }
    'request' {
        if ($storeName -ne 'My') {
            Stop-Module 'request_failed' 'A request is made for the store My only.'
        }
        try {
            $csr = New-Request $context
        }
        catch {
            Stop-Module 'request_failed' "The request cannot be made: $(Get-Cause $_)"
        }
        if ($csr) {
            $module.Result.csr = $csr
        }
        $module.Result.changed = $true
    }
    'install' {
        if ($storeName -ne 'My') {
            Stop-Module 'install_failed' 'A certificate is installed in the store My only.'
        }
        $der = ConvertFrom-Base64 $module.Params.certificate 'certificate'
        try {
            $certificate = [System.Security.Cryptography.X509Certificates.X509Certificate2]::new([byte[]]$der)
            $module.Result.changed = Install-Certificate $certificate $certificates $context
            $module.Result.thumbprint = $certificate.Thumbprint
        }
        catch {
            Stop-Module 'install_failed' "The certificate cannot be installed: $(Get-Cause $_)"
        }
    }
}

$module.ExitJson()
