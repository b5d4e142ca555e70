# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Fills LocalMachine\My of a Windows host for the tests, as an administrator: `fill-store.ps1 FOLDER`. FOLDER holds
# certificates.json (name: state and provider) with a PKCS#12 (password zorgid) and a certificate for each name.
param (
    [Parameter(Mandatory = $true)]
    [string]
    $Folder
)
$ErrorActionPreference = 'Stop'
$providers = @{
    cng = 'Microsoft Software Key Storage Provider'
    capi = 'Microsoft Enhanced RSA and AES Cryptographic Provider'
}

function Invoke-Certutil ([string[]]$Arguments) {
    & certutil.exe $Arguments
    if ($LASTEXITCODE) {
        throw "certutil $($Arguments -join ' ') ended with $LASTEXITCODE"
    }
}

# Nobody but the system may read the key: what an account without rights on it meets.
function Protect-Key ([string]$Path) {
    $thumbprint = [System.Security.Cryptography.X509Certificates.X509Certificate2]::new($Path).Thumbprint
    $certificate = Get-Item "Cert:\LocalMachine\My\$thumbprint"
    $key = [System.Security.Cryptography.X509Certificates.RSACertificateExtensions]::GetRSAPrivateKey($certificate)
    $file = Join-Path $env:ProgramData "Microsoft\Crypto\Keys\$($key.Key.UniqueName)"
    & icacls.exe $file /inheritance:r /grant:r '*S-1-5-18:F' /remove '*S-1-5-32-544' /remove '*S-1-5-32-545'
    if ($LASTEXITCODE) {
        throw "icacls $file ended with $LASTEXITCODE"
    }
}

$told = Get-Content -Raw (Join-Path $Folder 'certificates.json') | ConvertFrom-Json
foreach ($one in $told.PSObject.Properties) {
    $path = (Resolve-Path (Join-Path $Folder "$($one.Name).p12")).Path
    $state = $one.Value.state
    if ($state -eq 'absent') {
        continue
    }
    if ($state -eq 'none') {
        Invoke-Certutil '-addstore', 'My', ($path -replace '\.p12$', '.cer')
        continue
    }
    $import = '-f', '-csp', $providers[$one.Value.provider], '-p', 'zorgid', '-importpfx', 'My', $path
    if ($state -ne 'exportable') {
        $import += 'NoExport'
    }
    Invoke-Certutil $import
    if ($state -eq 'inaccessible') {
        Protect-Key ($path -replace '\.p12$', '.cer')
    }
}
