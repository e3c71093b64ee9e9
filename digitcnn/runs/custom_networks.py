"""Custom networks, saved by name: ``home/networks/<name>.json``.

A run that was made of one keeps its description, and needs the file no more.
"""

import contextlib
from dataclasses import dataclass
from pathlib import Path

from digitcnn.errors import DigitcnnError
from digitcnn.models import description, network_file, stack
from digitcnn.models.networks import NETWORKS, Network, UnknownNetwork
from digitcnn.system import durable

FOLDER = "networks"
MOST = 200  # that can be saved


class NetworkExists(DigitcnnError):
    """A network of that name is saved already."""


class TooManyNetworks(DigitcnnError):
    """No further network can be saved."""


@dataclass(frozen=True)
class Saved:
    """A file of the folder of networks.

    Attributes:
        name: of the network.
        network: it; ``None`` if the file can't be used.
        reason: why not, as a sentence.
    """

    name: str
    network: Network | None
    reason: str = ""


def path_of(home: Path, name: str) -> Path:
    """Where the network of that name is saved; the name must be proper."""
    return home / FOLDER / f"{name}.json"


def saved(home: Path) -> list[Saved]:
    """What is saved, by name; damaged files are told with their reason."""
    try:
        paths = sorted((home / FOLDER).glob("*.json"))
    except OSError:
        return []
    found = []
    for path in paths[: 2 * MOST]:
        with contextlib.suppress(description.WrongDescription):
            if description.proper_name(path.stem) == path.stem:
                found.append(_saved(path))
    return found


def choices(home: Path) -> dict[str, Network]:
    """Every network that can be trained, by name: ours, then those that are saved."""
    own = (each.network for each in saved(home))
    return {**NETWORKS, **{network.name: network for network in own if network}}


def find(home: Path, name: str) -> Network:
    """The network of that name: one of ours, or one that is saved.

    Raises:
        UnknownNetwork: there is none.
        UnreadableNetwork, WrongDescription, ImpossibleNetwork: its file is damaged.
    """
    if name in NETWORKS:
        return NETWORKS[name]
    found = next((each for each in saved(home) if each.name == name), None)
    if found is None:
        known = ", ".join(choices(home))
        raise UnknownNetwork(f"There is no network {name!r}; choose one of {known}.")
    return _load(path_of(home, name))


def asked(home: Path, text: str) -> Network:
    """The network that a text means: by its name, or by a file that describes it.

    Raises:
        UnknownNetwork: there is none of that name.
        UnreadableNetwork, WrongDescription, ImpossibleNetwork: the file is none that can be used.
    """
    if network_file.is_file(text):
        return stack.possible(network_file.load(Path(text)))
    return find(home, text)


def save(home: Path, network: Network, replace: bool = False) -> None:
    """Saves a network under its name.

    Args:
        home: the home folder; created if missing.
        network: the network.
        replace: whether a network of that name may be replaced.

    Raises:
        WrongDescription: the name is not proper.
        ImpossibleNetwork: it can't be trained.
        NetworkExists: one of that name is saved already, and is not to be replaced.
        TooManyNetworks: 200 are saved.
        DiskFull, NotWritable: see :func:`digitcnn.system.durable.writing`.
    """
    if description.proper_name(network.name) != network.name:
        raise description.WrongDescription(f"{network.name!r} can't be a network's name.")
    stack.possible(network)
    path = path_of(home, network.name)
    if path.exists() and not replace:
        raise NetworkExists(
            f"There is a network {network.name} already; choose another name, or replace it."
        )
    if not path.exists() and len(saved(home)) >= MOST:
        raise TooManyNetworks(f"{MOST} networks are saved, which is the limit; remove some.")
    with durable.writing(home):
        path.parent.mkdir(parents=True, exist_ok=True)
    durable.write(path, network_file.written(network).encode())


def remove(home: Path, name: str) -> None:
    """Deletes a saved network; runs that were made of it stay, with its description.

    Raises:
        UnknownNetwork: none of that name is saved.
        DiskFull, NotWritable: see :func:`digitcnn.system.durable.writing`.
    """
    if name not in [each.name for each in saved(home)]:
        built_in = " It is built in and can't be removed." if name in NETWORKS else ""
        raise UnknownNetwork(f"There is no saved network {name!r}.{built_in}")
    with durable.writing(home):
        path_of(home, name).unlink(missing_ok=True)


def _saved(path: Path) -> Saved:
    try:
        return Saved(path.stem, _load(path))
    except DigitcnnError as error:
        return Saved(path.stem, None, str(error))


def _load(path: Path) -> Network:
    network = network_file.load(path)
    if network.name != path.stem:
        raise network_file.UnreadableNetwork(
            f"{path.name} describes a network of another name, {network.name}."
        )
    return stack.possible(network)
