"""Addresses that need no key, because the id they are for is signed: a provider's callback, a source's webhook."""

from posthorn.secrets import Signer


def sign_id(signer: Signer, purpose: str, environment: str, id: str) -> str:
    """A token that holds the environment and the id."""
    return signer.sign(purpose, f"{environment}/{id}".encode())


def read_signed_id(signer: Signer, purpose: str, token: str) -> tuple[str, str]:
    """The environment and the id that a token of that purpose holds; both empty for any other."""
    signed = (signer.verify(purpose, token) or b"").decode("utf-8", "replace")
    environment, _, id = signed.partition("/")
    return environment, id
