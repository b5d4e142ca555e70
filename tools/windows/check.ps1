# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# PSScriptAnalyzer over every script of ours, and the Pester tests: `pwsh -File tools/windows/check.ps1`. Run by `make pwsh` and
# by windows.yml, in PowerShell 7 and in Windows PowerShell 5.1. It ends with exit code 1 when something is wrong.
$ErrorActionPreference = 'Stop'
$root = (Resolve-Path (Join-Path $PSScriptRoot '../..')).Path
foreach ($name in 'PSScriptAnalyzer', 'Pester') {
    if (-not (Get-Module -ListAvailable -Name $name)) {
        Write-Output "The module $name is not installed: Install-Module $name -Scope CurrentUser -Force"
        exit 1
    }
}
Import-Module Pester -MinimumVersion 5.5

$scripts = @(
    Join-Path $root 'plugins/modules/uzi_store.ps1'
    Get-ChildItem -Path (Join-Path $root 'docs/examples/windows') -Filter *.psm1 | ForEach-Object { $_.FullName }
    Get-ChildItem -Path (Join-Path $root 'tools/windows') -Filter *.ps1 | ForEach-Object { $_.FullName }
    Get-ChildItem -Path (Join-Path $root 'sandbox/zorgid_sandbox/windows') -Filter *.ps1 | ForEach-Object { $_.FullName }
)
$settings = @{
    # These functions make objects in memory; the module itself has check mode. The password of an export comes as a text, is
    # made for that call, and goes as a text into X509Certificate2.Export.
    ExcludeRules = 'PSUseShouldProcessForStateChangingFunctions', 'PSAvoidUsingPositionalParameters',
        'PSAvoidUsingPlainTextForPassword'
    Rules = @{ PSUseCompatibleSyntax = @{ Enable = $true; TargetVersions = '5.1', '7.0' } }
}
$found = @($scripts | ForEach-Object { Invoke-ScriptAnalyzer -Path $_ -Settings $settings })
$found | Format-Table -AutoSize -Property Severity, ScriptName, Line, RuleName, Message | Out-String -Width 200 | Write-Output

$configuration = New-PesterConfiguration
$configuration.Run.Path = Join-Path $root 'tests/powershell'
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'Normal'
$result = Invoke-Pester -Configuration $configuration
if ($found.Count -or $result.FailedCount -or -not $result.PassedCount) {
    exit 1
}
