#!powershell

# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

#AnsibleRequires -CSharpUtil Ansible.Basic

# PowerShell turns a .NET property that throws into $null, without an error; its accessor method get_X() throws. So
# values that Windows may refuse are read with get_X(), never with X.

$spec = @{
    options = @{
        operation = @{ type = 'str'; required = $true; choices = 'list', 'sign', 'export', 'request', 'install' }
        store_name = @{ type = 'str'; default = 'My' }
        store_location = @{ type = 'str'; choices = 'LocalMachine', 'CurrentUser'; default = 'LocalMachine' }
        thumbprint = @{ type = 'str' }
        to_sign = @{
            type = 'list'
            elements = 'dict'
            options = @{
                thumbprint = @{ type = 'str'; required = $true }
                purpose = @{ type = 'str'; required = $true; choices = 'document', 'possession' }
                data = @{ type = 'str'; required = $true }
                hash = @{ type = 'str'; choices = 'SHA256', 'SHA384', 'SHA512'; default = 'SHA256' }
                padding = @{ type = 'str'; choices = 'pkcs1', 'pss'; default = 'pkcs1' }
            }
        }
        run = @{ type = 'str'; default = '' }
        password = @{ type = 'str'; no_log = $true }
        subject = @{
            type = 'list'
            elements = 'dict'
            options = @{
                type = @{ type = 'str'; required = $true }
                value = @{ type = 'str'; required = $true }
            }
        }
        dns_names = @{ type = 'list'; elements = 'str'; default = @() }
        key_bits = @{ type = 'int'; default = 4096 }
        exportable = @{ type = 'bool'; default = $false }
        friendly_name = @{ type = 'str'; default = '' }
        certificate = @{ type = 'str' }
    }
    required_if = @(
        , @('operation', 'sign', @(, 'to_sign'))
        , @('operation', 'export', @('thumbprint', 'password'))
        , @('operation', 'request', @(, 'subject'))
        , @('operation', 'install', @(, 'certificate'))
    )
    supports_check_mode = $true
}

$rsaOid = '1.2.840.113549.1.1.1'
$mostAtOnce = 50
$mostBytes = 64KB
$challengePrefix = "gbz.zorgid proof of possession`0"

# Throws an error with a stable code; the caller catches it.
function Stop-Operation ([string]$Code, [string]$Message) {
    $refusal = [System.InvalidOperationException]::new($Message)
    $refusal.Data['error_code'] = $Code
    throw $refusal
}

# The message of the .NET exception, without PowerShell's wrapper.
function Get-Cause ($ErrorRecord) {
    $ErrorRecord.Exception.GetBaseException().Message.Trim()
}

function Get-ErrorCode ($ErrorRecord) {
    $ErrorRecord.Exception.GetBaseException().Data['error_code']
}

function ConvertFrom-Base64 ([string]$Text, [string]$Name, [string]$Code) {
    try {
        , [System.Convert]::FromBase64String($Text)
    }
    catch {
        Stop-Operation $Code "$Name is not base64"
    }
}

function Get-StoreCertificate ([string]$Name, [string]$Location) {
    $flags = [System.Security.Cryptography.X509Certificates.OpenFlags]'ReadOnly, OpenExistingOnly'
    $store = [System.Security.Cryptography.X509Certificates.X509Store]::new($Name, $Location)
    try {
        $store.Open($flags)
        $store.get_Certificates()
    }
    finally {
        $store.Close()
    }
}

# The dialog of Windows puts blanks between the bytes and an invisible character before them.
function Get-PlainThumbprint ([string]$Thumbprint) {
    ($Thumbprint -replace '[^0-9A-Fa-f]', '').ToUpperInvariant()
}

function Find-Certificate ($Certificates, [string]$Thumbprint) {
    $wanted = Get-PlainThumbprint $Thumbprint
    $Certificates | Where-Object { $_.Thumbprint -eq $wanted } | Select-Object -First 1
}

function Get-WantedCertificate ($Certificates, [string]$Thumbprint) {
    $found = Find-Certificate $Certificates $Thumbprint
    if ($null -eq $found) {
        Stop-Operation 'certificate_not_found' "No certificate with thumbprint $(Get-PlainThumbprint $Thumbprint)."
    }
    $found
}

