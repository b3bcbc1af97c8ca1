import { barOf, movement } from './pictures-compared.ts'
import type { Answer, Picture, Rule, Shape } from './turn.ts'

const KINDS: [asked: RegExp, kind: Shape['kind'] | 'any'][] = [
  [/\bcircles?\b|\bkół|\bkoł|\bcercles?\b|圆/iu, 'circle'],
  [/\bsquares?\b|\bkwadrat|\bcarrés?\b|正方形/iu, 'square'],
  [/\btriangles?\b|\btrójkąt|三角形/iu, 'triangle'],
  [/\brectangles?\b|\bbars?\b|\bprostokąt|长方形/iu, 'rectangle'],
  [/\bshapes?\b|\bobjects?\b|\bthings?\b|\bkształt|\bobiekt|\bformes?\b|\bobjets?\b|形状/iu, 'any'],
]
const COUNTED = /\bhow many\b|\bcount\b|\bnumber of\b|(?<!\p{L})ile\b|\bcombien\b|多少|几个/iu
const READ =
  /\bread\b|\bwritten\b|\btext\b|\bwords?\b(?! answer)|\bsays?\b|\bsign\b|\bletters\b|\bnapis|\btexte\b|文字/iu
const BAR = /\b(?:bars?|chart|graph)\b/iu
const MOVE = /\bmov(?:e|es|ing)\b|\bdirection\b|\bleft or (?:to the )?right\b/iu
const COLOUR = /\bcolou?rs?\b|\bkolor|\bcouleur|\bfarbe|颜色/iu
const SIZE = /\b(?:size|large|big|wide|tall|high|width|height|dimensions|resolution)\b/iu
/** Politeness about the length of the answer is no question about words in the picture. */
const LENGTH = /\b(?:in |with )?(?:one|a single|two|three) words?\b|\bone-word\b/giu

/** What can be told of plain pictures from their pixels. Several pictures are described in order. */
export const pictures: Rule = ({ text: asked, pictures: seen }) => {
  if (seen.length === 0) return null
  const text = asked.replaceAll(LENGTH, '')
  return (
    (MOVE.test(text) ? movement(seen) : null) ??
    (BAR.test(text) && !COUNTED.test(text) ? barOf(text, seen) : null) ??
    (COUNTED.test(text) ? counted(text, seen) : null) ??
    (READ.test(text) ? read(seen) : null) ??
    coloured(text, seen) ??
    shaped(text, seen) ??
    described(text, seen)
  )
}

function counted(text: string, seen: readonly Picture[]): Answer | null {
  const asked = KINDS.find(([pattern]) => pattern.test(text))
  if (!asked) return null
  const counts = seen.map(({ shapes }) => shapes.filter(isAsked(text, asked[1])).length)
  const total = counts.reduce((sum, count) => sum + count, 0)
  const name = asked[1] === 'any' ? 'shape' : asked[1]
  const are = total === 1 ? `is 1 ${name}` : `are ${total} ${name}s`
  return { text: `There ${are}.`, core: String(total) }
}

function isAsked(text: string, kind: Shape['kind'] | 'any'): (shape: Shape) => boolean {
  return (shape) =>
    (kind === 'any' ? shape.kind !== 'line' : shape.kind === kind) &&
    (!mentionsColour(text) || text.toLowerCase().includes(shape.colour))
}

function mentionsColour(text: string): boolean {
  return /\b(?:red|orange|yellow|green|cyan|blue|purple|pink|brown|black|white|grey)\b/iu.test(text)
}

function read(seen: readonly Picture[]): Answer | null {
  const said = seen.flatMap(({ words }) => words.map((word) => word.text)).join(' ')
  return said === '' ? null : { text: `It says: ${said}`, core: said }
}

/** The colour of a thing that is named, of the most vivid thing of each frame, or of the whole. */
function coloured(text: string, seen: readonly Picture[]): Answer | null {
  if (!COLOUR.test(text) || SIZE.test(text)) return null
  const kind = KINDS.find(([pattern]) => pattern.test(text))?.[1]
  const thing = seen[0]?.shapes.find((shape) => shape.kind === kind)
  if (thing) return { text: `The ${thing.kind} is ${thing.colour}.`, core: thing.colour }
  const isOfFrames = /\bframes?\b|\blights?\b/iu.test(text)
  const colours = seen.map((picture) => (isOfFrames ? vivid(picture) : picture.colour)).join(', ')
  const subject = seen.length === 1 ? 'The image is' : 'The images are'
  return { text: `${subject} ${colours}.`, core: colours }
}

function vivid({ shapes, colour }: Picture): string {
  const pale = ['black', 'grey', 'white']
  return shapes.find((shape) => !pale.includes(shape.colour))?.colour ?? colour
}

function shaped(text: string, seen: readonly Picture[]): Answer | null {
  if (!KINDS.some(([pattern]) => pattern.test(text))) return null
  const list = listed(seen)
  return list === '' ? null : { text: `I see ${list}.`, core: list }
}

function described(text: string, seen: readonly Picture[]): Answer {
  const colour = seen.map((picture) => picture.colour).join(', ')
  const size = seen.map(({ width, height }) => `${width} by ${height}`).join(', ')
  const subject = seen.length === 1 ? 'The image is' : 'The images are'
  if (SIZE.test(text)) {
    return { text: `${subject} ${size} pixels.`, core: size.replaceAll(' by ', 'x') }
  }
  const list = listed(seen)
  const said = read(seen)
  const rest = [list && `It shows ${list}.`, said?.text].filter(Boolean).join(' ')
  const sentence = `${subject} ${size} pixels and mostly ${colour}.`
  return { text: rest ? `${sentence} ${rest}` : sentence, core: colour }
}

function listed(seen: readonly Picture[]): string {
  const things = seen
    .flatMap(({ shapes }) => shapes)
    .filter(({ kind }) => kind !== 'line')
    .map(({ colour, kind }) => `${/^[aeiou]/.test(colour) ? 'an' : 'a'} ${colour} ${kind}`)
  return things.length < 2
    ? things.join('')
    : `${things.slice(0, -1).join(', ')} and ${things.at(-1)}`
}
