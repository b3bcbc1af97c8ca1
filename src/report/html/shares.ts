/**
 * Divides room among groups so that small ones fit whole and large ones get the same: a number for each group, at
 * most its own, together at most `room`.
 */
export function shares(sizes: readonly number[], room: number): number[] {
  const result = sizes.map(() => 0)
  const order = sizes.map((_, index) => index).toSorted((a, b) => (sizes[a] ?? 0) - (sizes[b] ?? 0))
  let left = room
  for (const [place, index] of order.entries()) {
    const share = Math.min(sizes[index] ?? 0, Math.floor(left / (order.length - place)))
    result[index] = share
    left -= share
  }
  return result
}
