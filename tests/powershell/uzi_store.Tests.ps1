# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# The functions of uzi_store.ps1 whose Windows side cannot run on Linux: what they do when each property answers, throws, or
# is empty, and which calls CertEnroll gets, in order. The objects have the members that Microsoft documents for RSACng,
# CngKey, CngUIPolicy, RSACryptoServiceProvider, CspKeyContainerInfo and X509Enrollment. Run by `make pwsh` and windows.yml.

BeforeAll {
    $path = Join-Path $PSScriptRoot '../../plugins/modules/uzi_store.ps1'
    $tree = [System.Management.Automation.Language.Parser]::ParseFile($path, [ref]$null, [ref]$null)
    $functions = $tree.FindAll({ param($node) $node -is [System.Management.Automation.Language.FunctionDefinitionAst] }, $false)
    foreach ($function in $functions) {
        . ([scriptblock]::Create($function.Extent.Text))
    }
    $rsaOid = '1.2.840.113549.1.1.1'
    $mostBytes = 64KB
    $challengePrefix = "gbz.zorgid proof of possession`0"

    # An object with these methods.
    function New-Told ([hashtable]$Methods) {
        $told = New-Object psobject
        foreach ($name in $Methods.Keys) {
            $told | Add-Member -MemberType ScriptMethod -Name $name -Value $Methods[$name]
        }
        $told
    }

    function New-CngKey ($Policy = { $null }, $Export = { 0 }, $Provider = { 'Microsoft Software Key Storage Provider' }) {
        $provider = New-Told @{ get_Provider = $Provider }
        $cng = New-Told @{ get_UIPolicy = $Policy; get_ExportPolicy = $Export }
        $cng | Add-Member -MemberType NoteProperty -Name Held -Value $provider
        $cng | Add-Member -MemberType ScriptMethod -Name get_Provider -Value { $this.Held }
        $key = New-Object psobject -Property @{ Held = $cng; Type = 'cng' }
        $key | Add-Member -MemberType ScriptMethod -Name get_Key -Value { $this.Held }
        $key
    }

    function New-CapiKey ([hashtable]$Methods = @{}) {
        $answers = @{
            get_Removable = { $false }
            get_Protected = { $false }
            get_Exportable = { $false }
            get_HardwareDevice = { $false }
            get_ProviderType = { 24 }
            get_ProviderName = { 'Microsoft Enhanced RSA and AES Cryptographic Provider' }
        }
        foreach ($name in $Methods.Keys) {
            $answers[$name] = $Methods[$name]
        }
        $key = New-Object psobject -Property @{ Held = (New-Told $answers); Type = 'capi' }
        $key | Add-Member -MemberType ScriptMethod -Name get_CspKeyContainerInfo -Value { $this.Held }
        $key
    }

    function Get-Said ([scriptblock]$Block) {
        try {
            $null = & $Block
            'nothing'
        }
        catch {
            Get-Cause $_
        }
    }
}

Describe 'A property that throws' {
    It 'is nothing to PowerShell, and its accessor throws' {
        Add-Type 'public class Told { public bool Removable { get { throw new System.Exception("0x80090016"); } } }'
        $told = New-Object Told
        $told.Removable | Should -BeNullOrEmpty
        Get-Said { $told.get_Removable() } | Should -Be '0x80090016'
    }
}

Describe 'Get-KeyType' {
    It 'names any other key by its type' {
        $key = [System.Security.Cryptography.RSA]::Create()
        if ($key.GetType().Name -in 'RSACng', 'RSACryptoServiceProvider') {
            Set-ItResult -Skipped -Because 'Windows makes no key of another kind here'
        }
        Get-KeyType $key | Should -Be 'other'
        Get-ProviderName $key | Should -Be $key.GetType().FullName
        Test-ExportPolicy $key | Should -BeTrue
        Get-Said { Assert-SilentKey $key } | Should -Be 'nothing'
    }
}

