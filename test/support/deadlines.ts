/** A busy machine gets so many times the time, at last. */
const FACTORS = [1, 5, 50]

/**
 * Tries something that runs into a deadline, and tries it again with a later one where the machine gave it no time to
 * come as far by then as it was to.
 *
 * @returns what was seen of the last attempt, and its deadline in seconds
 */
export async function withDeadline<Seen>(
  seconds: number,
  attempt: (seconds: number) => Promise<Seen>,
  hadTime: (seen: Seen) => boolean,
): Promise<{ seen: Seen; seconds: number }> {
  let last: { seen: Seen; seconds: number } | null = null
  for (const factor of FACTORS) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    last = { seen: await attempt(seconds * factor), seconds: seconds * factor }
    if (hadTime(last.seen)) break
  }
  return last!
}
