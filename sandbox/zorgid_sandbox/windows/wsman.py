# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""WS-Management (DSP0226 with Microsoft's shells, MS-WSMV): one SOAP envelope in, one out."""

from __future__ import annotations

import base64
import re
import uuid
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape

from .engine import Engine
from .shells import SHELL, Command, RunspacePool, WSManError

_NS = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "a": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
    "x": "http://schemas.xmlsoap.org/ws/2004/09/transfer",
    "w": "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd",
    "rsp": SHELL,
    "cfg": "http://schemas.microsoft.com/wbem/wsman/1/config",
    "f": "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault",
    "pwsh": "http://schemas.microsoft.com/powershell",
}
_XMLNS = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in _NS.items())
_TRANSFER = _NS["x"]
_FAULT_ACTION = "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault"
_NOT_FOUND = 2150858843


class _Shell:
    def __init__(self, pool: RunspacePool | None) -> None:
        self.pool, self.commands = pool, dict[str, Command]()

    def command(self, name: str | None) -> Command:
        try:
            return self.commands[(name or "").upper()]
        except KeyError:
            raise WSManError(_NOT_FOUND, f"The command {name} was not found.", "w:InvalidSelectors") from None


class Service:
    """The shells of one host."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._shells: dict[str, _Shell] = {}

    def handle(self, raw: bytes) -> tuple[int, bytes]:
        """Answer one envelope: the HTTP status and the envelope. Raises ValueError if it is not an envelope."""
        if b"<!DOCTYPE" in raw:
            raise ValueError("document type declarations are not taken")
        try:
            envelope = ET.fromstring(raw)  # noqa: S314 - no entities without a document type
        except ET.ParseError as error:
            raise ValueError(str(error)) from None
        header, body = envelope.find("s:Header", _NS), envelope.find("s:Body", _NS)
        if header is None or body is None:
            raise ValueError("no header or no body")
        relates = header.findtext("a:MessageID", "", _NS).strip()
        try:
            return 200, self._answer(header, body, relates)
        except WSManError as fault:
            return 500, _fault(fault, relates)

    def _answer(self, header: ET.Element, body: ET.Element, relates: str) -> bytes:
        action = header.findtext("a:Action", "", _NS).strip()
        verb = action.rsplit("/", 1)[-1]
        if action == f"{_TRANSFER}/Create":
            uri = header.findtext("w:ResourceURI", "", _NS).strip()
            return _envelope(f"{_TRANSFER}/CreateResponse", relates, self._create(body, uri))
        if action == f"{_TRANSFER}/Get":
            config = "<cfg:Config><cfg:MaxEnvelopeSizekb>500</cfg:MaxEnvelopeSizekb></cfg:Config>"
            return _envelope(f"{_TRANSFER}/GetResponse", relates, config)
        selectors = header.findall("w:SelectorSet/w:Selector", _NS)
        wanted = next((one.text or "" for one in selectors if one.get("Name") == "ShellId"), "").upper()
        shell = self._shells.get(wanted)
        if shell is None:
            text = f"The request for the Windows Remote Shell with ShellId {wanted} failed: the shell was not found."
            raise WSManError(_NOT_FOUND, text, "w:InvalidSelectors")
        if action == f"{_TRANSFER}/Delete":
            for command in self._shells.pop(wanted).commands.values():
                command.kill()
            return _envelope(f"{_TRANSFER}/DeleteResponse", relates, "")
        options = {one.get("Name"): one.text or "" for one in header.findall("w:OptionSet/w:Option", _NS)}
        match verb:
            case "Command":
                xml = self._command(shell, body, limited=options.get("WINRS_SKIP_CMD_SHELL", "").upper() != "TRUE")
            case "Send":
                xml = self._send(shell, body)
            case "Receive":
                duration = re.match(r"PT([\d.]+)S", header.findtext("w:OperationTimeout", "", _NS))
                xml = self._receive(shell, body, float(duration[1]) if duration else 60.0)
            case "Signal":
                xml = self._signal(shell, body)
            case _:
                raise WSManError(2150858817, f"The action {action} is not supported.", "a:ActionNotSupported")
        return _envelope(f"{SHELL}/{verb}Response", relates, xml)

    def _create(self, body: ET.Element, uri: str) -> str:
        asked = body.find("rsp:Shell", _NS)
        if asked is None:
            raise WSManError(2150858752, "No shell is asked for.")
        name = (asked.get("ShellId") or str(uuid.uuid4())).upper()
        if uri.startswith("http://schemas.microsoft.com/powershell/"):
            creation = base64.b64decode(asked.findtext("pwsh:creationXml", "", _NS))
            self._shells[name] = _Shell(RunspacePool(self._engine, creation))
        elif uri.endswith("/shell/cmd"):
            self._shells[name] = _Shell(None)
        else:
            raise WSManError(2150858752, f"The resource URI {uri} is not known.")
        return (
            f"<x:ResourceCreated><a:Address>https://sandbox/wsman</a:Address><a:ReferenceParameters>"
            f'<w:ResourceURI>{escape(uri)}</w:ResourceURI><w:SelectorSet><w:Selector Name="ShellId">{name}</w:Selector>'
            f"</w:SelectorSet></a:ReferenceParameters></x:ResourceCreated><rsp:Shell><rsp:ShellId>{name}</rsp:ShellId>"
            f"<rsp:ResourceUri>{escape(uri)}</rsp:ResourceUri><rsp:InputStreams>stdin</rsp:InputStreams>"
            f"<rsp:OutputStreams>stdout stderr</rsp:OutputStreams></rsp:Shell>"
        )

    def _command(self, shell: _Shell, body: ET.Element, *, limited: bool) -> str:
        asked = body.find("rsp:CommandLine", _NS)
        if asked is None:
            raise WSManError(2150858752, "No command line.")
        name = (asked.get("CommandId") or str(uuid.uuid4())).upper()
        arguments = [one.text or "" for one in asked.findall("rsp:Arguments", _NS)]
        if shell.pool:
            shell.pool.feed(base64.b64decode(arguments[0]), name)
        else:
            line = " ".join([asked.findtext("rsp:Command", "", _NS), *arguments]).strip()
            shell.commands[name] = Command(self._engine, name, line, limited=limited)
        return f"<rsp:CommandResponse><rsp:CommandId>{name}</rsp:CommandId></rsp:CommandResponse>"

    def _send(self, shell: _Shell, body: ET.Element) -> str:
        for stream in body.findall("rsp:Send/rsp:Stream", _NS):
            data = base64.b64decode(stream.text or "")
            if shell.pool:
                shell.pool.feed(data, stream.get("CommandId"))
            else:
                shell.command(stream.get("CommandId")).feed(data, end=(stream.get("End") or "").lower() == "true")
        return "<rsp:SendResponse/>"

    def _receive(self, shell: _Shell, body: ET.Element, timeout: float) -> str:
        asked = body.find("rsp:Receive/rsp:DesiredStream", _NS)
        name = None if asked is None else asked.get("CommandId")
        xml = shell.pool.receive(name, timeout) if shell.pool else shell.command(name).receive(timeout)
        return f"<rsp:ReceiveResponse>{xml}</rsp:ReceiveResponse>"

    def _signal(self, shell: _Shell, body: ET.Element) -> str:
        asked = body.find("rsp:Signal", _NS)
        name = "" if asked is None else asked.get("CommandId", "").upper()
        if (command := shell.commands.pop(name, None)) is not None:
            command.kill()
        return "<rsp:SignalResponse/>"


def _envelope(action: str, relates: str, body: str) -> bytes:
    return (
        f'<s:Envelope xml:lang="en-US" {_XMLNS}><s:Header><a:Action>{action}</a:Action>'
        f"<a:MessageID>uuid:{uuid.uuid4()}</a:MessageID><a:To>{_NS['a']}/role/anonymous</a:To>"
        f"<a:RelatesTo>{escape(relates)}</a:RelatesTo></s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def _fault(fault: WSManError, relates: str) -> bytes:
    text = escape(fault.text)
    return _envelope(
        _FAULT_ACTION,
        relates,
        f"<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>{fault.subcode}</s:Value></s:Subcode></s:Code>"
        f'<s:Reason><s:Text xml:lang="en-US">{text}</s:Text></s:Reason><s:Detail><f:WSManFault Code="{fault.code}"'
        f' Machine="sandbox"><f:Message>{text}</f:Message></f:WSManFault></s:Detail></s:Fault>',
    )