Describe 'A key that might ask' {
    BeforeAll {
        Mock Get-KeyType { $Key.Type }
    }

    It 'CNG, <name>: <said>' -TestCases @(
        @{ name = 'no policy'; policy = { $null }; said = 'nothing' }
        @{ name = 'no protection'; policy = { New-Told @{ get_ProtectionLevel = { 'None' } } }; said = 'nothing' }
        @{ name = 'protected'; policy = { New-Told @{ get_ProtectionLevel = { 'ProtectKey' } } }; said = 'The key asks a person*' }
        @{ name = 'forced'; policy = { New-Told @{ get_ProtectionLevel = { 'ForceHighProtection' } } }; said = 'The key asks*' }
        @{ name = 'the policy is refused'; policy = { throw 'Access denied' }; said = 'Access denied' }
        @{
            name = 'the level is refused'
            policy = { New-Told @{ get_ProtectionLevel = { throw 'Keyset does not exist' } } }
            said = 'Keyset does not exist'
        }
    ) {
        Get-Said { Assert-SilentKey (New-CngKey -Policy $policy) } | Should -BeLike $said
    }

    It 'CNG, a smart card' {
        $card = New-CngKey -Provider { 'Microsoft Smart Card Key Storage Provider' }
        Get-Said { Assert-SilentKey $card } | Should -BeLike 'The key asks a person*'
    }

    It 'CNG, a provider that is not told' {
        Get-Said { Assert-SilentKey (New-CngKey -Provider { throw 'Invalid handle' }) } | Should -Be 'Invalid handle'
    }

    It 'CAPI, <name>: <said>' -TestCases @(
        @{ name = 'silent'; methods = @{}; said = 'nothing' }
        @{ name = 'removable'; methods = @{ get_Removable = { $true } }; said = 'The key asks a person*' }
        @{ name = 'protected'; methods = @{ get_Protected = { $true } }; said = 'The key asks a person*' }
        @{ name = 'removable is refused'; methods = @{ get_Removable = { throw 'Keyset does not exist' } }; said = 'Keyset*' }
        @{ name = 'protected is refused'; methods = @{ get_Protected = { throw 'Access denied' } }; said = 'Access denied' }
    ) {
        Get-Said { Assert-SilentKey (New-CapiKey $methods) } | Should -BeLike $said
    }
}

Describe 'Whether a key may leave' {
    BeforeAll {
        Mock Get-KeyType { $Key.Type }
        $certificate = New-Object psobject -Property @{
            PublicKey = @{ Oid = @{ Value = $rsaOid; FriendlyName = 'RSA' } }
        }
        $certificate | Add-Member -MemberType ScriptMethod -Name get_HasPrivateKey -Value { $true }
        Mock Get-KeyLength { 2048 }
    }

    It '<name>: <state>, "<reason>"' -TestCases @(
        @{ name = 'CNG, never'; key = { New-CngKey }; state = 'not_exportable'; reason = 'The key was made not exportable' }
        @{ name = 'CNG, yes'; key = { New-CngKey -Export { 3 } }; state = 'exportable'; reason = '' }
        @{ name = 'CNG, archive only'; key = { New-CngKey -Export { 4 } }; state = 'not_exportable'; reason = 'The key was*' }
        @{ name = 'CNG, refused'; key = { New-CngKey -Export { throw 'Access denied' } }; state = 'inaccessible'; reason = 'Access denied' }
        @{ name = 'CAPI, never'; key = { New-CapiKey }; state = 'not_exportable'; reason = 'The key was made not exportable' }
        @{ name = 'CAPI, yes'; key = { New-CapiKey @{ get_Exportable = { $true } } }; state = 'exportable'; reason = '' }
        @{
            name = 'CAPI, refused'
            key = { New-CapiKey @{ get_Exportable = { throw 'Keyset does not exist' } } }
            state = 'inaccessible'
            reason = 'Keyset does not exist'
        }
        @{
            name = 'CAPI, the name is refused'
            key = { New-CapiKey @{ get_ProviderName = { throw 'Keyset does not exist' } } }
            state = 'inaccessible'
            reason = 'Keyset does not exist'
        }
    ) {
        $made = & $key
        Mock Get-PrivateKey { $made }
        Mock Export-Pfx { , [byte[]](1, 2) }
        $info = Get-KeyInfo $certificate
        $info.state | Should -Be $state
        $info.reason | Should -BeLike $reason
        $expected = if ($state -eq 'inaccessible') { $null } else { $made.Type }
        $info.provider_type | Should -Be $expected
    }

    It 'a provider that promises more than it keeps' {
        $made = New-CngKey -Export { 1 }
        Mock Get-PrivateKey { $made }
        Mock Export-Pfx { throw 'The requested operation is not supported' }
        $info = Get-KeyInfo $certificate
        $info.state, $info.reason | Should -Be 'not_exportable', 'The requested operation is not supported'
        Get-Said { Get-Pfx $certificate 'x' } | Should -Be 'The private key may not be exported: The requested operation is not supported'
    }

    It 'a key that is not told is not exported, and its state is Windows'' own words' {
        $made = New-CapiKey @{ get_Exportable = { throw 'Keyset does not exist' } }
        Mock Get-PrivateKey { $made }
        Mock Export-Pfx { , [byte[]](1, 2) }
        Get-Said { Get-Pfx $certificate 'x' } | Should -Be 'The private key cannot be used: Keyset does not exist'
        Should -Invoke Export-Pfx -Times 0 -Exactly
    }

    It 'a key that cannot be had at all' {
        Mock Get-PrivateKey { throw 'Access denied' }
        $info = Get-KeyInfo $certificate
        $info.state, $info.reason | Should -Be 'inaccessible', 'Access denied'
        try { Get-UsableKey $certificate } catch { $code = Get-ErrorCode $_ }
        $code | Should -Be 'key_inaccessible'
    }
}