# cng, capi or other; what a key of kind other (as on Linux) can do is found out by a trial.
function Get-KeyType ($Key) {
    switch ($Key.GetType().FullName) {
        'System.Security.Cryptography.RSACng' { 'cng' }
        'System.Security.Cryptography.RSACryptoServiceProvider' { 'capi' }
        default { 'other' }
    }
}

function Get-ProviderName ($Key) {
    switch (Get-KeyType $Key) {
        'cng' { $Key.get_Key().get_Provider().get_Provider() }
        'capi' { $Key.get_CspKeyContainerInfo().get_ProviderName() }
        default { $Key.GetType().FullName }
    }
}

# No user can answer a dialog here: a key that might show one must fail at once, not wait for ever. If Windows does not
# report the policy, this throws, and the key is not used.
function Assert-SilentKey ($Key) {
    $asks = $false
    switch (Get-KeyType $Key) {
        'cng' {
            $policy = $Key.get_Key().get_UIPolicy()
            $asks = $policy -and [string]$policy.get_ProtectionLevel() -ne 'None'
            $asks = $asks -or (Get-ProviderName $Key) -like '*Smart Card*'
        }
        'capi' {
            $container = $Key.get_CspKeyContainerInfo()
            $asks = $container.get_Removable() -or $container.get_Protected()
        }
    }
    if ($asks) {
        throw [System.Security.Cryptography.CryptographicException]::new('The key asks a person for consent or a PIN')
    }
}

# The RSA key; $null for a key that is not RSA. Throws if Windows does not give the key.
function Get-PrivateKey ($Certificate) {
    $key = [System.Security.Cryptography.X509Certificates.RSACertificateExtensions]::GetRSAPrivateKey($Certificate)
    if ($null -ne $key) {
        Assert-SilentKey $key
    }
    $key
}

# Whether Windows allows an export of the key; throws if Windows does not report it.
function Test-ExportPolicy ($Key) {
    switch (Get-KeyType $Key) {
        'cng' { ([int]$Key.get_Key().get_ExportPolicy() -band 1) -ne 0 }
        'capi' { [bool]$Key.get_CspKeyContainerInfo().get_Exportable() }
        default { $true }
    }
}

function Export-Pfx ($Certificate, [string]$Password) {
    $pfx = [System.Security.Cryptography.X509Certificates.X509ContentType]::Pfx
    , $Certificate.Export($pfx, $Password)
}

function Get-KeyLength ($Certificate) {
    $public = [System.Security.Cryptography.X509Certificates.RSACertificateExtensions]::GetRSAPublicKey($Certificate)
    if ($null -eq $public) {
        return 0
    }
    $modulus = $public.ExportParameters($false).Modulus
    ($modulus.Length - 1) * 8 + [System.Convert]::ToString($modulus[0], 2).Length
}

function Get-KeyInfo ($Certificate) {
    $oid = $Certificate.PublicKey.Oid
    $info = @{
        state = 'none'
        reason = 'The certificate has no private key.'
        provider = $null
        provider_type = $null
        algorithm = if ($oid.Value -eq $rsaOid) { 'RSA' } else { $oid.FriendlyName }
        bits = 0
    }
    try {
        $info.bits = Get-KeyLength $Certificate
        if (-not $Certificate.get_HasPrivateKey()) {
            return $info
        }
        $info.state = 'inaccessible'
        $key = Get-PrivateKey $Certificate
        if ($null -eq $key) {
            $info.reason = 'The key is not RSA'
            return $info
        }
        $provider = Get-ProviderName $key
        $mayLeave = Test-ExportPolicy $key
    }
    catch {
        $info.state = 'inaccessible'
        $info.reason = Get-Cause $_
        return $info
    }
    $info.provider = $provider
    $info.provider_type = Get-KeyType $key
    $info.state = 'not_exportable'
    $info.reason = 'The key was made not exportable'
    if ($mayLeave) {
        # Some providers report an export policy that they do not follow: only an export shows it.
        try {
            $null = Export-Pfx $Certificate ([System.Guid]::NewGuid().ToString())
            $info.state = 'exportable'
            $info.reason = ''
        }
        catch {
            $info.reason = Get-Cause $_
        }
    }
    $info
}

