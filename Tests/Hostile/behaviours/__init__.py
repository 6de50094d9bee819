"""What a hostile device does. A class is a behaviour, its documentation one line; the base class is a device that is none."""

from behaviours import calls, floods, too_much, without_progress
from behaviours.behaviour import Behaviour


def _name(behaviour: type) -> str:
    return "".join("-" + letter.lower() if letter.isupper() else letter for letter in behaviour.__name__)[1:]


BEHAVIOURS = {
    _name(value): value
    for module in (without_progress, too_much, floods, calls)
    for value in vars(module).values()
    if isinstance(value, type) and issubclass(value, Behaviour) and value not in (Behaviour, floods.Flood)
}
