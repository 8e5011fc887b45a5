"""Settings are read strictly: what is misspelled or unsafe is refused by its name."""

from pathlib import Path

import pytest

from tongbao_platform.settings import SettingsRefused, load_settings


def test_defaults_serve_a_sandbox_on_loopback() -> None:
    settings = load_settings({})
    assert not settings.livemode
    assert settings.database_url.startswith("sqlite:///")
    assert settings.issuer == settings.checkout_url == settings.base_url
    assert settings.rate_limit


def test_values_are_typed() -> None:
    settings = load_settings(
        {
            "TONGBAO_PORT": "9000",
            "TONGBAO_RATE_LIMIT": "false",
            "TONGBAO_KEYRING_FILE": "/keys/ring",
            "TONGBAO_TRUSTED_PROXIES": "10.0.0.1, 10.0.0.2",
            "TONGBAO_KEYRING": "not a setting, the keyring itself",
            "PATH": "ignored",
        }
    )
    assert settings.port == 9000
    assert settings.rate_limit is False
    assert settings.keyring_file == Path("/keys/ring")
    assert settings.trusted_proxies == ("10.0.0.1", "10.0.0.2")


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"TONGBAO_RATE_LIMITS": "true"}, "TONGBAO_RATE_LIMITS"),
        ({"TONGBAO_PORT": "many"}, "port"),
        ({"TONGBAO_KIND": "production"}, "kind"),
        ({"TONGBAO_BASE_URL": "https://api.example/"}, "TONGBAO_BASE_URL"),
        ({"TONGBAO_BASE_URL": "https://api.example/v1"}, "TONGBAO_BASE_URL"),
        ({"TONGBAO_KIND": "live", "TONGBAO_BASE_URL": "http://api.example"}, "TONGBAO_BASE_URL"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(variables: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsRefused, match=named):
        load_settings(variables)
