/** How wide a note is at least, in characters of a column's width, and how many lines go into one of its rows. */
const NOTE_CHARACTERS = 52
const CHARACTERS_A_LINE = 46
const LEAST_ROWS = 4

/**
 * The note of a header as exceljs writes it, with a place of its own: the one that exceljs gives is two columns
 * wide, whatever those are.
 */
export function headerNote(text: string, column: number, widths: readonly number[]): object {
  const lines = text
    .split('\n')
    .reduce((sum, line) => sum + Math.ceil(line.length / CHARACTERS_A_LINE), 0)
  let right = column + 1
  let room = 0
  while (room < NOTE_CHARACTERS) {
    const width = widths[right] ?? 10
    const share = Math.min(1, (NOTE_CHARACTERS - room) / width)
    room += width
    right += share
  }
  return {
    type: 'note',
    anchor: { left: column + 1.1, top: 0.2, right, bottom: Math.max(LEAST_ROWS, lines + 1) },
    note: {
      texts: [{ font: { name: 'Calibri', size: 9 }, text }],
      margins: { insetmode: 'auto', inset: [0.13, 0.13, 0.25, 0.25] },
      protection: { locked: 'True', lockText: 'True' },
      editAs: 'absolute',
    },
  }
}
