"""Formulas in the claims' sentences: plain text everywhere, and how a page sets them."""

import re
from collections.abc import Iterator

FORMULAS = {
    "softmax(x) = softmax(x + c)": r"\mathrm{softmax}(x) = \mathrm{softmax}(x + c)",
    "∂p_j/∂z_i = p_j (δ_ij − p_i)": r"\partial p_j / \partial z_i = p_j \, (\delta_{ij} - p_i)",
    "−∂ log p_t / ∂z_i = p_i − δ_it": r"-\partial \log p_t / \partial z_i = p_i - \delta_{it}",
    "p_j slope(z_i) (δ_ij − p_i)": r"p_j \, \mathrm{slope}(z_i) \, (\delta_{ij} - p_i)",
    "p_j = exp(z_j) / S": r"p_j = e^{z_j} / S",
    "S = Σ exp(z_k)": r"S = \sum_k e^{z_k}",
    "∂S/∂z_i": r"\partial S / \partial z_i",
    "exp(z_i)": r"e^{z_i}",
    "exp(a_k) > 0": r"e^{a_k} > 0",
    "∂p_j/∂a_i = −p_i p_j": r"\partial p_j / \partial a_i = -p_i \, p_j",
    "i ≠ j": r"i \neq j",
    "−Σ q log p": r"-\sum q \log p",
    "Σ q log(q / p) − Σ q log q": r"\sum q \log(q / p) - \sum q \log q",
    "±√ε": r"\pm \sqrt{\varepsilon}",
    "√ε": r"\sqrt{\varepsilon}",
    "√D": r"\sqrt{D}",
    "log D": r"\log D",
    "−log p": r"-\log p",
    "∂p_j/∂a_i": r"\partial p_j / \partial a_i",
    "z_target − z_max": r"z_\mathrm{target} - z_\mathrm{max}",
    "z_max − z_target": r"z_\mathrm{max} - z_\mathrm{target}",
    "exp(b) / (exp(a) + exp(b)) = 1 / (1 + exp(a − b))": r"e^b / (e^a + e^b) = 1 / (1 + e^{a - b})",
    "exp(b)": r"e^b",
    "[0.03, 1.92]": "[0.03, 1.92]",
    "[10, 20]": "[10, 20]",
    "[1, 2]": "[1, 2]",
    "p − target": r"p - \mathrm{target}",
    "log p_t": r"\log p_t",
    "log p": r"\log p",
    "√2 δ": r"\sqrt{2} \, \delta",
    "1/√ε": r"1 / \sqrt{\varepsilon}",
    "1 − δ": r"1 - \delta",
    "ε = 10⁻⁶": r"\varepsilon = 10^{-6}",
    "ε = 1": r"\varepsilon = 1",
}
"""LaTeX of each formula; of two that begin alike, the longer one first."""

FOUND = re.compile("|".join(rf"(?<!\w){re.escape(formula)}(?!\w)" for formula in FORMULAS))


def pieces(text: str) -> Iterator[tuple[str, str]]:
    """The text in pieces, each with its LaTeX; "" for words."""
    end = 0
    for found in FOUND.finditer(text):
        yield text[end : found.start()], ""
        yield found.group(), FORMULAS[found.group()]
        end = found.end()
    yield text[end:], ""
