"""How fast Posthorn is, as ratios measured in one run: `make bench`, or `python -m benchmarks --help`.

Machines are shared and noisy, so the limit and the product run in turns, each ratio is taken within one pair, and what
is told is the median of the pairs with its spread. Nothing here is a test that can fail for being slow.
"""
