"""E-mail, over the mail server that the operator named."""

import smtplib
from email.utils import make_msgid
from typing import TYPE_CHECKING

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from district_bridge.channels import config, people, texts
from district_bridge.outgoing.work import NotNeededError, SendError, handler

if TYPE_CHECKING:
    from datetime import datetime

    from district_bridge.outgoing.models import Outgoing

TIMEOUT_S = 10
PERMANENT = 500


@handler("email")
def send(message: Outgoing, now: datetime) -> None:
    """Sends one mail. A second attempt bears the same Message-ID, so that a mail program shows it once."""
    reach = people.reach_of(message)
    if not reach.email:
        raise NotNeededError("this person has no e-mail address any more")
    text = texts.of(message, reach.language, now)
    server = config.email()
    domain = server.sender.rpartition("@")[2].strip(">") or "localhost"
    mail = EmailMessage(
        subject=text.title,
        body=f"{text.body}\n\n{text.url}\n",
        from_email=server.sender,
        to=[reach.email],
        headers={
            "Message-ID": f"<seogu-{message.pk}@{domain}>" if message.pk else make_msgid(domain=domain),
            "Auto-Submitted": "auto-generated",
            "X-Priority": "1",
        },
    )
    backend = EmailBackend(
        alias="seogu",
        host=server.host,
        port=server.port,
        username=server.username,
        password=server.password,
        use_tls=server.encryption == "starttls",
        use_ssl=server.encryption == "tls",
        timeout=TIMEOUT_S,
    )
    try:
        backend.send_messages([mail])
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _text in error.recipients.values()]
        # The answer of the server repeats the address: only its number is kept.
        refused = all(code >= PERMANENT for code in codes)
        raise SendError(f"the mail server refuses the address ({codes[0]})", retry=not refused) from error
    except smtplib.SMTPResponseException as error:
        reason = f"the mail server answers {error.smtp_code}"
        raise SendError(reason, retry=error.smtp_code < PERMANENT) from error
    except (smtplib.SMTPException, OSError) as error:
        raise SendError(f"the mail server can't be reached: {type(error).__name__}") from error
