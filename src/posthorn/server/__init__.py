"""The server: puts the parts together and runs them. Nobody else chooses implementations.

Entry: `serve.run`.
"""
