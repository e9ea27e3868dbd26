"""The table of the benchmarks: which figures are judged, and by which bar."""

from typing import Any

import pytest

from benchmarks import measure, table
from benchmarks.measure import Number, Times


def figures(**values: float) -> dict[str, Number | Times]:
    return {name: Number(value) for name, value in values.items()}


@pytest.mark.parametrize(
    ("bar", "is_met", "ratio"),
    [
        (table.Bar("subject", "rival", at_most=0.5), True, "0.50 ×"),
        (table.Bar("subject", "rival", at_most=0.49), False, "0.50 ×"),
        (table.Bar("subject", "rival", at_least=0.5), True, "0.50 ×"),
        (table.Bar("subject", "rival", at_least=0.51), False, "0.50 ×"),
        (table.Bar("subject", at_most=1), True, ""),
        (table.Bar("subject", at_most=0), False, ""),
        (table.Bar("subject", "rival"), None, "0.50 ×"),
    ],
)
def test_bar_judges_the_figure_or_its_ratio(
    monkeypatch: pytest.MonkeyPatch, bar: table.Bar, is_met: bool | None, ratio: str
) -> None:
    monkeypatch.setitem(table.BARS, "part", [bar])
    (result,) = table.results("part", "SQLite", figures(subject=1, rival=2), is_quick=False)
    assert (result.is_met, result.ratio) == (is_met, ratio)


def test_quick_run_judges_no_bar_that_needs_the_full_size(monkeypatch: pytest.MonkeyPatch) -> None:
    bars = [table.Bar("subject", at_most=0, needs_size=True), table.Bar("subject", at_most=0)]
    monkeypatch.setitem(table.BARS, "part", bars)
    quick = table.results("part", "SQLite", figures(subject=1), is_quick=True)
    assert [result.is_met for result in quick] == [None, False]


def test_bar_of_one_database_does_not_apply_to_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(table.BARS, "part", [table.Bar("subject", database="SQLite")])
    assert table.results("part", "PostgreSQL", {}, is_quick=False) == []


def test_figure_that_was_not_measured_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(table.BARS, "part", [table.Bar("subject", "rival", at_most=1)])
    with pytest.raises(KeyError, match="rival"):
        table.results("part", "SQLite", figures(subject=1), is_quick=False)


def test_ratio_of_times_is_the_median_of_the_rounds_that_both_ran_in() -> None:
    ours, rivals = Times({0: 1.0, 1: 2.0, 2: 9.0, 3: 9.0}), Times({0: 2.0, 1: 4.0, 2: 9.0})
    assert ours.ratio_to(rivals) == 0.5


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a comparison asks, by variant and suffix, of runners that take no time."""
    asked: list[str] = []

    class Runner:
        def __init__(self, entrant: measure.Entrant) -> None:
            self.entrant, self.variants = entrant, list(entrant.arguments)

        def ask(self, question: str, variant: str) -> float:
            asked.append(variant + self.entrant.suffix)
            return 1.0

        def close(self) -> None:
            pass

    monkeypatch.setattr(measure, "Runner", Runner)
    return asked


def test_same_variants_are_measured_next_to_each_other(asked: list[str]) -> None:
    few = measure.Entrant(arguments=("a", "b", "c"), suffix=" of few")
    measure.compare([measure.Entrant(arguments=("a", "b", "c")), few], rounds=4, warm_up=0)
    pairs = [{*pair} for pair in zip(asked[::2], asked[1::2], strict=True)]
    assert pairs.count({"a", "a of few"}) == 4
    assert len(pairs) == 12


@pytest.mark.parametrize(
    ("limits", "rounds"),
    [({"seconds": 0}, measure.LEAST), ({"seconds": 60}, measure.MOST), ({"rounds": 2}, 2)],
)
def test_comparison_takes_enough_rounds_and_not_too_many(
    asked: list[str], limits: dict[str, Any], rounds: int
) -> None:
    seldom = measure.Entrant(arguments=("rival",), every=12)
    times, _ = measure.compare([measure.Entrant(arguments=("subject",)), seldom], **limits)
    assert len(times["subject"].by_round) == rounds
    assert len(times["rival"].by_round) == -(-rounds // 12)


def test_rival_that_could_not_be_installed_misses_the_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(table.BARS, "part", [table.Bar("subject", "rival", at_most=1)])
    measured = {"subject": Times({0: 1.0}), "rival": Number(float("nan"), "", "does not install")}
    (result,) = table.results("part", "SQLite", measured, is_quick=False)
    assert result.is_met is False
    assert "does not install" in result.beside


def test_every_page_is_compared_with_a_page_that_is_measured() -> None:
    for part in ("leads", "search", "queue"):
        own = table.PAGES[part].keys()
        measured = {*own, *table.PAGES["stock"], *(page + table.SAME_WITH_FEW for page in own)}
        for bar in table.BARS[part]:
            if "most " not in bar.subject:
                assert {bar.subject, bar.rival} <= measured
        assert own - {bar.subject for bar in table.BARS[part]} <= {
            table.BARE,
            *(page for page in own if page.startswith("Search") and page.endswith("first page")),
        }
