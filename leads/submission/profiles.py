"""Sites where companies have a page that is not their own website. A warning, never an error."""

from leads.submission.mailboxes import FREE_MAIL

_SITES = {
    "LinkedIn": "linkedin.com lnkd.in",
    "Facebook": "facebook.com fb.com fb.me",
    "Instagram": "instagram.com",
    "X": "x.com twitter.com t.co",
    "XING": "xing.com xing.to",
    "YouTube": "youtube.com youtu.be",
    "TikTok": "tiktok.com",
    "Pinterest": "pinterest.com pinterest.de pinterest.fr pinterest.co.uk",
    "WhatsApp": "whatsapp.com wa.me",
    "Telegram": "telegram.org telegram.me t.me",
    "VK": "vk.com",
    "WeChat": "wechat.com weixin.qq.com",
    "Weibo": "weibo.com",
    "Threads": "threads.net threads.com",
    "Reddit": "reddit.com",
    "Medium": "medium.com",
    "GitHub": "github.com",
    "Crunchbase": "crunchbase.com",
    "Glassdoor": "glassdoor.com glassdoor.de glassdoor.co.uk",
    "Kununu": "kununu.com",
    "Indeed": "indeed.com",
    "Trustpilot": "trustpilot.com",
    "Yelp": "yelp.com",
    "Tripadvisor": "tripadvisor.com",
    "Google": "google.com goo.gl g.page g.co",
    "Linktree": "linktr.ee",
    "Bitly": "bit.ly",
    "TinyURL": "tinyurl.com",
    "Calendly": "calendly.com",
    "Etsy": "etsy.com",
    "Amazon": "amazon.com amazon.de amazon.co.uk",
    "eBay": "ebay.com ebay.de ebay.co.uk",
    "Wikipedia": "wikipedia.org",
}
PROFILE_SITES = {domain: name for name, domains in _SITES.items() for domain in domains.split()}


def is_profile_page(domain: str) -> bool:
    """Return whether this registrable domain is a site of other companies' pages."""
    return domain in PROFILE_SITES


def domain_warning(domain: str) -> str:
    """Return a warning about a domain that is probably not the company's own, else ""."""
    site = PROFILE_SITES.get(domain)
    if site:
        return (
            f"{domain} belongs to {site}. If that is not the customer, enter the company's own "
            "website."
        )
    if domain in FREE_MAIL:
        return f"{domain} is a free email provider. Enter the company's own website."
    return ""
