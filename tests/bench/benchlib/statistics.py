"""Minimum, median and maximum of repetitions, and ratios of two peers."""
import statistics


def spread(values):
    """(min, median, max), or None when there is nothing."""
    values = [value for value in values if value is not None]
    return (min(values), statistics.median(values), max(values)) if values else None


def ratios(ours, theirs):
    """ours/theirs of each repetition, as a spread. Both were measured in the same round, one after the other."""
    pairs = [(a, b) for a, b in zip(ours, theirs) if a is not None and b]
    return spread([a / b for a, b in pairs])


def series(rounds, peer, scenario, figure):
    """One value a round (None where it was not measured)."""
    return [entry.get(peer, {}).get(scenario, {}).get(figure) for entry in rounds]


def rotated(items, by):
    """The order of one round: each peer is first, second, … equally often."""
    by %= len(items)
    return items[by:] + items[:by]
