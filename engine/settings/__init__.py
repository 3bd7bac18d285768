"""Define, load, check and save the settings."""

from engine.settings.loading import (
    as_toml_values,
    from_toml_values,
    load_settings,
    setting_sources,
    user_config,
)
from engine.settings.record import (
    App,
    Drafting,
    Export,
    Model,
    Playback,
    Prompt,
    Retrieval,
    Rosa,
    Settings,
    Training,
    User,
)
from engine.settings.values import parse_setting

__all__ = [
    "App",
    "Drafting",
    "Export",
    "Model",
    "Playback",
    "Prompt",
    "Retrieval",
    "Rosa",
    "Settings",
    "Training",
    "User",
    "as_toml_values",
    "from_toml_values",
    "load_settings",
    "parse_setting",
    "setting_sources",
    "user_config",
]
