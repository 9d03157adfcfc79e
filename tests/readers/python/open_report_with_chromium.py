"""The report page in a real browser. Arguments: what to look at, the page, and for "paper" and "sizes" the PDF to print to."""

import csv
import io
import json
import pathlib
import re
import shutil
import sys
import unicodedata

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# For each step, in milliseconds: a busy machine may take half a minute for one.
PATIENCE = 120_000

# What the page shows, as a reader sees it: key figures, tables by their section, the selection in words.
SHOWN = """() => ({
    language: document.documentElement.lang,
    title: document.title,
    hash: location.hash,
    selection: document.getElementById('selection').textContent,
    figures: Object.fromEntries([...document.querySelectorAll('[data-figure]')].map(
        (figure) => [figure.dataset.figure, figure.textContent])),
    notes: Object.fromEntries([...document.querySelectorAll('[data-figure]')].map(
        (figure) => [figure.dataset.figure, figure.nextElementSibling.textContent])),
    tables: Object.fromEntries([...document.querySelectorAll('section[id]')].map((section) => [section.id,
        [...section.querySelectorAll('tr')].map((row) => [...row.cells].map((cell) => cell.textContent))])),
    charts: [...document.querySelectorAll('.chart svg')].length,
    words: document.body.innerText,
})"""

# Whether every chart has its size on paper.
FITS_PAPER = """() => [...document.querySelectorAll('.chart svg')].every(
    (drawn) => drawn.getAttribute('width') === drawn.closest('.chart').dataset.printWidth)"""

# Texts of charts that are cut off: outside of their chart, or of the window.
CUT_OFF = """() => [...document.querySelectorAll('.chart')].flatMap((chart) => {
    const around = chart.getBoundingClientRect();
    return [...chart.querySelectorAll('svg, svg text')].filter((drawn) => {
        const box = drawn.getBoundingClientRect();
        const is_inside = box.left >= around.left - 1 && box.right <= around.right + 1
            && box.top >= around.top - 1 && box.bottom <= around.bottom + 1;
        return !is_inside || box.right > document.documentElement.clientWidth + 1;
    }).map((drawn) => `${chart.closest('section').id}: ${drawn.tagName} ${drawn.textContent.slice(0, 40)}`);
})"""

# Texts of a chart that stand on one another. (A range is as wide as its text, whatever its element is.)
OVERLAPS = """() => [...document.querySelectorAll('.chart, .heat')].flatMap((chart) => {
    const box_of = (text) => { const range = document.createRange(); range.selectNodeContents(text); return range.getBoundingClientRect(); };
    const texts = [...chart.querySelectorAll('svg text, .month:not(:empty)')].map((text) => [text.textContent, text.tagName === 'text' ? text.getBoundingClientRect() : box_of(text)]);
    return texts.flatMap(([one, box], at) => texts.slice(at + 1).filter(([, other]) =>
        Math.min(box.right, other.right) - Math.max(box.left, other.left) > 1
        && Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top) > 3
    ).map(([other]) => `${chart.closest('section').id}: ${one} and ${other}`));
})"""

# Names on the axis of a chart that are there twice.
ALIKE = """() => [...document.querySelectorAll('.chart')].flatMap((chart) => {
    const names = [...chart.querySelectorAll('svg text')].map((text) => text.textContent).filter((text) => !/^[¥\\d.,:%-]*[万亿kmbn]*$/.test(text));
    return names.filter((name, at) => names.indexOf(name) !== at).map((name) => `${chart.closest('section').id}: ${name}`);
})"""

# Key figures that are broken in two.
BROKEN = """() => [...document.querySelectorAll('[data-figure]')].filter((figure) =>
    figure.clientHeight > 1.5 * parseFloat(getComputedStyle(figure).lineHeight)).map((figure) => figure.textContent)"""

# What must not begin a leaf of paper: it needs its heading above it.
BELOW_A_HEADING = "() => [...document.querySelectorAll('tbody th, .none')].map((line) => line.textContent)"

