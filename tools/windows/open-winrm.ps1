# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Opens WinRM over HTTPS on this machine for an account of the day, as an administrator, and writes FOLDER\hosts.yml and
# FOLDER\winrm.pem for Ansible: `open-winrm.ps1 FOLDER -Interpreter powershell|pwsh`. For a machine that is thrown away.
param (
    [Parameter(Mandatory = $true)]
    [string]
    $Folder,

    [ValidateSet('powershell', 'pwsh')]
    [string]
    $Interpreter = 'powershell'
)
$ErrorActionPreference = 'Stop'
$tls = New-SelfSignedCertificate -DnsName localhost -CertStoreLocation Cert:\LocalMachine\My
$base64 = [Convert]::ToBase64String($tls.RawData, 'InsertLineBreaks')
$pem = "-----BEGIN CERTIFICATE-----`n$base64`n-----END CERTIFICATE-----`n"
Set-Content -Path (Join-Path $Folder 'winrm.pem') -Value $pem -Encoding ascii
Enable-PSRemoting -Force -SkipNetworkProfileCheck
New-Item -Path WSMan:\localhost\Listener -Transport HTTPS -Address * -CertificateThumbPrint $tls.Thumbprint -Force

$password = "Aa1!$([Guid]::NewGuid().ToString('N'))"
Write-Output "::add-mask::$password"
$account = [ADSI]"WinNT://$env:COMPUTERNAME"
$user = $account.Create('User', 'zorgid')
$user.SetPassword($password)
$user.SetInfo()
& net.exe localgroup Administrators zorgid /add
if ($LASTEXITCODE) {
    throw "net localgroup ended with $LASTEXITCODE"
}

$shared = @"
      ansible_host: localhost
      ansible_port: 5986
      ansible_user: zorgid
      ansible_password: '$password'
      ansible_pwsh_interpreter: $Interpreter
"@
@"
windows:
  hosts:
    over_winrm:
$shared
      zorgid_over: winrm
      ansible_connection: winrm
      ansible_winrm_transport: ntlm
      ansible_winrm_ca_trust_path: .cache/windows/winrm.pem
    over_psrp:
$shared
      zorgid_over: psrp
      ansible_connection: psrp
      ansible_psrp_auth: ntlm
      ansible_psrp_ca_cert: .cache/windows/winrm.pem
"@ | Set-Content -Path (Join-Path $Folder 'hosts.yml') -Encoding ascii