Describe 'SHA-2 with CAPI' {
    BeforeAll {
        Mock Get-KeyType { $Key.Type }
    }

    It 'leaves <name> as it is' -TestCases @(
        @{ name = 'CNG'; key = { New-CngKey } }
        @{ name = 'type 24'; key = { New-CapiKey } }
        @{ name = 'hardware'; key = { New-CapiKey @{ get_ProviderType = { 1 }; get_HardwareDevice = { $true } } } }
    ) {
        $made = & $key
        Get-Sha2Key $made | Should -Be $made
    }

    It 'says what Windows says when the type is not told' {
        $refusing = New-CapiKey @{ get_ProviderType = { throw 'Keyset does not exist' } }
        Get-Said { Get-Sha2Key $refusing } | Should -Be 'Keyset does not exist'
        $item = @{ hash = 'SHA256'; padding = 'pkcs1' }
        Get-Said { Get-Signature $refusing ([byte[]]::new(32)) $item } |
            Should -Be 'The private key cannot be used: Keyset does not exist'
    }

    It 'refuses PSS' {
        $item = @{ hash = 'SHA256'; padding = 'pss' }
        Get-Said { Get-Signature (New-CapiKey) ([byte[]]::new(32)) $item } | Should -BeLike 'A key of a CAPI provider signs PKCS#1*'
    }
}

Describe 'The name of a request' {
    It 'is encoded as it stands: <value>' -TestCases @(
        @{ value = 'De Linde, Zoon + "Dochter" \ Co; <een>=#' }
        @{ value = ' a+OU=b ' }
        @{ value = '"' }
        @{ value = "caf$([char]0xe9)" }
    ) {
        $encoded = [System.Convert]::FromBase64String((ConvertTo-EncodedName @(@{ type = '2.5.4.10'; value = $value })))
        $bytes = [System.Text.Encoding]::UTF8.GetBytes($value)
        # SEQUENCE, SET, SEQUENCE, the type 2.5.4.10, a string of that length, and the value.
        [System.BitConverter]::ToString($encoded, 6, 5) | Should -Be '06-03-55-04-0A'
        $encoded[12] | Should -Be $bytes.Length
        $encoded[13..($encoded.Length - 1)] | Should -Be $bytes
    }

    It 'keeps the order' {
        $name = ConvertTo-EncodedName @(@{ type = 'C'; value = 'NL' }, @{ type = '2.5.4.97'; value = 'x' }, @{ type = 'CN'; value = 'y' })
        $told = [System.BitConverter]::ToString([System.Convert]::FromBase64String($name))
        $told.IndexOf('55-04-06') | Should -BeLessThan $told.IndexOf('55-04-61')
        $told.IndexOf('55-04-61') | Should -BeLessThan $told.IndexOf('55-04-03')
    }
}