# Every column of every table, sorted in both directions: what is out of order, what is no longer the same rows, how many there were.
SORT = """() => {
    const problems = [];
    let columns = 0;
    const value_of = (text) => { const sign = text.replace(/[^\\d.-]/g, ''); return text === '–' || sign === '' ? null : Number(sign); };
    const rows_of = (table) => [...table.querySelectorAll('tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent));
    for (const table of document.querySelectorAll('#figures .card:not([hidden]) table')) {
        const words = Number(table.className.split('-')[1]);
        const before = JSON.stringify(rows_of(table).sort());
        for (const [at, button] of [...table.querySelectorAll('thead button')].entries()) {
            columns += 1;
            const directions = [];
            for (const turn of [0, 1]) {
                button.click();
                const direction = button.parentElement.getAttribute('aria-sort');
                directions.push(direction);
                const sign = direction === 'ascending' ? 1 : -1;
                const name = `${table.caption.textContent}, ${button.textContent}, ${direction}`;
                const cells = rows_of(table).map((row) => row[at]);
                if (JSON.stringify(rows_of(table).sort()) !== before) problems.push(`${name}: other rows`);
                const values = at < words ? cells : cells.map(value_of);
                for (const [place, next] of values.slice(1).entries()) {
                    const one = values[place];
                    const is_wrong = at < words ? sign * one.localeCompare(next, 'zh-CN') > 0 : one === null ? next !== null : next !== null && sign * (one - next) > 0;
                    if (is_wrong) problems.push(`${name}: ${cells[place]} before ${cells[place + 1]}`);
                }
            }
            const expected = at < words ? 'ascending,descending' : 'descending,ascending';
            if (directions.join() !== expected) problems.push(`${table.caption.textContent}: ${directions}`);
        }
    }
    return { problems, columns };
}"""

# A table as it is shown, heading and sum with it.
TABLE = """(save) => [...save.closest('.framed').querySelectorAll('tr')].map((row) => [...row.cells].map((cell) => cell.textContent))"""

# Controls without a name, and texts that are too faint for their ground (WCAG AA: 4.5).
UNNAMED = """() => [...document.querySelectorAll('button, select, input, [tabindex="0"], [role=img]')].filter((control) =>
    !(control.textContent.trim() && control.tagName === 'BUTTON') && !control.getAttribute('aria-label')
    && !(control.labels && control.labels[0] && control.labels[0].textContent.trim())).map((control) => control.outerHTML.slice(0, 80))"""

FAINT = """() => {
    const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const light = (colour) => { const [r, g, b] = channels(colour).map((part) => part / 255)
        .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const ground = (element) => { for (let at = element; at; at = at.parentElement) {
        const colour = getComputedStyle(at).backgroundColor; if (channels(colour)[3] !== 0) return colour; } return 'rgb(255, 255, 255)'; };
    const drawn = (element) => element.tagName === 'text' ? (element.getAttribute('fill') || 'rgb(0, 0, 0)') : getComputedStyle(element).color;
    const as_rgb = (colour) => { const probe = document.createElement('i'); probe.style.color = colour; document.body.append(probe);
        const rgb = getComputedStyle(probe).color; probe.remove(); return rgb; };
    return [...document.querySelectorAll('h1, h2, p, dt, dd, th, td, label span, button, select, svg text')]
        .filter((element) => element.textContent.trim()).map((element) => {
            const [one, other] = [light(as_rgb(drawn(element))), light(ground(element))].sort((a, b) => b - a);
            return [(one + 0.05) / (other + 0.05), element.textContent.slice(0, 30)];
        }).filter(([contrast]) => contrast < 4.5);
}"""


def watched(browser, seen, **context):
    """A page that writes down what it asks for, and what it complains about."""
    page = browser.new_context(**context).new_page()
    page.set_default_timeout(PATIENCE)
    page.on("request", lambda request: seen["requests"].append(request.url))
    page.on("console", lambda message: seen["messages"].append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: seen["messages"].append(f"error: {error}"))
    return page


def focused(page):
    return page.evaluate("() => document.activeElement.id || document.activeElement.className")


