"""The report: verdicts with their evidence and figures as one HTML page that needs nothing else, and as JSON.

`write.write_report` writes the page; `claim.claim_html` is the section of one claim, for pages of others, which put
`claim.stylesheet` into their head once::

    context = Context.of(verdicts, {v.claim.id: f"{v.claim.id}.html" for v in verdicts}, effort="quick", level=1)
    pages = {v.claim.id: claim_html(v, context) for v in verdicts}
"""
