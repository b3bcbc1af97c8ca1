const ERASE_LINE = '\u{1b}[2K'
const ERASE_TO_END = '\u{1b}[K'
/** Fewer spaces than these take no more bytes than a move over them. */
const SPACES = / {7,}/g
/** Signs that every terminal draws one column wide. */
const NARROW = /^[\u{20}-\u{7e}─█░┊┃·◌●×✓…⠀-⣿]*$/u
/* oxlint-disable no-control-regex -- colours and links */
const STYLES = /\u{1b}\[([\d;]*)m|\u{1b}\]8;;([^\u{1b}]*)\u{1b}\\/gu
/* oxlint-enable no-control-regex */
/** What ends a colour, bold or dim; cells are painted once, so one of them ends all. */
const ENDS = new Set(['', '0', '22', '39'])

/**
 * What makes one frame of another with as many lines: the changed lines alone, wherever they stand, and of them the
 * changed columns where that is sure. The cursor is at the start of the line below the frame, before and after.
 */
export function patchOf(before: readonly string[], after: readonly string[]): string {
  let patch = ''
  let row = after.length
  for (const [index, text] of after.entries()) {
    const old = before[index] ?? ''
    if (text === old) continue
    if (index < row) patch += `\u{1b}[${row - index}A`
    else patch += index - row === 1 ? '\r\n' : `\r\u{1b}[${index - row}B`
    row = index
    patch += partOf(old, text) ?? wholeOf(text)
  }
  return row === after.length ? '' : `${patch}\r\u{1b}[${after.length - row}B`
}

function wholeOf(text: string): string {
  const short = text.replaceAll(SPACES, (spaces) => `\u{1b}[${spaces.length}C`)
  return short === text ? `${text}${ERASE_TO_END}` : `${ERASE_LINE}${short}`
}

/** The columns that differ; null where it is not sure which those are. */
function partOf(before: string, after: string): string | null {
  const plain = after.replaceAll(STYLES, '')
  if (!NARROW.test(plain) || !NARROW.test(before.replaceAll(STYLES, ''))) return null
  const shorter = Math.min(before.length, after.length)
  let start = 0
  while (start < shorter && before[start] === after[start]) start += 1
  start = unstyledBefore(after, start)
  let same = 0
  while (same < shorter - start && before.at(-1 - same) === after.at(-1 - same)) same += 1
  const column = columnsOf(after.slice(0, start))
  const move = column === 0 ? '' : `\u{1b}[${column}C`
  const end = unstyledAfter(after, after.length - same)
  const oldEnd = before.length - (after.length - end)
  const changed = after.slice(start, end)
  const isSameWidth = columnsOf(before.slice(start, oldEnd)) === columnsOf(changed)
  if (isSameWidth && unstyledAfter(before, oldEnd) === oldEnd) return `${move}${changed}`
  // What follows has moved as well.
  const rest = after.slice(start)
  return rest.length + move.length < after.length / 2 ? `${move}${rest}${ERASE_TO_END}` : null
}

function columnsOf(text: string): number {
  return text.replaceAll(STYLES, '').length
}

/** The last place up to `index` that no style, link or sequence reaches over. */
function unstyledBefore(text: string, index: number): number {
  for (const [from, to] of styledParts(text)) {
    if (from >= index) return index
    if (index < to) return from
  }
  return index
}

/** The first place from `index` on that no style, link or sequence reaches over. */
function unstyledAfter(text: string, index: number): number {
  for (const [from, to] of styledParts(text)) {
    if (from >= index) return index
    if (index < to) return to
  }
  return index
}

/** Where something is painted or linked, with the sequences around it. */
function styledParts(text: string): [number, number][] {
  const parts: [number, number][] = []
  let from = -1
  let [isPainted, isLinked] = [false, false]
  for (const found of text.matchAll(STYLES)) {
    if (from === -1) from = found.index
    if (found[1] === undefined) isLinked = found[2] !== ''
    else isPainted = !ENDS.has(found[1])
    if (isPainted || isLinked) continue
    parts.push([from, found.index + found[0].length])
    from = -1
  }
  if (from !== -1) parts.push([from, text.length])
  return parts
}