def figures(browser, url, seen):
    page = watched(browser, seen, viewport={"width": 1280, "height": 900})
    page.goto(url)
    seen["all"] = page.evaluate(SHOWN)
    seen["unnamed"], seen["faint"] = page.evaluate(UNNAMED), page.evaluate(FAINT)

    box = page.locator("#volumes .chart").bounding_box()
    tip = page.locator("#volumes .chart > div").nth(1)
    for part in range(5, 95):
        page.mouse.move(box["x"] + box["width"] * part / 100, box["y"] + box["height"] * 0.6)
        page.wait_for_function("() => new Promise((resolve) => requestAnimationFrame(() => resolve(true)))")
        if tip.count() and tip.is_visible() and re.search(r"\d{4}-\d\d-\d\d", tip.inner_text()):
            seen["hover"] = tip.inner_text()
            break
    page.mouse.move(0, 0)

    # By keyboard alone, from the top of the page.
    page.keyboard.press("Tab")
    seen["order"] = [focused(page)]
    for _ in range(60):
        page.keyboard.press("Tab")
        if focused(page) != seen["order"][-1]:
            seen["order"].append(focused(page))
    page.locator("#hospital").focus()
    page.keyboard.press("ArrowDown")
    seen["chosen_hospital"] = page.locator("#hospital").input_value()
    seen["hospital"] = page.evaluate(SHOWN)
    page.locator("#preset").select_option("coming")
    seen["period"] = [page.locator("#from").input_value(), page.locator("#to").input_value()]
    seen["hospital_and_period"] = page.evaluate(SHOWN)
    page.locator("#hospital").select_option("")
    seen["period_only"] = page.evaluate(SHOWN)
    # One key of a dimension: some sections go, the others are about it alone.
    page.locator("#by").select_option(page.locator("#by option[value^='package/']").first.get_attribute("value"))
    seen["package"] = page.evaluate(SHOWN)
    seen["sections"] = page.evaluate("() => [...document.querySelectorAll('#figures .card')].filter((one) => !one.hidden).map((one) => one.id)")
    page.locator("#by").select_option("")
    # Sorted by a heading, and kept as a file.
    page.locator("#packages th:nth-child(2) button").click()
    seen["sorted"] = page.evaluate("() => [...document.querySelectorAll('#packages tbody tr')].map((row) => row.cells[1].textContent)")
    with page.expect_download() as download:
        page.locator("#packages .save").click()
    seen["file"] = pathlib.Path(download.value.path()).read_bytes().decode()
    page.locator("#step").select_option("week")
    seen["weekly"] = page.evaluate(SHOWN)
    page.locator("#language").focus()
    page.keyboard.press("Enter")
    seen["english"] = page.evaluate(SHOWN)

    # The address has it all, for another reader and after a reload.
    other = watched(browser, seen, viewport={"width": 1280, "height": 900})
    other.goto(url + page.evaluate("() => location.hash"))
    seen["by_address"] = other.evaluate(SHOWN)
    seen["stored"] = other.evaluate("() => [document.cookie, localStorage.length, sessionStorage.length]")


def filters(browser, url, seen):
    page = watched(browser, seen, viewport={"width": 1280, "height": 900})
    page.goto(url)
    values = lambda control: page.eval_on_selector_all(f"{control} option", "options => options.map((option) => option.value)")
    seen["chosen"] = []
    for account in values("#account"):
        page.locator("#account").select_option(account)
        for by in values("#by"):
            page.locator("#by").select_option(by)
            shown = page.evaluate(SHOWN)
            tables = {section: shown["tables"][section] for section in ["volumes", "hospitals"]}
            seen["chosen"].append({"account": account, "by": by, "figures": shown["figures"], "tables": tables})
    account = values("#account")[1]
    page.locator("#account").select_option(account)
    page.locator("#by").select_option("")
    seen["files"] = {}
    saves = page.locator("#figures .card:not([hidden]) .save")
    for number in range(saves.count()):
        # Chromium lets one page save ten files.
        if number % 10 == 0:
            page.goto("about:blank")
            page.goto(url)
            page.locator("#account").select_option(account)
            page.locator("#by").select_option("")
        save = saves.nth(number)
        section = save.evaluate("(save) => save.closest('section').id")
        with page.expect_download() as download:
            save.click()
        text = pathlib.Path(download.value.path()).read_bytes().decode("utf-8-sig")
        file = {"name": download.value.suggested_filename, "rows": list(csv.reader(io.StringIO(text, newline="")))}
        seen["files"].setdefault(section, []).append({**file, "shown": save.evaluate(TABLE)})
    seen["sorted"] = page.evaluate(SORT)


