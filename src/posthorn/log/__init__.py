"""The log: everything that happens, in blocks, one row for each commit group and partition.

Tables: log_heads, log_blocks. Entry: `append.Appender`, `read.read_block`.
"""
