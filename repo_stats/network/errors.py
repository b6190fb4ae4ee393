"""The error of settings that connections depend on."""


class NetworkSettingsError(ValueError):
    """A variable about proxies or certificates cannot be used; one sentence says which and why."""


def show(text: str) -> str:
    """A value as errors quote it: printable, short, and without credentials or a query."""
    before, at, after = text.rpartition("@")
    scheme = f"{before.partition('://')[0]}://" if "://" in before else ""
    bare = f"{scheme}...@{after}" if at else text
    bare = bare.partition("?")[0]
    return repr(bare if len(bare) <= 100 else f"{bare[:100]}...")