# The CA certificates above these certificates, found by name; the controller verifies their signatures.
function Get-Authority ($Certificates, $Known) {
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
        foreach ($one in $Known) {
            if ([System.Convert]::ToBase64String($one.SubjectName.RawData) -eq $name) {
                [System.Convert]::ToBase64String($one.RawData)
                $wanted.Enqueue([System.Convert]::ToBase64String($one.IssuerName.RawData))
            }
        }
    }
}

function Get-UsableKey ($Certificate) {
    if ($Certificate.PublicKey.Oid.Value -ne $rsaOid) {
        Stop-Operation 'key_not_rsa' 'The key is not RSA.'
    }
    try {
        $present = $Certificate.get_HasPrivateKey()
        $key = if ($present) { Get-PrivateKey $Certificate }
    }
    catch {
        Stop-Operation 'key_inaccessible' "The private key cannot be used: $(Get-Cause $_)"
    }
    if (-not $present) {
        Stop-Operation 'key_absent' 'The certificate has no private key.'
    }
    $key
}

# CAPI providers of type 1 and 12 do not support SHA-2; the provider of type 24 opens the same container.
function Get-Sha2Key ($Key) {
    if ((Get-KeyType $Key) -ne 'capi') {
        return $Key
    }
    $container = $Key.get_CspKeyContainerInfo()
    if ($container.get_ProviderType() -notin 1, 12 -or $container.get_HardwareDevice()) {
        return $Key
    }
    $provider = 'Microsoft Enhanced RSA and AES Cryptographic Provider'
    $csp = [System.Security.Cryptography.CspParameters]::new(24, $provider, $container.get_KeyContainerName())
    $csp.KeyNumber = [int]$container.get_KeyNumber()
    $csp.Flags = [System.Security.Cryptography.CspProviderFlags]::UseExistingKey
    if ($container.get_MachineKeyStore()) {
        $csp.Flags = $csp.Flags -bor [System.Security.Cryptography.CspProviderFlags]::UseMachineKeyStore
    }
    [System.Security.Cryptography.RSACryptoServiceProvider]::new($csp)
}

# Whether these bytes are exactly the SignedInfo of an XML signature, so that a caller cannot have another kind of
# message signed.
function Test-SignedInfo ([byte[]]$Bytes) {
    $settings = [System.Xml.XmlReaderSettings]::new()
    $settings.DtdProcessing = [System.Xml.DtdProcessing]::Prohibit
    $settings.XmlResolver = $null
    try {
        $text = [System.Text.UTF8Encoding]::new($false, $true).GetString($Bytes)
        $reader = [System.Xml.XmlReader]::Create([System.IO.StringReader]::new($text), $settings)
        # The first and the last node: canonical XML has no declaration, and nothing follows the element.
        $named = $reader.Read() -and $reader.NodeType -eq [System.Xml.XmlNodeType]::Element
        $named = $named -and $reader.LocalName -ceq 'SignedInfo'
        $named = $named -and $reader.NamespaceURI -ceq 'http://www.w3.org/2000/09/xmldsig#'
        $reader.Skip()
        $named -and $reader.EOF
    }
    catch {
        $false
    }
}

# The bytes to hash and sign. A digest is refused, so that a caller cannot have arbitrary content signed.
function Get-SignedData ($Item) {
    $data = ConvertFrom-Base64 $Item.data 'data' 'signing_refused'
    if ($Item.purpose -eq 'possession') {
        if ($data.Length -lt 16 -or $data.Length -gt 64) {
            Stop-Operation 'signing_refused' "A nonce has 16 to 64 bytes, not $($data.Length)."
        }
        return , ([byte[]][System.Text.Encoding]::ASCII.GetBytes($challengePrefix) + [byte[]]$data)
    }
    if ($data.Length -gt $mostBytes -or -not (Test-SignedInfo $data)) {
        Stop-Operation 'signing_refused' 'The data is not the canonical SignedInfo of an XML signature.'
    }
    , $data
}

