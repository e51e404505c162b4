"""The pages people look at: sign-in, lists, the mailbox, the built web app."""
