import { randomBytes } from 'node:crypto'
import { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openBook } from './excel-book.ts'
import { Sheet } from './sheet.ts'
import { defineStyles } from './styles.ts'

const MB = 1024 * 1024
const STILL_MS = 100

test('rows wait while the file takes none, so that a large sheet is never in memory', async () => {
  const takers: (() => void)[] = []
  let isTaking = false
  const file = new Writable({
    write(_chunk, _encoding, done) {
      if (isTaking) done()
      else takers.push(done)
    },
  })
  const book = openBook(file)
  const styles = defineStyles(book.styles)
  const options = { headings: [{ title: 'Text', width: 10 }], header: true, footer: '' }
  const sheet = new Sheet(book, styles, 'llm', options)
  // It is packed to half of its size.
  const text = (): string => randomBytes(15_000).toString('hex')
  let written = 0
  const write = async (): Promise<void> => {
    while (written < 32 * MB) {
      sheet.begin()
      sheet.text(0, text())
      written += 30_000
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
  expect(written).toBeLessThan(16 * MB)
  isTaking = true
  for (const take of takers) take()
  await writing
  sheet.close()
  await book.commit()
  expect(written).toBeGreaterThanOrEqual(32 * MB)
})