function Get-Digest ([byte[]]$Data, [string]$Hash) {
    $function = @{
        SHA256 = [System.Security.Cryptography.SHA256]
        SHA384 = [System.Security.Cryptography.SHA384]
        SHA512 = [System.Security.Cryptography.SHA512]
    }[$Hash]
    , $function::Create().ComputeHash($Data)
}

function Get-Signature ($Key, [byte[]]$Digest, $Item) {
    $hash = [System.Security.Cryptography.HashAlgorithmName]::new($Item.hash)
    $padding = [System.Security.Cryptography.RSASignaturePadding]::Pkcs1
    if ($Item.padding -eq 'pss') {
        if ((Get-KeyType $Key) -eq 'capi') {
            Stop-Operation 'key_inaccessible' 'A key of a CAPI provider signs PKCS#1 v1.5 only, not RSASSA-PSS.'
        }
        $padding = [System.Security.Cryptography.RSASignaturePadding]::Pss
    }
    try {
        , (Get-Sha2Key $Key).SignHash($Digest, $hash, $padding)
    }
    catch {
        Stop-Operation 'key_inaccessible' "The private key cannot be used: $(Get-Cause $_)"
    }
}

# Writes one line into the event log Application; returns '' or why it failed. The first line on a host needs an
# administrator's permissions, because it registers the source.
function Write-SignatureEvent ($Item, [byte[]]$Digest, [string]$Run) {
    $account = '{0}\{1}' -f [System.Environment]::UserDomainName, [System.Environment]::UserName
    $text = 'Signed: account={0} thumbprint={1} purpose={2} hash={3} padding={4} digest={5} run={6}' -f $account,
        (Get-PlainThumbprint $Item.thumbprint), $Item.purpose, $Item.hash, $Item.padding,
        [System.BitConverter]::ToString($Digest).Replace('-', ''), ($Run -replace '[^\x20-\x7E]', '?' -replace '^(.{200}).*$', '$1')
    try {
        [System.Diagnostics.EventLog]::WriteEntry('gbz.zorgid', $text, 'Information', 1)
        ''
    }
    catch {
        Get-Cause $_
    }
}

# One result for each item: its signature, or why there is none.
function Get-SignResult ($Certificates, $Item, [string]$Run) {
    try {
        $certificate = Get-WantedCertificate $Certificates $Item.thumbprint
        $data = Get-SignedData $Item
        $digest = Get-Digest $data $Item.hash
        $signature = Get-Signature (Get-UsableKey $certificate) $digest $Item
        @{
            signature = [System.Convert]::ToBase64String($signature)
            event_log = Write-SignatureEvent $Item $digest $Run
        }
    }
    catch {
        @{ error_code = Get-ErrorCode $_; msg = Get-Cause $_ }
    }
}

function Get-Pfx ($Certificate, [string]$Password) {
    $key = Get-UsableKey $Certificate
    try {
        $mayLeave = Test-ExportPolicy $key
    }
    catch {
        Stop-Operation 'key_inaccessible' "The private key cannot be used: $(Get-Cause $_)"
    }
    $cause = 'the key was made not exportable'
    if ($mayLeave) {
        try {
            return [System.Convert]::ToBase64String((Export-Pfx $Certificate $Password))
        }
        catch {
            $cause = Get-Cause $_
        }
    }
    Stop-Operation 'key_not_exportable' "The private key may not be exported: $cause"
}

# The name as DER in base64, made by .NET from types and values: inside quotes only a quote is special, and an
# attribute without a short name, such as 2.5.4.97, is written OID.2.5.4.97.
function ConvertTo-EncodedName ($Parts) {
    $texts = foreach ($part in $Parts) {
        if ($part.type -notmatch '^([A-Za-z]+|[0-2](\.[0-9]+)+)$') {
            throw "$($part.type) is no attribute of a name."
        }
        if (-not $part.value) {
            throw "The attribute $($part.type) has no value."
        }
        '{0}="{1}"' -f ($part.type -replace '^(?=\d)', 'OID.'), $part.value.Replace('"', '""')
    }
    if (-not $texts) {
        throw 'The subject has no attribute.'
    }
    $flags = [System.Security.Cryptography.X509Certificates.X500DistinguishedNameFlags]::UseUTF8Encoding
    $name = [System.Security.Cryptography.X509Certificates.X500DistinguishedName]::new($texts -join ',', $flags)
    [System.Convert]::ToBase64String($name.RawData)
}

