"""Pages for those who are written to: one topic left by one click, and all choices on one page (courier.md 8.5, 6.12).

Public, known only by the signed token in the address (preferences/links.py), which says whose choices they are. They work
without JavaScript, and what names and descriptions say is hostile: templates escape it.
"""
