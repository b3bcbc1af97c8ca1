/** The context grows by so many tokens at a time. */
const STEP = 256

/** The largest context up to what a model was made for that fits, in steps of engines' own rounding; null: none does. */
export function largestContext(
  limit: number | null,
  fits: (context: number) => boolean,
): number | null {
  if (limit === null || !fits(Math.min(STEP, limit))) return null
  if (fits(limit)) return limit
  let [least, most] = [1, Math.floor(limit / STEP)]
  while (least < most) {
    const middle = Math.ceil((least + most) / 2)
    if (fits(middle * STEP)) least = middle
    else most = middle - 1
  }
  return least * STEP
}
