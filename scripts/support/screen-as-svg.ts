/** Colours of a terminal with a dark ground, by the codes that picocolors writes. */
const COLOURS: Readonly<Record<number, string>> = {
  31: '#f47067',
  32: '#57ab5a',
  33: '#c69026',
  34: '#539bf5',
  35: '#b083f0',
  36: '#39c5cf',
  90: '#768390',
}
const [GROUND, TEXT] = ['#1c2128', '#cdd9e5']
const [CELL, LINE, EDGE, SIZE] = [8.4, 18, 14, 14]
// oxlint-disable-next-line no-control-regex -- colours are control sequences
const CODE = /\u{1b}\[(\d+)m/gu

interface Piece {
  text: string
  column: number
  colour: string | null
  bold: boolean
  dim: boolean
}

/** Lines of a terminal, with their colours, as a picture that needs nothing else. */
export function screenAsSvg(lines: readonly string[], columns: number): string {
  const width = Math.ceil(columns * CELL + EDGE * 2)
  const height = lines.length * LINE + EDGE * 2
  const rows = lines.map((line, row) => {
    const pieces = piecesOf(line).filter(({ text }) => text.trim() !== '')
    return pieces.map((piece) => textOf(piece, EDGE + row * LINE + SIZE)).join('')
  })
  const font = `font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ${font} font-size="${SIZE}" fill="${TEXT}">`,
    `<rect width="${width}" height="${height}" rx="8" fill="${GROUND}"/>`,
    ...rows,
    '</svg>',
    '',
  ].join('\n')
}

function piecesOf(line: string): Piece[] {
  const pieces: Piece[] = []
  const style: Pick<Piece, 'colour' | 'bold' | 'dim'> = { colour: null, bold: false, dim: false }
  let [at, column] = [0, 0]
  const take = (end: number): void => {
    const text = line.slice(at, end)
    if (text !== '') pieces.push({ text, column, ...style })
    column += text.length
  }
  for (const found of line.matchAll(CODE)) {
    take(found.index)
    at = found.index + found[0].length
    const code = Number(found[1])
    if (code === 1) style.bold = true
    else if (code === 2) style.dim = true
    else if (code === 22) Object.assign(style, { bold: false, dim: false })
    else if (code === 39) style.colour = null
    else if (code === 0) Object.assign(style, { colour: null, bold: false, dim: false })
    else style.colour = COLOURS[code] ?? null
  }
  take(line.length)
  return pieces
}

/** As wide as its cells, whatever the font is. */
function textOf({ text, column, colour, bold, dim }: Piece, y: number): string {
  const start = text.length - text.trimStart().length
  const shown = text.trim()
  const attributes = [
    `x="${round(EDGE + (column + start) * CELL)}" y="${y}"`,
    `textLength="${round(shown.length * CELL)}" lengthAdjust="spacingAndGlyphs"`,
    ...(colour === null ? [] : [`fill="${colour}"`]),
    ...(bold ? ['font-weight="bold"'] : []),
    ...(dim ? ['opacity="0.6"'] : []),
  ]
  return `<text xml:space="preserve" ${attributes.join(' ')}>${escaped(shown)}</text>`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
