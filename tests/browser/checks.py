"""What checks the web client from outside, and is not shipped: axe-core and TypeScript, with a Node.js of their own."""

from __future__ import annotations

import asyncio
from pathlib import Path

from playwright.async_api import Page

from tests.server.clients.stock import installed, node

FOLDER = Path(__file__).parent / "js"


async def violations(page: Page) -> list[str]:
    """Return what axe-core finds wrong on a page as it is now, by WCAG 2.2 AA and its own best practices."""
    await page.evaluate((installed(FOLDER) / "node_modules" / "axe-core" / "axe.min.js").read_text())
    found = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{each['impact']}: {each['id']} at {[' '.join(map(str, one['target'])) for one in each['nodes']]}: {each['nodes'][0]['failureSummary']}"
        for each in found["violations"]
    ]


async def type_errors(sources: Path) -> str:
    """Return what TypeScript says of the JSDoc types of the modules in a folder."""
    home = installed(FOLDER)
    command = [node(home), home / "node_modules" / "typescript" / "bin" / "tsc", "-p", FOLDER / "tsconfig.json"]
    child = await asyncio.create_subprocess_exec(*command, cwd=sources, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
    out, _ = await child.communicate()
    return out.decode()
