/** One step of an alignment: a hit, a substitution, a deletion or an insertion. */
export interface AlignedStep<Item> {
  kind: 'H' | 'S' | 'D' | 'I'
  /** Null for an insertion. */
  reference: Item | null
  /** Null for a deletion. */
  hypothesis: Item | null
}

/** How many items of two sequences agree, and in which ways the others do not. */
export interface EditCounts {
  hits: number
  substitutions: number
  deletions: number
  insertions: number
}

/** An error rate with what it was counted from. */
export interface ErrorRate<Item = string> extends EditCounts {
  rate: number
  alignment: AlignedStep<Item>[]
}

/** How many cells of an alignment are looked at in one piece, a byte each. */
const MOST_CELLS = 4_000_000

const DIAGONAL = 0
const DELETION = 1
const INSERTION = 2

/**
 * Word error rate: (S + D + I) / (S + D + H) over words between white space. An empty reference gives the
 * number of insertions, so speech that was invented from silence is seen.
 *
 * As in jiwer 4 (`jiwer.process_words`), the choice between alignments of the same cost included, except in texts
 * of more than some 2000 words, where only the sum of S, D and I is the same.
 */
export function wordErrorRate(reference: string, hypothesis: string): ErrorRate {
  return errorRate(wordsOf(reference), wordsOf(hypothesis))
}

/** Character error rate, the same over code points; outer white space does not count (jiwer 4, `process_characters`). */
export function characterErrorRate(reference: string, hypothesis: string): ErrorRate {
  return errorRate(Array.from(reference.trim()), Array.from(hypothesis.trim()))
}

/** The rate of several texts: their counts are pooled, which is not the mean of their rates (jiwer 4). */
export function pooledErrorRate(all: readonly EditCounts[]): number | null {
  if (all.length === 0) return null
  const sum = { hits: 0, substitutions: 0, deletions: 0, insertions: 0 }
  for (const counts of all) {
    sum.hits += counts.hits
    sum.substitutions += counts.substitutions
    sum.deletions += counts.deletions
    sum.insertions += counts.insertions
  }
  return rateOf(sum)
}

/** The steps that turn the reference into the hypothesis at the lowest cost (Levenshtein 1966). */
export function align<Item>(
  reference: readonly Item[],
  hypothesis: readonly Item[],
): AlignedStep<Item>[] {
  const before = commonLength(reference, hypothesis)
  const [a, b] = [reference.slice(before), hypothesis.slice(before)]
  const after = commonLength(a.toReversed(), b.toReversed())
  const hit = (item: Item): AlignedStep<Item> => ({ kind: 'H', reference: item, hypothesis: item })
  return [
    ...reference.slice(0, before).map(hit),
    ...stepsOf(a.slice(0, a.length - after), b.slice(0, b.length - after)),
    ...a.slice(a.length - after).map(hit),
  ]
}

/** Cuts long texts where an alignment of the lowest cost goes through, so that memory is enough (Hirschberg 1975). */
function stepsOf<Item>(a: readonly Item[], b: readonly Item[]): AlignedStep<Item>[] {
  if (a.length * b.length <= MOST_CELLS || b.length < 2) return walkBack(a, b)
  const half = Math.floor(b.length / 2)
  const [above, below] = [b.slice(0, half), b.slice(half)]
  const before = costsOf(a, above)
  const after = costsOf(a.toReversed(), below.toReversed()).toReversed()
  let cut = 0
  for (let at = 1; at <= a.length; at += 1) {
    const cost = (before[at] ?? 0) + (after[at] ?? 0)
    if (cost < (before[cut] ?? 0) + (after[cut] ?? 0)) cut = at
  }
  return [...stepsOf(a.slice(0, cut), above), ...stepsOf(a.slice(cut), below)]
}

/** The cost of turning each beginning of `a` into all of `b`. */
function costsOf<Item>(a: readonly Item[], b: readonly Item[]): Uint32Array {
  let above = Uint32Array.from({ length: a.length + 1 }, (_, column) => column)
  let current = new Uint32Array(a.length + 1)
  for (const [row, item] of b.entries()) {
    current[0] = row + 1
    for (let column = 0; column < a.length; column += 1) {
      const substituted = (above[column] ?? 0) + (item === a[column] ? 0 : 1)
      const moved = Math.min(above[column + 1] ?? 0, current[column] ?? 0) + 1
      current[column + 1] = Math.min(substituted, moved)
    }
    ;[above, current] = [current, above]
  }
  return above
}

function errorRate<Item>(reference: Item[], hypothesis: Item[]): ErrorRate<Item> {
  const alignment = align(reference, hypothesis)
  const count = (wanted: string) => alignment.filter(({ kind }) => kind === wanted).length
  const counts = {
    hits: count('H'),
    substitutions: count('S'),
    deletions: count('D'),
    insertions: count('I'),
  }
  return { rate: rateOf(counts), ...counts, alignment }
}

function rateOf({ hits, substitutions, deletions, insertions }: EditCounts): number {
  const length = substitutions + deletions + hits
  return length === 0 ? insertions : (substitutions + deletions + insertions) / length
}

/**
 * Among alignments of the same cost the one that RapidFuzz takes (`recover_alignment`), since jiwer's counts
 * are counted from it: from the end a deletion first, an insertion only where it must be.
 */
function walkBack<Item>(a: readonly Item[], b: readonly Item[]): AlignedStep<Item>[] {
  const moves = movesOf(a, b)
  const steps: AlignedStep<Item>[] = []
  let [column, row] = [a.length, b.length]
  while (row > 0 || column > 0) {
    const inside = row > 0 && column > 0
    const move = inside ? moves[(row - 1) * a.length + column - 1] : row > 0 ? INSERTION : DELETION
    if (move !== INSERTION) column -= 1
    if (move !== DELETION) row -= 1
    const reference = move === INSERTION ? null : (a[column] as Item)
    const hypothesis = move === DELETION ? null : (b[row] as Item)
    const same = reference === hypothesis
    const kind = move === DELETION ? 'D' : move === INSERTION ? 'I' : same ? 'H' : 'S'
    steps.push({ kind, reference, hypothesis })
  }
  return steps.toReversed()
}

function movesOf<Item>(a: readonly Item[], b: readonly Item[]): Uint8Array {
  const moves = new Uint8Array(a.length * b.length)
  let above = Uint32Array.from({ length: a.length + 1 }, (_, column) => column)
  for (const [row, item] of b.entries()) {
    const current = new Uint32Array(a.length + 1)
    current[0] = row + 1
    for (const [index, other] of a.entries()) {
      const [corner, up, left] = [above[index] ?? 0, above[index + 1] ?? 0, current[index] ?? 0]
      const cost = Math.min(corner + (item === other ? 0 : 1), up + 1, left + 1)
      current[index + 1] = cost
      const descends = up + 1 === corner
      moves[row * a.length + index] = cost === left + 1 ? DELETION : descends ? INSERTION : DIAGONAL
    }
    above = current
  }
  return moves
}

function commonLength<Item>(a: readonly Item[], b: readonly Item[]): number {
  const shorter = Math.min(a.length, b.length)
  let length = 0
  while (length < shorter && a[length] === b[length]) length += 1
  return length
}

function wordsOf(text: string): string[] {
  return text.split(/\s+/u).filter(Boolean)
}
