# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A change whose answer is lost, late or wrong, over HTTP/1.1 and HTTP/2: what was processed, and how often."""

from __future__ import annotations

import re
import socket
import ssl
import time
from itertools import count
from urllib.parse import urlsplit

import httpx2
import pytest
from ansible_collections.gbz.zorgid.tests.support.portal_client import LINDE, ORGANISATIONS, service
from ansible_collections.gbz.zorgid.tests.support.portal_pages import Browser, activated
from h2.connection import H2Connection
from h2.events import DataReceived, Event, StreamEnded
from h2.settings import SettingCodes, Settings

NUMBERS = count(1)


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    with service.running(tmp_path_factory.mktemp("portal"), ORGANISATIONS, http2=True) as running:
        yield running


@pytest.fixture(scope="module")
def phone(portal):
    return activated(portal, LINDE)


class Client:
    """Registers people by the form, over one of the two protocols; tries nothing twice."""

    def __init__(self, portal, phone, version):
        self.portal, self.version = portal, version
        self.root = (portal.page if version == "HTTP/1.1" else portal.page_h2).removesuffix("/portal")
        browser = Browser(portal)
        browser.log_in(phone)
        two, trusted = version == "HTTP/2", ssl.create_default_context(cafile=portal.ca_path)
        self.http = httpx2.Client(http1=not two, http2=two, verify=trusted, trust_env=False, timeout=20)
        self.http.cookies.update(browser.session.cookies.get_dict())

    def register(self):
        """The family name of somebody new, and the answer: a status, or the error's class."""
        page = self.http.get(f"{self.root}/portal/users/new")
        assert page.http_version == self.version
        csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)[1]
        family = f"Antwoord {next(NUMBERS)}"
        data = {"csrf": csrf, "givenName": "Sanne", "familyName": family, "role": "employee"}
        self.posts = len(service.posts(self.portal.state, "/portal/users"))
        try:
            return family, self.http.post(f"{self.root}/portal/users", data=data).status_code
        except httpx2.TransportError as error:
            return family, type(error)

    def done(self, family):
        """Whether the store has the person, and how many requests arrived."""
        there = family in {one["last_name"] for one in service.members(self.portal.state, LINDE)}
        return there, len(service.posts(self.portal.state, "/portal/users")) - self.posts


@pytest.fixture(scope="module", params=["HTTP/1.1", "HTTP/2"])
def client(portal, phone, request):
    one = Client(portal, phone, request.param)
    yield one
    one.http.close()


@pytest.fixture
def fault(portal):
    yield lambda line: service.put_fault(portal.state, line)
    service.clear_faults(portal.state)


def test_a_change_without_faults_is_one_post_of_that_person(client, portal, phone):
    family, answer = client.register()
    assert (answer, client.done(family)) == (303, (True, 1))
    last = service.posts(portal.state, "/portal/users", phone.identity_id)[-1]
    assert (last["method"], last["status"], last["ura"]) == ("POST", 303, LINDE)
    assert service.posts(portal.state, "/portal/users", "somebody else") == []


@pytest.mark.parametrize("how", ["", " how=stream", " how=refused_stream"])
def test_processed_and_then_the_connection_is_reset(client, fault, how):
    fault(f"lost_answer path=/portal/users method=POST times=1{how}")
    family, answer = client.register()
    assert isinstance(answer, type)
    assert issubclass(answer, httpx2.TransportError)
    assert client.done(family) == (True, 1)
    assert client.register()[1] == 303


def test_reset_before_anything_was_processed(client, fault):
    fault("reset path=/portal method=POST times=1")
    family, answer = client.register()
    assert isinstance(answer, type)
    assert client.done(family) == (False, 0)


@pytest.mark.parametrize(("processed", "there"), [(0, False), (1, True)])
def test_an_error_500_says_nothing_of_what_was_processed(client, fault, processed, there):
    fault(f"status code=500 processed={processed} path=/portal method=POST times=1")
    family, answer = client.register()
    assert (answer, client.done(family)) == (500, (there, 1))


def test_processed_at_once_and_answered_later(client, fault):
    fault("slow_answer ms=300 path=/portal/users method=POST times=1")
    start = time.monotonic()
    family, answer = client.register()
    assert (answer, client.done(family)) == (303, (True, 1))
    assert time.monotonic() - start >= 0.3


def test_no_more_is_sent_over_http_2_than_the_client_has_room_for(portal):
    """RFC 9113, 6.9: a page larger than the window waits for each WINDOW_UPDATE, here of 500 bytes."""
    at, path = urlsplit(portal.page_h2), "/portal/style.css"
    context = ssl.create_default_context(cafile=portal.ca_path)
    context.set_alpn_protocols(["h2"])
    connection, body = H2Connection(), b""
    connection.local_settings = Settings(client=True, initial_values={SettingCodes.INITIAL_WINDOW_SIZE: 500})
    plain = socket.create_connection((at.hostname, at.port), timeout=20)
    with context.wrap_socket(plain, server_hostname=at.hostname) as link:
        connection.initiate_connection()
        head = {":method": "GET", ":scheme": "https", ":authority": at.netloc, ":path": path}
        connection.send_headers(1, list(head.items()), end_stream=True)
        events: list[Event] = []
        while not any(isinstance(event, StreamEnded) for event in events):
            link.sendall(connection.data_to_send())
            events = connection.receive_data(link.recv(65_536))
            for part in (event for event in events if isinstance(event, DataReceived)):
                assert len(part.data) <= 500
                body += part.data
                connection.acknowledge_received_data(part.flow_controlled_length, 1)
    with httpx2.Client(verify=ssl.create_default_context(cafile=portal.ca_path), trust_env=False) as http:
        assert http.get(f"{portal.page}/style.css").content == body
    with httpx2.Client(verify=ssl.create_default_context(cafile=portal.ca_path), trust_env=False) as http:
        older = http.get(f"{portal.page_h2}/style.css")  # by a client that does not offer h2
    assert (older.http_version, older.content) == ("HTTP/1.1", body)
    assert len(body) > 1000


def test_the_session_is_over(portal, phone, fault):
    client = Client(portal, phone, "HTTP/1.1")
    fault("session_over path=/portal method=POST times=1")
    family, answer = client.register()
    assert (answer, client.done(family)) == (303, (False, 1))
    assert service.posts(portal.state)[-1]["identity_id"] is None
    assert client.http.get(f"{client.root}/portal/users").headers["Location"] == "/portal/login"
    client.http.close()
