# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two kinds of remote shells: WinRS (Ansible's `winrm` connection) and PSRP runspace pools (`psrp`)."""

from __future__ import annotations

import base64
import binascii
import shlex
import threading
import uuid
from collections import deque
from typing import Any

import psrpcore
from psrpcore.types import HostMethodIdentifier, NETException

from .engine import Engine, Output, failed

SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
# Raw bytes in one Receive: base64 of it fits well into the envelope that clients accept.
CHUNK = 100_000
# cmd.exe's limit for a command line, which real WinRS has unless WINRS_SKIP_CMD_SHELL is set.
COMMAND_LINE_LIMIT = 8191


class WSManError(Exception):
    """A WS-Management fault with its Windows error code."""

    def __init__(self, code: int, text: str, subcode: str = "w:InternalError") -> None:
        super().__init__(text)
        self.code, self.text, self.subcode = code, text, subcode


def not_yet() -> WSManError:
    """WinRM's answer if no output came within OperationTimeout: the client asks again."""
    text = "The WS-Management service cannot complete the operation within the time specified in OperationTimeout."
    return WSManError(2150858793, text, "w:TimedOut")


def _stream(name: str, data: bytes | None, command: str | None) -> str:
    attribute = f' CommandId="{command}"' if command else ""
    if data is None:
        return f'<rsp:Stream Name="{name}"{attribute} End="true"/>'
    return f'<rsp:Stream Name="{name}"{attribute}>{base64.b64encode(data).decode()}</rsp:Stream>'


class Command:
    """A command in a WinRS shell: collects its input, runs when that ends, and returns its output in pieces."""

    def __init__(self, engine: Engine, name: str, line: str, *, limited: bool) -> None:
        self._engine, self._name, self._line, self._limited = engine, name, line, limited
        self._input, self._ended, self._killed = bytearray(), False, False
        self._output: deque[tuple[str, bytes]] = deque()
        self._exit_code: int | None = None
        self._change = threading.Condition()
        threading.Thread(target=self._work, daemon=True).start()

    def feed(self, data: bytes, *, end: bool) -> None:
        with self._change:
            if self._exit_code is not None:
                raise WSManError(0x6D, "The pipe has been ended.")
            self._input += data
            self._ended = self._ended or end
            self._change.notify_all()

    def kill(self) -> None:
        with self._change:
            self._killed = True
            self._change.notify_all()

    def _work(self) -> None:
        with self._change:
            self._change.wait_for(lambda: self._ended or self._killed)
            if self._killed:
                return
        output = self._run()
        with self._change:
            for stream, data in (("stdout", output.stdout), ("stderr", output.stderr)):
                self._output.extend((stream, data[at : at + CHUNK]) for at in range(0, len(data), CHUNK))
            self._exit_code = output.exit_code
            self._change.notify_all()

    def _run(self) -> Output:
        if self._limited and len(self._line) > COMMAND_LINE_LIMIT:
            return failed("The command line is too long.")
        words = shlex.split(self._line.replace("\\", "\\\\"))
        names = [word.lower() for word in words]
        if not words or names[0].rsplit("\\", 1)[-1].removesuffix(".exe") not in ("powershell", "pwsh"):
            return failed("The sandbox's Windows host runs nothing but powershell.")
        try:
            script = base64.b64decode(words[names.index("-encodedcommand") + 1]).decode("utf-16-le")
        except (ValueError, IndexError, binascii.Error):
            return failed("The sandbox's Windows host knows -EncodedCommand only.")
        return self._engine.run(script, bytes(self._input))

    def receive(self, timeout: float) -> str:
        with self._change:
            if not self._change.wait_for(lambda: self._output or self._exit_code is not None, timeout):
                raise not_yet()
            xml, size = "", 0
            while self._output and size + len(self._output[0][1]) <= CHUNK:
                stream, data = self._output.popleft()
                size += len(data)
                xml += _stream(stream, data, self._name)
            if self._exit_code is None or self._output:
                return f'{xml}<rsp:CommandState CommandId="{self._name}" State="{SHELL}/CommandState/Running"/>'
            xml += _stream("stdout", None, self._name) + _stream("stderr", None, self._name)
            return (
                f'{xml}<rsp:CommandState CommandId="{self._name}" State="{SHELL}/CommandState/Done">'
                f"<rsp:ExitCode>{self._exit_code}</rsp:ExitCode></rsp:CommandState>"
            )


class RunspacePool:
    """A PSRP runspace pool (MS-PSRP); psrpcore keeps the protocol's state."""

    def __init__(self, engine: Engine, creation: bytes) -> None:
        self._engine = engine
        self._pool = psrpcore.ServerRunspacePool()
        self._change = threading.Condition()
        self._outgoing: dict[uuid.UUID | None, deque[bytes | None]] = {}
        self._input: dict[uuid.UUID, list[str]] = {}
        self.feed(creation, None)

    def feed(self, data: bytes, command: str | None) -> None:
        with self._change:
            pipeline = uuid.UUID(command) if command else None
            if pipeline and pipeline not in self._pool.pipeline_table:
                psrpcore.ServerPipeline(self._pool, pipeline)
            self._pool.receive_data(psrpcore.PSRPPayload(data, psrpcore.StreamType.default, pipeline))
            while (event := self._pool.next_event()) is not None:
                self._take(event)
            self._flush()

    def _take(self, event: Any) -> None:
        match event:
            case psrpcore.CreatePipelineEvent():
                self._input[event.pipeline_id] = []
                if event.pipeline.no_input:
                    self._start(event.pipeline_id)
            case psrpcore.PipelineInputEvent():
                given = event.data if isinstance(event.data, list) else [event.data]
                self._input[event.pipeline_id] += [str(line) for line in given]
            case psrpcore.EndOfPipelineInputEvent():
                self._start(event.pipeline_id)

    def _start(self, pipeline: uuid.UUID) -> None:
        threading.Thread(target=self._work, args=(pipeline,), daemon=True).start()

    def _work(self, pipeline: uuid.UUID) -> None:
        pipe = self._pool.pipeline_table[pipeline]
        stdin = "\n".join(self._input.pop(pipeline)).encode()
        script = pipe.metadata.commands[0].command_text if pipe.metadata else ""
        output = self._engine.run(script, stdin)
        with self._change:
            pipe.start()
            for line in output.stdout.decode().splitlines():
                pipe.write_output(line)
            if output.stderr:
                pipe.write_error(NETException(output.stderr.decode().strip()))
            if output.exit_code:
                pipe.host_call(HostMethodIdentifier.SetShouldExit, [output.exit_code])
            pipe.complete()
            self._flush()
            self._queue(pipeline).append(None)
            self._change.notify_all()

    def _queue(self, pipeline: uuid.UUID | None) -> deque[bytes | None]:
        return self._outgoing.setdefault(pipeline, deque())

    def _flush(self) -> None:
        while (payload := self._pool.data_to_send(CHUNK)) is not None:
            self._queue(payload.pipeline_id).append(payload.data)
        self._change.notify_all()

    def receive(self, command: str | None, timeout: float) -> str:
        with self._change:
            queue = self._queue(uuid.UUID(command) if command else None)
            if not self._change.wait_for(lambda: bool(queue), timeout):
                raise not_yet()
            data = queue.popleft()
            xml = "" if data is None else _stream("stdout", data, command)
            if command:
                state = "Done" if data is None or (queue and queue[0] is None) else "Running"
                xml += f'<rsp:CommandState CommandId="{command}" State="{SHELL}/CommandState/{state}"/>'
            return xml
