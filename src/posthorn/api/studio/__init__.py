"""Studio: pages for people, written by the server; they work without JavaScript.

Every page shows one environment to whoever is signed in. What events, profiles and mails say is hostile: templates escape
it, and mail is shown in frames that may run nothing. Entry: `routes.handlers`.
"""
