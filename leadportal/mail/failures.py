"""Classifying and describing the refusals of mail servers."""

import smtplib

LONGEST = 500


class WorkerDied(Exception):
    """Every worker that tried to send the email died."""


def is_permanent(error: Exception) -> bool:
    """Return whether the server will never accept this email (RFC 5321, 4.2.1: replies from 500).

    A refused sender is not permanent: it is the portal's own address, a setting to be corrected.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500


def describe(error: Exception) -> str:
    """Return the error on one line, as the admin shows it."""
    replies: list[tuple[int, bytes | str]] = []
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        replies.extend(error.recipients.values())
    elif isinstance(error, smtplib.SMTPResponseException):
        replies.append((error.smtp_code, error.smtp_error))
    said = ", ".join(f"{code} {_text(reply)}" for code, reply in replies) or str(error)
    return " ".join(f"{type(error).__name__}: {said}".split())[:LONGEST]


def _text(reply: bytes | str) -> str:
    return reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
