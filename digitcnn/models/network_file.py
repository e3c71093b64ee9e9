"""Files that describe a network: JSON, or YAML if PyYAML is installed."""

import json
from pathlib import Path
from typing import Any

from digitcnn.errors import DigitcnnError
from digitcnn.models import description
from digitcnn.models.networks import Network

ENDINGS = (".json", ".yaml", ".yml")
LIMIT_BYTES = 64_000
_DEEPEST = 6  # brackets within brackets; a description has three
_FEW_TOKENS = 20_000


class UnreadableNetwork(DigitcnnError):
    """A file that describes no network, or can't be read."""


def is_file(text: str) -> bool:
    """Whether a text means a file rather than a network's name."""
    path = Path(text)
    return path.suffix.lower() in ENDINGS or len(path.parts) > 1


def load(path: Path, name: str = "") -> Network:
    """The network that a file describes.

    Args:
        path: the file.
        name: what the network is called instead of what the file says; a file that does not say
            calls it as itself.

    Raises:
        UnreadableNetwork: the file can't be read, is too large, or no JSON or YAML.
        WrongDescription: see :func:`digitcnn.models.description.read`.
    """
    if path.suffix.lower() not in ENDINGS:
        raise UnreadableNetwork(f"{path.name} must end in {', '.join(ENDINGS)}.")
    try:
        with open(path, "rb") as file:
            data = file.read(LIMIT_BYTES + 1)
    except OSError as error:
        raise UnreadableNetwork(f"{path.name} can't be read ({error.strerror}).") from error
    values = parse(data, path.name)
    if name and isinstance(values, dict):
        values = {**values, "name": name}
    return description.read(values, name=path.stem)


def parse(data: bytes, filename: str) -> Any:
    """What a file holds, as plain data.

    Args:
        data: its content.
        filename: with its ending, which says what it is.

    Raises:
        UnreadableNetwork: it is too large, too deep, or no JSON or YAML.
    """
    if len(data) > LIMIT_BYTES:
        raise UnreadableNetwork(f"{filename} is larger than {LIMIT_BYTES // 1000} kB.")
    kind = "JSON" if filename.lower().endswith(".json") else "YAML"
    try:
        text = data.decode("utf-8-sig")
        return json.loads(text) if kind == "JSON" else _yaml(text, filename)
    except (ValueError, RecursionError, OverflowError) as error:
        told = str(error).splitlines()[0][:120] if not isinstance(error, RecursionError) else ""
        raise UnreadableNetwork(f"{filename} is no {kind} ({told or 'it is too deep'}).") from error


def written(network: Network, filename: str = ".json") -> str:
    """A network as the text of a file.

    Args:
        network: the network.
        filename: its ending says what is written.

    Raises:
        UnreadableNetwork: YAML is asked for, and PyYAML is not installed.
    """
    entries = description.described(network)
    if not filename.lower().endswith(".json"):
        text: str = _pyyaml(filename).safe_dump(entries, sort_keys=False, allow_unicode=True)
        return text
    layers = ",\n  ".join(json.dumps(layer) for layer in entries.pop("layers"))
    head = json.dumps(entries, indent=1, ensure_ascii=False).removesuffix("\n}")
    return f'{head},\n "layers": [\n  {layers}\n ]\n}}\n'


def _yaml(text: str, filename: str) -> Any:
    yaml = _pyyaml(filename)
    depth = 0
    try:
        for number, event in enumerate(yaml.parse(text, Loader=yaml.SafeLoader)):
            # An alias can stand for any number of others; a tag, for other than plain data.
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise UnreadableNetwork(f"{filename} has anchors or aliases; write them out.")
            if getattr(event, "tag", None) not in (None, "!"):
                raise UnreadableNetwork(f"{filename} has tags (!); leave them out.")
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST or number > _FEW_TOKENS:
                raise UnreadableNetwork(f"{filename} is too deep or too long for a network.")
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error).replace("\n", " ")) from error


def _pyyaml(filename: str) -> Any:
    try:
        import yaml
    except ImportError as error:
        raise UnreadableNetwork(
            f"{filename}: YAML needs a package that is not installed: pip install pyyaml. Or write "
            "it as JSON."
        ) from error
    return yaml
