import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** What axe finds wrong with a page for those who do not see it or use no mouse: rule and elements. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(
    "axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map((n) => n.html).join(' ')))",
  );
}
