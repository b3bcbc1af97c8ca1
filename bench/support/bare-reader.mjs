// The least that a reader of a journal can do: reads it in pieces, checks each line against the one before, parses it.
import { closeSync, openSync, readSync } from 'node:fs'
import { crc32 } from 'node:zlib'

const PIECE_BYTES = 1_024 * 1_024
const LINE_BREAK = 10
/** `,"check":"01234567"}` ends each line. */
const SEAL_BYTES = 20

const file = openSync(process.argv[2], 'r')
const piece = Buffer.alloc(PIECE_BYTES)
let rest = Buffer.alloc(0)
let [lines, check] = [0, 0]
for (;;) {
  const bytes = readSync(file, piece, 0, PIECE_BYTES, null)
  if (bytes === 0) break
  const data = Buffer.concat([rest, piece.subarray(0, bytes)])
  let from = 0
  for (let to = data.indexOf(LINE_BREAK); to !== -1; to = data.indexOf(LINE_BREAK, from)) {
    const line = data.subarray(from, to)
    const found = crc32(line.subarray(0, -SEAL_BYTES), check)
    check = Number.parseInt(JSON.parse(line.toString()).check, 16)
    if (found !== check) throw new Error(`Line ${lines + 1} is not as it was written`)
    lines += 1
    from = to + 1
  }
  rest = data.subarray(from)
}
closeSync(file)
process.stdout.write(`${lines} lines\n`)