function New-EnrollmentObject ([string]$Name) {
    New-Object -ComObject "X509Enrollment.$Name"
}

function New-ObjectId ([string]$Value) {
    $id = New-EnrollmentObject 'CObjectId'
    $id.InitializeFromValue($Value)
    $id
}

# Context: 1 is the user, 2 the machine. Returns the request as DER in base64.
function New-Request ([string]$Subject, $Options, [int]$Context) {
    $name = New-EnrollmentObject 'CX500DistinguishedName'
    # 1: base64; 0: no flags.
    $name.Decode($Subject, 1, 0)

    $key = New-EnrollmentObject 'CX509PrivateKey'
    $key.ProviderName = 'Microsoft Software Key Storage Provider'
    $key.Algorithm = New-ObjectId $rsaOid
    $key.Length = $Options.key_bits
    $key.MachineContext = $Context -eq 2
    $key.ExportPolicy = [int]$Options.exportable
    $key.Silent = $true
    $key.Create()

    $request = New-EnrollmentObject 'CX509CertificateRequestPkcs10'
    $request.InitializeFromPrivateKey($Context, $key, '')
    $request.Subject = $name
    $request.HashAlgorithm = New-ObjectId '2.16.840.1.101.3.4.2.1'

    $usages = New-EnrollmentObject 'CObjectIds'
    $usages.Add((New-ObjectId '1.3.6.1.5.5.7.3.1'))
    $usages.Add((New-ObjectId '1.3.6.1.5.5.7.3.2'))
    $usage = New-EnrollmentObject 'CX509ExtensionEnhancedKeyUsage'
    $usage.InitializeEncode($usages)
    $request.X509Extensions.Add($usage)

    if ($Options.dns_names.Count) {
        $names = New-EnrollmentObject 'CAlternativeNames'
        foreach ($dnsName in $Options.dns_names) {
            $alternative = New-EnrollmentObject 'CAlternativeName'
            $alternative.InitializeFromString(3, $dnsName)
            $names.Add($alternative)
        }
        $extension = New-EnrollmentObject 'CX509ExtensionAlternativeNames'
        $extension.InitializeEncode($names)
        $request.X509Extensions.Add($extension)
    }

    $enrollment = New-EnrollmentObject 'CX509Enrollment'
    $enrollment.InitializeFromRequest($request)
    if ($Options.friendly_name) {
        $enrollment.CertificateFriendlyName = $Options.friendly_name
    }
    # 0x40000001: base64 in one line.
    $enrollment.CreateRequest(0x40000001)
}

# Whether the certificate has to be installed: $false if it is there with its key.
function Test-InstallNeeded ($Certificate, $Present, [string]$Location) {
    $known = Find-Certificate $Present $Certificate.Thumbprint
    if ($known -and $known.get_HasPrivateKey()) {
        return $false
    }
    $public = $Certificate.GetPublicKeyString()
    try {
        $pending = @(Get-StoreCertificate 'REQUEST' $Location | Where-Object { $_.GetPublicKeyString() -eq $public })
    }
    catch {
        # Windows makes this store with the first request.
        $pending = @()
    }
    if (-not $pending.Count) {
        throw 'No pending request on this host belongs to the certificate.'
    }
    $true
}

function Install-Certificate ($Certificate, [int]$Context) {
    $enrollment = New-EnrollmentObject 'CX509Enrollment'
    $enrollment.Initialize($Context)
    # 6: allow an untrusted CA (the controller has validated the path). 1: base64.
    $enrollment.InstallResponse(6, [System.Convert]::ToBase64String($Certificate.RawData), 1, '')
}