Describe 'CertEnroll' {
    BeforeEach {
        $calls = New-Object System.Collections.ArrayList
        Mock New-EnrollmentObject {
            $made = New-Object psobject -Property @{
                Kind = $Name; Log = $calls; Algorithm = $null; Length = 0; MachineContext = $null; ExportPolicy = -1
                Silent = $null; ProviderName = ''; Subject = $null; HashAlgorithm = $null; X509Extensions = $null
                CertificateFriendlyName = ''
            }
            $methods = 'InitializeFromValue', 'Decode', 'Create', 'InitializeFromPrivateKey', 'Add', 'InitializeEncode',
                'InitializeFromString', 'InitializeFromRequest', 'CreateRequest', 'Initialize', 'InstallResponse'
            foreach ($method in $methods) {
                $body = [scriptblock]::Create(
                    "`$texts = foreach (`$one in `$args) { if (`$one.Kind) { `$one.Kind } else { `$one } }`n" +
                    "`$null = `$this.Log.Add(`"`$(`$this.Kind).$method(`$(`$texts -join ','))`")`n" +
                    "if ('$method' -eq 'CreateRequest') { 'csr' }"
                )
                $made | Add-Member -MemberType ScriptMethod -Name $method -Value $body
            }
            if ($Name -eq 'CX509CertificateRequestPkcs10') {
                $extensions = New-Object psobject -Property @{ Log = $calls }
                $extensions | Add-Member -MemberType ScriptMethod -Name Add -Value {
                    $null = $this.Log.Add("X509Extensions.Add($($args[0].Kind))")
                }
                $made.X509Extensions = $extensions
            }
            if ($Name -eq 'CX509PrivateKey') {
                $script:key = $made
            }
            $made
        }
    }

    It 'makes key and request in order' {
        $options = @{ key_bits = 4096; exportable = $false; dns_names = @('a.example'); friendly_name = 'Nieuw' }
        New-Request 'MAA=' $options 2 | Should -Be 'csr'
        $calls | Should -Be @(
            'CX500DistinguishedName.Decode(MAA=,1,0)'
            'CObjectId.InitializeFromValue(1.2.840.113549.1.1.1)'
            'CX509PrivateKey.Create()'
            'CX509CertificateRequestPkcs10.InitializeFromPrivateKey(2,CX509PrivateKey,)'
            'CObjectId.InitializeFromValue(2.16.840.1.101.3.4.2.1)'
            'CObjectId.InitializeFromValue(1.3.6.1.5.5.7.3.1)'
            'CObjectIds.Add(CObjectId)'
            'CObjectId.InitializeFromValue(1.3.6.1.5.5.7.3.2)'
            'CObjectIds.Add(CObjectId)'
            'CX509ExtensionEnhancedKeyUsage.InitializeEncode(CObjectIds)'
            'X509Extensions.Add(CX509ExtensionEnhancedKeyUsage)'
            'CAlternativeName.InitializeFromString(3,a.example)'
            'CAlternativeNames.Add(CAlternativeName)'
            'CX509ExtensionAlternativeNames.InitializeEncode(CAlternativeNames)'
            'X509Extensions.Add(CX509ExtensionAlternativeNames)'
            'CX509Enrollment.InitializeFromRequest(CX509CertificateRequestPkcs10)'
            "CX509Enrollment.CreateRequest($(0x40000001))"
        )
        $script:key.Length, $script:key.MachineContext, $script:key.ExportPolicy, $script:key.Silent |
            Should -Be 4096, $true, 0, $true
        $script:key.ProviderName | Should -Be 'Microsoft Software Key Storage Provider'
    }

    It 'makes nothing in check mode' {
        $options = @{ store_name = 'My'; subject = @(@{ type = 'CN'; value = 'x' }); key_bits = 2048 }
        (Invoke-Request $options 2 $true).changed | Should -BeTrue
        $calls.Count | Should -Be 0
    }

    It 'installs a response without asking for its authorities' {
        Install-Certificate (New-Object psobject -Property @{ RawData = [byte[]](1, 2, 3) }) 2
        $calls | Should -Be 'CX509Enrollment.Initialize(2)', 'CX509Enrollment.InstallResponse(6,AQID,1,)'
    }
}

