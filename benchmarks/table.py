"""The table of findings, as text that is Markdown too."""

from collections.abc import Sequence

from benchmarks.ratios import Finding

_COLUMNS = ("benchmark", "limit", "product", "unit", "ratio", "floor", "aim", "spread", "reached", "remark")


def table(findings: Sequence[Finding]) -> str:
    """A Markdown table whose columns are aligned, one line for each finding."""
    rows = [_COLUMNS, *(_row(finding) for finding in findings)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


def _row(finding: Finding) -> tuple[str, ...]:
    has_limit = finding.limit is not None
    low, high = min(finding.measured), max(finding.measured)
    return (
        finding.name,
        _number(finding.limit),
        _number(finding.product),
        finding.unit,
        f"{finding.middle:.2f}" if has_limit else "",
        _asked(finding.floor, has_limit=has_limit),
        _asked(finding.aim, has_limit=has_limit),
        f"{low:.2f}-{high:.2f}" if has_limit else f"{_number(low)}-{_number(high)}",
        finding.verdict,
        finding.remark,
    )


def _asked(value: float | None, *, has_limit: bool) -> str:
    return f"{value:.2f}" if value is not None and has_limit else _number(value)


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
