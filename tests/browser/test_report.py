"""The report of real benches, opened in Chromium: every number on it is one of its JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.browsing import chromium
from tests.browser.test_accessibility import fine
from tests.server.serving import run

EVERY = """
const data = JSON.parse(document.getElementById("report").textContent);
return [...document.querySelectorAll(".n")].map(one => {
  const value = one.dataset.path.split("/").reduce((found, key) => found[key], data);
  return [one.dataset.path, one.textContent, value * Number(one.dataset.times), Number(one.dataset.digits)];
});
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make one with the benches that take seconds; the failing one is there, too."""
    page = tmp_path_factory.mktemp("report") / "report.html"
    command = [
        sys.executable,
        "-m",
        "clients.cli.main",
        "bench",
        "report",
        "--quick",
        "--only",
        "latency,heard,route,overhead",
        "--out",
        str(page),
    ]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert ran.returncode == 0, ran.stderr
    return page


def test_every_number_is_one_of_the_json(report: Path) -> None:
    async def work() -> None:
        async with chromium() as context:
            page = await context.new_page()
            complaints, asked = list[str](), list[str]()
            page.on("console", lambda message: complaints.append(message.text))
            page.on("request", lambda request: asked.append(request.url))
            await page.goto(report.as_uri())
            numbers = await page.evaluate(f"(() => {{ {EVERY} }})()")
            assert len(numbers) > 40
            for path, text, value, digits in numbers:
                assert text.replace(",", "").split()[0] == f"{value:.{digits}f}", path
            assert await page.locator("svg polyline").count() >= 4
            embedded = json.loads(await page.locator("#report").text_content() or "")
            assert embedded == json.loads(report.with_suffix(".json").read_text())
            await fine(page, "report")
            assert complaints == []
            assert asked == [report.as_uri()], "nothing is fetched from elsewhere"

    run(work())
