"""The certificate authorities that are trusted if the system has none: certifi's, else the package's own."""

import re
import ssl
import subprocess
import sys
import types

import certifi
import pytest
import trustme

import roomcast
from conftest import CREDENTIALS, Server, serving

HTTPS = {"base_url": "https://api.example/v2", **CREDENTIALS}


@pytest.fixture
def no_store(monkeypatch):
    """The environment of a machine without certificate authorities."""
    monkeypatch.setenv("SSL_CERT_FILE", "/nonexistent")
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)


def roots(**options):
    return re.search(r" roots='(.*?)'", repr(roomcast.Client(**HTTPS, **options)))[1]


def fake_certifi(monkeypatch, contents):
    module = types.ModuleType("certifi")
    module.contents = contents
    monkeypatch.setitem(sys.modules, "certifi", module)


def test_the_systems_store_is_shown(monkeypatch, tmp_path):
    authority = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(authority)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    assert roots() == "SSL_CERT_FILE (1)"
    assert roots(ca_file=authority) == "SSL_CERT_FILE (1) + ca_file (1)"
    assert "roots=" not in repr(roomcast.Client(base_url="http://127.0.0.1:9", **CREDENTIALS))


@pytest.mark.usefixtures("no_store")
def test_without_a_store_certifi_is_trusted():
    count = certifi.contents().count("-----BEGIN CERTIFICATE-----")
    assert count > 100
    for cls in (roomcast.Client, roomcast.AsyncClient):
        assert f" roots='SSL_CERT_FILE (0) + certifi ({count})'" in repr(cls(**HTTPS))


@pytest.mark.usefixtures("no_store")
def test_a_send_trusts_what_certifi_has(monkeypatch):
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with serving(Server(tls=context)) as server:
        options = {"base_url": server.base_url, **CREDENTIALS}
        text = r"roots: SSL_CERT_FILE \(0\) \+ certifi .* as ca_file"
        with pytest.raises(roomcast.APIConnectionError, match=text):
            roomcast.Client(**options).broadcast("r", "hi")
        fake_certifi(monkeypatch, lambda: authority.cert_pem.bytes().decode())
        roomcast.Client(**options).broadcast("r", "hi")
    assert server.bodies == [{"message": "hi"}]


@pytest.mark.usefixtures("no_store")
def test_without_certifi_the_packages_own_are_trusted(monkeypatch):
    def broken():
        raise OSError("no such file")

    monkeypatch.setitem(sys.modules, "certifi", None)
    assert re.fullmatch(r"SSL_CERT_FILE \(0\) \+ webpki-roots \(1\d\d\)", roots())
    fake_certifi(monkeypatch, broken)
    assert re.fullmatch(r"SSL_CERT_FILE \(0\) \+ webpki-roots \(1\d\d\)", roots())
    fake_certifi(monkeypatch, lambda: "no PEM")
    assert re.fullmatch(r"SSL_CERT_FILE \(0\) \+ certifi \(0\) \+ webpki-roots \(1\d\d\)", roots())


@pytest.mark.usefixtures("no_store")
def test_an_interrupt_while_certifi_is_read_is_raised(monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    fake_certifi(monkeypatch, interrupted)
    with pytest.raises(KeyboardInterrupt):
        roomcast.Client(**HTTPS)


@pytest.mark.parametrize("store, imported", [(certifi.where(), False), ("/nonexistent", True)])
def test_certifi_is_imported_only_if_it_is_needed(store, imported, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", store)
    program = (
        "import sys, roomcast;"
        f"roomcast.Client(**{HTTPS}); roomcast.Client(base_url='http://127.0.0.1:9', **{CREDENTIALS});"
        "print('certifi' in sys.modules)"
    )
    if imported:
        monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(imported)