Describe 'A signature' {
    It 'is noted, or the reason why not is told; the line holds no line breaks' {
        $item = @{ thumbprint = 'ab cd'; purpose = 'document'; hash = 'SHA256'; padding = 'pkcs1' }
        $told = Write-SignatureEvent $item ([byte[]](1, 255)) "run 1`r`nSigned: forged"
        $told | Should -BeOfType string
        if (-not $IsWindows) {
            $told | Should -BeLike '*not supported*'
        }
    }

    It 'is given when the log refuses' {
        Mock Get-WantedCertificate { 'certificate' }
        Mock Get-UsableKey { 'key' }
        Mock Get-Signature { , [byte[]](1, 2, 3) }
        Mock Write-SignatureEvent { 'The event log is full' }
        $nonce = [System.Convert]::ToBase64String([byte[]]::new(32))
        $answer = Get-SignResult @() @{ thumbprint = 'ab'; purpose = 'possession'; data = $nonce; hash = 'SHA256' } 'run'
        $answer.signature | Should -Be 'AQID'
        $answer.event_log | Should -Be 'The event log is full'
    }

    It 'is over the prefix and the nonce, never over the nonce alone' {
        $nonce = [byte[]](1..32)
        $data = Get-SignedData @{ purpose = 'possession'; data = [System.Convert]::ToBase64String($nonce) }
        [System.Text.Encoding]::ASCII.GetString($data, 0, 31) | Should -Be $challengePrefix
        $data[31..62] | Should -Be $nonce
    }
}

Describe 'The endpoint of docs/examples/windows' {
    BeforeAll {
        $folder = Join-Path $TestDrive 'gbz.zorgid.sign'
        $null = New-Item -ItemType Directory -Path $folder
        $examples = Join-Path $PSScriptRoot '../../docs/examples/windows'
        Copy-Item (Join-Path $examples 'gbz.zorgid.sign.psm1') $folder
        Copy-Item (Join-Path $PSScriptRoot '../../plugins/modules/uzi_store.ps1') $folder
        Import-Module (Join-Path $folder 'gbz.zorgid.sign.psm1') -Force
    }

    AfterAll {
        Remove-Module gbz.zorgid.sign
    }

    It 'offers one function' {
        (Get-Command -Module gbz.zorgid.sign).Name | Should -Be 'Invoke-ZorgidSign'
        (Import-PowerShellDataFile (Join-Path $examples 'gbz.zorgid.sign.psrc')).VisibleFunctions | Should -Be 'Invoke-ZorgidSign'
        $session = Import-PowerShellDataFile (Join-Path $examples 'gbz.zorgid.sign.pssc')
        $session.SessionType | Should -Be 'RestrictedRemoteServer'
    }

    It 'answers each item by itself' {
        Mock Get-StoreCertificate { @() } -ModuleName gbz.zorgid.sign
        $item = @{ thumbprint = 'ab'; purpose = 'document'; data = 'AAAA'; hash = 'SHA256'; padding = 'pkcs1' }
        $other = @{ thumbprint = 'ab'; purpose = 'login'; data = 'AAAA'; hash = 'SHA256'; padding = 'pkcs1' }
        $answers = @(Invoke-ZorgidSign -ToSign $item, $other -Run 'test')
        $answers.error_code | Should -Be 'certificate_not_found', 'signing_refused'
        { Invoke-ZorgidSign -ToSign (@($item) * 51) } | Should -Throw
    }
}
