import { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openBook } from './excel-book.ts'
import { Sheet } from './sheet.ts'
import { defineStyles } from './styles.ts'

const MB = 1024 * 1024
const STILL_MS = 100

test('rows wait while the archive takes none, so that a large sheet is never in memory', async () => {
  const book = openBook(new Writable({ write: (_chunk, _encoding, done) => done() }))
  const styles = defineStyles(book.styles)
  const options = { headings: [{ title: 'Text', width: 10 }], header: true, footer: '' }
  // The archive takes one sheet after the other.
  const first = new Sheet(book, styles, 'llm', options)
  const second = new Sheet(book, styles, 'stt', options)
  const text = 'x'.repeat(30_000)
  let written = 0
  const write = async (): Promise<void> => {
    while (written < 8 * MB) {
      second.begin()
      second.text(0, text)
      written += text.length
      // oxlint-disable-next-line no-await-in-loop -- as the archive takes it
      if (second.end()) await second.drained()
    }
  }
  const writing = write()
  for (let before = -1; before !== written;) {
    before = written
    // oxlint-disable-next-line no-await-in-loop -- until it stands still
    await sleep(STILL_MS)
  }
  expect(written).toBeLessThan(5 * MB)
  first.close()
  await writing
  second.close()
  await book.commit()
  expect(written).toBeGreaterThanOrEqual(8 * MB)
})
