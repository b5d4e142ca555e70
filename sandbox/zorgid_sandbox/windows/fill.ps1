# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Fills the stores of CurrentUser: JSON on standard input, a list of {store, certificate (DER or PKCS#12, base64), password}.
# Prints the folder of this PowerShell.
$ErrorActionPreference = 'Stop'
$flags = [System.Security.Cryptography.X509Certificates.X509KeyStorageFlags]'Exportable, PersistKeySet'
$stores = @{}
foreach ($one in @($input) -join '' | ConvertFrom-Json) {
    if (-not $stores.ContainsKey($one.store)) {
        $store = [System.Security.Cryptography.X509Certificates.X509Store]::new($one.store, 'CurrentUser')
        $store.Open('ReadWrite')
        $stores[$one.store] = $store
    }
    $data = [System.Convert]::FromBase64String($one.certificate)
    $certificate = if ($one.password) {
        [System.Security.Cryptography.X509Certificates.X509Certificate2]::new($data, $one.password, $flags)
    }
    else {
        [System.Security.Cryptography.X509Certificates.X509Certificate2]::new($data)
    }
    $stores[$one.store].Add($certificate)
}
foreach ($store in $stores.Values) {
    $store.Close()
}
$PSHOME