function Invoke-List ($Certificates, [string]$Location) {
    $unread = @()
    $known = foreach ($name in 'CA', 'Root') {
        try {
            Get-StoreCertificate $name $Location
        }
        catch {
            $unread += "The store $Location\$name cannot be opened. $(Get-Cause $_)"
        }
    }
    @{
        certificates = @(
            foreach ($one in $Certificates) {
                @{
                    thumbprint = $one.Thumbprint
                    certificate = [System.Convert]::ToBase64String($one.RawData)
                    friendly_name = [string]$one.FriendlyName
                    key = Get-KeyInfo $one
                }
            }
        )
        authorities = @(Get-Authority $Certificates $known | Select-Object -Unique)
        unread = $unread
    }
}

function Invoke-Request ($Options, [int]$Context, [bool]$CheckMode) {
    if ($Options.store_name -ne 'My') {
        Stop-Operation 'request_failed' 'A request is made for the store My only.'
    }
    try {
        $subject = ConvertTo-EncodedName $Options.subject
        if ($Options.key_bits -lt 2048) {
            throw 'A key of less than 2048 bits is not made.'
        }
        if ($CheckMode) {
            return @{ changed = $true }
        }
        @{ changed = $true; csr = New-Request $subject $Options $Context }
    }
    catch {
        Stop-Operation 'request_failed' "The request cannot be made: $(Get-Cause $_)"
    }
}

function Invoke-Install ($Certificates, $Options, [int]$Context, [bool]$CheckMode) {
    if ($Options.store_name -ne 'My') {
        Stop-Operation 'install_failed' 'A certificate is installed in the store My only.'
    }
    $der = ConvertFrom-Base64 $Options.certificate 'certificate' 'install_failed'
    try {
        $certificate = [System.Security.Cryptography.X509Certificates.X509Certificate2]::new([byte[]]$der)
        $needed = Test-InstallNeeded $certificate $Certificates $Options.store_location
        if ($needed -and -not $CheckMode) {
            Install-Certificate $certificate $Context
            if ($Options.friendly_name) {
                $present = @(Get-StoreCertificate 'My' $Options.store_location)
                (Find-Certificate $present $certificate.Thumbprint).FriendlyName = $Options.friendly_name
            }
        }
        @{ changed = $needed; thumbprint = $certificate.Thumbprint }
    }
    catch {
        Stop-Operation 'install_failed' "The certificate cannot be installed: $(Get-Cause $_)"
    }
}

function Invoke-Operation ($Options, [bool]$CheckMode) {
    $location = $Options.store_location
    $context = if ($location -eq 'LocalMachine') { 2 } else { 1 }
    try {
        $certificates = @(Get-StoreCertificate $Options.store_name $location)
    }
    catch {
        Stop-Operation 'store_unavailable' "The store $location\$($Options.store_name) cannot be opened. $(Get-Cause $_)"
    }
    switch ($Options.operation) {
        'list' { Invoke-List $certificates $location }
        'sign' {
            @{ signatures = @(foreach ($item in $Options.to_sign) { Get-SignResult $certificates $item $Options.run }) }
        }
        'export' {
            @{ pfx = Get-Pfx (Get-WantedCertificate $certificates $Options.thumbprint) $Options.password }
        }
        'request' { Invoke-Request $Options $context $CheckMode }
        'install' { Invoke-Install $certificates $Options $context $CheckMode }
    }
}

$module = [Ansible.Basic.AnsibleModule]::Create($args, $spec)
if ($module.Params.operation -eq 'sign' -and $module.Params.to_sign.Count -notin 1..$mostAtOnce) {
    $module.FailJson("to_sign has $($module.Params.to_sign.Count) items, expected 1 to $mostAtOnce")
}
$failure = $null
try {
    $result = Invoke-Operation $module.Params $module.CheckMode
}
catch {
    $failure = $_
}
if ($failure) {
    $code = Get-ErrorCode $failure
    if ($code) {
        $module.Result.error_code = $code
    }
    $module.FailJson((Get-Cause $failure))
}
foreach ($name in $result.Keys) {
    $module.Result[$name] = $result[$name]
}
$module.ExitJson()
