import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import { unzip } from '../../../test/support/unzip.ts'
import { Archive } from './archive.ts'
import { PIECE_BYTES } from './archive-entry.ts'
import { directory, localHead, tailOf } from './zip-format.ts'

const part = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.nat(3 * PIECE_BYTES).map((length) => 'é'.repeat(length)),
  fc.nat(3 * PIECE_BYTES).map((length) => Buffer.alloc(length, 'row ')),
)
/** Which of three files each part belongs to: they are written side by side. */
const writes = fc.array(fc.record({ file: fc.nat(2), part, isHanded: fc.boolean() }), {
  maxLength: 12,
})

test('what is written of files side by side is what the archive holds, one after the other', async () => {
  const folder = temporaryFolder()
  let number = 0
  await fc.assert(
    fc.asyncProperty(writes, async (all) => {
      const path = join(folder, `${(number += 1)}.zip`)
      const out = createWriteStream(path)
      const archive = new Archive(out)
      archive.append('first', { name: '/_rels/.rels' })
      const entries = [0, 1, 2].map((file) => archive.open(`xl/${file}.xml`))
      const whole: Buffer[][] = [[], [], []]
      for (const { file, part: data, isHanded } of all) {
        const entry = entries[file]!
        whole[file]!.push(Buffer.from(data))
        if (isHanded && data.length * 3 < PIECE_BYTES) {
          const piece = entry.newPiece()
          entry.hand(piece, Buffer.from(data).copy(piece))
        } else entry.write(data)
      }
      for (const entry of entries.toReversed()) entry.end()
      archive.finalize()
      await finished(out)
      const files = unzip(path)
      expect([...files.keys()]).toEqual(['_rels/.rels', 'xl/0.xml', 'xl/1.xml', 'xl/2.xml'])
      expect(files.get('_rels/.rels')!.toString()).toBe('first')
      expect(entries.map(({ crc }) => crc)).toEqual(
        whole.map((parts) => crc32(Buffer.concat(parts))),
      )
      const same = whole.map((parts, file) =>
        files.get(`xl/${file}.xml`)!.equals(Buffer.concat(parts)),
      )
      expect(same).toEqual([true, true, true])
    }),
    { numRuns: 8, seed: 3 },
  )
})

test('a file of more than four gigabytes has sizes of eight bytes', () => {
  const large = {
    name: 'xl/sheet.xml',
    crc: 1,
    size: 5 * 2 ** 30,
    packed: 2 ** 20,
    offset: 2 ** 33,
  }
  const tail = tailOf(large)
  expect([tail.length, tail.readBigUInt64LE(16)]).toEqual([24, 5n * 2n ** 30n])
  const offset = 2 ** 33 + 2 ** 20
  const records = directory([large], { offset, time: new Date(2026, 1, 16) })
  const extra = 46 + large.name.length
  expect(records.readUInt32LE(24)).toBe(0xffffffff)
  expect(records.readBigUInt64LE(extra + 4)).toBe(5n * 2n ** 30n)
  expect(records.readBigUInt64LE(extra + 20)).toBe(2n ** 33n)
  const end = records.subarray(extra + 28)
  expect(end.readUInt32LE(0)).toBe(0x06064b50)
  expect(end.readBigUInt64LE(48)).toBe(BigInt(offset))
  expect(end.readBigUInt64LE(56 + 8)).toBe(BigInt(offset + extra + 28))
  expect(end.readUInt32LE(76)).toBe(0x06054b50)
})

test('a clock that is far off gives the closest year that an archive can say', () => {
  const yearAt = (time: Date): number => 1980 + (localHead('a', time).readUInt16LE(12) >> 9)
  expect([1970, 2026, 2107, 2108, 2400].map((year) => yearAt(new Date(year, 1, 16)))).toEqual([
    1980, 2026, 2107, 2107, 2107,
  ])
})
