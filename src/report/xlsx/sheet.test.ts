import { randomBytes } from 'node:crypto'
import { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openBook } from './excel-book.ts'
import { Sheet } from './sheet.ts'
import { defineStyles } from './styles.ts'

const MB = 1024 * 1024
const STILL_MS = 100

test('rows wait while the archive takes none, so that a large sheet is never in memory', async () => {
  const waiting: (() => void)[] = []
  let isHeld = true
  const held = new Writable({
    write(_chunk, _encoding, done) {
      if (isHeld) waiting.push(done)
      else done()
    },
  })
  const book = openBook(held)
  const headings = [{ title: 'Text', width: 10 }]
  const options = { headings, header: true, footer: '' }
  const sheet = new Sheet(book, defineStyles(book.styles), 'llm', options)
  // Random text does not become small when it is compressed, nor one that was seen long before.
  const texts = Array.from({ length: 8 }, () => randomBytes(12_000).toString('hex'))
  let written = 0
  const write = async (): Promise<void> => {
    for (let row = 0; written < 24 * MB; row += 1) {
      const text = texts[row % texts.length]!
      sheet.begin()
      sheet.text(0, text)
      written += text.length
      // oxlint-disable-next-line no-await-in-loop -- as the archive takes it
      if (sheet.end()) await sheet.drained()
    }
  }
  const writing = write()
  for (let before = -1; before !== written;) {
    before = written
    // oxlint-disable-next-line no-await-in-loop -- until it stands still
    await sleep(STILL_MS)
  }
  // Four wait for the archive, and up to ten are within it, compressed.
  expect(written).toBeLessThan(18 * MB)
  isHeld = false
  for (const done of waiting) done()
  await writing
  sheet.close()
  await book.commit()
  expect(written).toBeGreaterThanOrEqual(24 * MB)
})
