/**
 * A browser without windows: opens a page, follows where it leads, and comes back to the program.
 *
 * @module
 */

/** Opens `url` and follows it; resolves to the last page. Tries again while nobody answers. */
export async function visit(
  url: string,
): Promise<{ readonly status: number; readonly text: string }> {
  for (;;) {
    const response = await fetch(url);
    const text = await response.text();
    if (text !== "Nobody answers") return { status: response.status, text };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
