from benchmarks.ratios import Pair, plain_finding, ratio_finding
from benchmarks.table import table

PAIRS = [Pair(100, 50), Pair(400, 100), Pair(10, 9)]


def test_ratios_are_taken_pair_by_pair_and_the_middle_one_is_told():
    finding = ratio_finding("single", "events/s", PAIRS, floor=0.3, aim=0.7)

    assert finding.measured == (0.5, 0.25, 0.9)
    assert finding.middle == 0.5
    assert (finding.limit, finding.product) == (100, 50)


def test_the_verdict_says_how_far_the_middle_reaches():
    assert ratio_finding("a", "", PAIRS, floor=0.3, aim=0.5).verdict == "aim"
    assert ratio_finding("a", "", PAIRS, floor=0.5, aim=0.6).verdict == "floor"
    assert ratio_finding("a", "", PAIRS, floor=0.51, aim=0.6).verdict == "below"


def test_where_less_is_better_the_floor_is_a_ceiling():
    assert plain_finding("memory", "MB", [149], floor=150, is_better_low=True).verdict == "floor"
    assert plain_finding("memory", "MB", [151], floor=150, is_better_low=True).verdict == "below"


def test_what_has_no_floor_has_no_verdict():
    assert plain_finding("render", "us", [12.0]).verdict == ""


def test_the_table_shows_the_spread_and_has_cells_of_equal_width():
    findings = [
        ratio_finding("single 64 / serve", "events/s", PAIRS, floor=0.3, aim=0.7, remark="worker in the same process"),
        plain_finding("pipeline", "messages/s", [900.0, 1_200.0, 2_000.0], floor=1_000, aim=3_000),
    ]

    lines = table(findings).splitlines()

    assert len({len(line) for line in lines}) == 1
    assert "0.25-0.90" in lines[2]
    assert "900-2,000" in lines[3]
