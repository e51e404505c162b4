"""The kinds of step, one file each; each declares `step`."""
