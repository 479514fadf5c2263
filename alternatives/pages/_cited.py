"""Sources as links: a paper on arXiv, a question, a data set's page."""

import re

from alternatives.pages._shown import plain

ADDRESSES = {
    r"arXiv[ :](\d{4}\.\d{4,5})": "https://arxiv.org/abs/{}",
    r"Stack Overflow (\d+)": "https://stackoverflow.com/q/{}",
    r"Cross Validated (\d+)": "https://stats.stackexchange.com/q/{}",
    r"Data Science (\d+)": "https://datascience.stackexchange.com/q/{}",
    r"UCI Machine Learning Repository (\d+)": "https://archive.ics.uci.edu/dataset/{}",
    r"(?:doi:|DOI )(10\.\d+/[^\s,;()]*[^\s,;().])": "https://doi.org/{}",
    r"https?://([^\s,;()<>]*[^\s,;()<>.])": "https://{}",
}
"""Where a source is that is named like this."""
NAMED = re.compile("|".join(ADDRESSES))


def cited(text: str) -> str:
    """Markdown of a text: the sources that it names are links, and everything else is as it is written."""
    parts, end = [], 0
    for match in NAMED.finditer(text):
        named = zip(ADDRESSES.values(), match.groups(), strict=True)
        address = next(address.format(name) for address, name in named if name)
        parts += [plain(text[end : match.start()]), f"[{plain(match[0])}]({address})"]
        end = match.end()
    return "".join([*parts, plain(text[end:])])
