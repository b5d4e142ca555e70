# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# The one function of a JEA endpoint: what `uzi_store` does for operation sign, with the functions of uzi_store.ps1 itself,
# a copy of which lies beside this file. Only its functions are loaded; the rest of it is Ansible's.

$script = Join-Path -Path $PSScriptRoot -ChildPath 'uzi_store.ps1'
$tree = [System.Management.Automation.Language.Parser]::ParseFile($script, [ref]$null, [ref]$null)
$wanted = {
    param ($node)
    $node -is [System.Management.Automation.Language.FunctionDefinitionAst]
}
foreach ($function in $tree.FindAll($wanted, $false)) {
    . ([scriptblock]::Create($function.Extent.Text))
}
# What those functions take from the script.
Set-Variable -Name rsaOid -Value '1.2.840.113549.1.1.1'
Set-Variable -Name mostBytes -Value 64KB
Set-Variable -Name challengePrefix -Value "gbz.zorgid proof of possession`0"

function Invoke-ZorgidSign {
    <#
    .SYNOPSIS
    Signs documents and proofs of possession with keys of LocalMachine\My; each item is answered by itself.
    .PARAMETER ToSign
    Hashtables of thumbprint, purpose (document, possession), data (base64), hash (SHA256, SHA384, SHA512), padding (pkcs1, pss).
    .PARAMETER Run
    Which run asks, for the event log.
    #>
    [CmdletBinding()]
    [OutputType([hashtable])]
    param (
        [Parameter(Mandatory = $true)]
        [ValidateCount(1, 50)]
        [hashtable[]]
        $ToSign,

        [string]
        $Run = ''
    )

    $certificates = @(Get-StoreCertificate 'My' 'LocalMachine')
    foreach ($item in $ToSign) {
        if ($item.purpose -notin 'document', 'possession' -or $item.hash -notin 'SHA256', 'SHA384', 'SHA512' -or
            $item.padding -notin 'pkcs1', 'pss') {
            @{ error_code = 'signing_refused'; msg = 'Another purpose, hash or padding than this endpoint knows.' }
            continue
        }
        Get-SignResult $certificates $item $Run
    }
}

Export-ModuleMember -Function Invoke-ZorgidSign