def put_on_paper(page):
    page.emulate_media(media="print")
    # 186 mm: what A4 leaves between the margins.
    page.set_viewport_size({"width": 703, "height": 1000})
    # The page hears of it with one of the next frames, and only then fits its charts.
    page.wait_for_function(FITS_PAPER)


def paper(browser, url, seen, pdf):
    import pypdf

    # From a wide window: the charts have to become as narrow as the paper.
    page = watched(browser, seen, viewport={"width": 1600, "height": 900})
    page.goto(url)
    page.locator("#preset").select_option("coming")
    seen["shown"] = page.evaluate(SHOWN)
    page.pdf(path=pdf, prefer_css_page_size=True, print_background=True)
    seen["pages"] = [
        {"size": [float(leaf.mediabox.width), float(leaf.mediabox.height)], "text": words_of(leaf)}
        for leaf in pypdf.PdfReader(pdf).pages
    ]
    seen["after"] = page.evaluate(CUT_OFF)
    put_on_paper(page)
    seen["cut_off"] = page.evaluate(CUT_OFF)
    seen["overlaps"] = page.evaluate(OVERLAPS)


def sizes(browser, url, seen, pdf):
    import pypdf

    for width in [400, 1024, 1440]:
        for language in ["zh", "en"]:
            page = watched(browser, seen, viewport={"width": width, "height": 900})
            page.goto(f"{url}#lang={language}")
            seen[f"{width} {language}"] = {
                "scrolls": page.evaluate("() => document.documentElement.scrollWidth"),
                "cut_off": page.evaluate(CUT_OFF),
                "overlaps": page.evaluate(OVERLAPS),
                "alike": page.evaluate(ALIKE),
                "broken": page.evaluate(BROKEN),
            }
    page = watched(browser, seen, viewport={"width": 1440, "height": 900})
    page.goto(url)
    seen["shown"] = page.evaluate(SHOWN)
    dense = lambda text: unicodedata.normalize("NFKC", "".join(text.split()))
    below_a_heading = tuple(dense(line) for line in page.evaluate(BELOW_A_HEADING))
    page.pdf(path=pdf, prefer_css_page_size=True, print_background=True)
    leaves = [words_of(leaf).splitlines() for leaf in pypdf.PdfReader(pdf).pages]
    # The first line of a leaf is its number.
    seen["leaves"] = len(leaves)
    seen["without_heading"] = [leaf[1] for leaf in leaves if dense(leaf[1]).startswith(below_a_heading)]
    put_on_paper(page)
    seen["paper"] = {"cut_off": page.evaluate(CUT_OFF), "overlaps": page.evaluate(OVERLAPS), "alike": page.evaluate(ALIKE)}


def words_of(leaf):
    # A PDF may name a sign by its look: the radical for the character that looks the same.
    return unicodedata.normalize("NFKC", leaf.extract_text())


def widths(browser, url, seen):
    for width in [390, 768, 1280, 1920]:
        for language in ["zh", "en"]:
            page = watched(browser, seen, viewport={"width": width, "height": 844})
            page.goto(f"{url}#lang={language}")
            seen[f"{width} {language}"] = {
                "scrolls": page.evaluate("() => document.documentElement.scrollWidth"),
                "cut_off": page.evaluate(CUT_OFF),
                "overlaps": page.evaluate(OVERLAPS),
            }


def nothing(browser, url, seen):
    page = watched(browser, seen, viewport={"width": 1280, "height": 900})
    page.goto(url)
    seen["chinese"] = page.evaluate(SHOWN)
    page.locator("#language").click()
    seen["english"] = page.evaluate(SHOWN)


def main():
    what, file, *rest = sys.argv[1:]
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("these tests need Chromium: apt-get install chromium fonts-noto-cjk")
    from playwright.sync_api import sync_playwright

    seen = {"requests": [], "messages": []}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        looks = {"figures": figures, "paper": paper, "widths": widths, "sizes": sizes, "filters": filters, "nothing": nothing}
        looks[what](browser, pathlib.Path(file).as_uri(), seen, *rest)
        browser.close()
    print(json.dumps(seen))


main()
