// @module-tag long
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AxeResults } from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writePage } from './support/made-reports.ts'
import { chromiumPath, launch, openFile, type Opened } from './support/browser.ts'
import {
  completeSession,
  emptySession,
  hostileSession,
  judgedSession,
  killedSession,
  manyResultsSession,
  resultsOnlySession,
} from './support/session-directories.ts'
import { sample, tellStory } from './support/session-story.ts'
import { tellSession } from './support/tell-session.ts'

const VIEWS = ['overview', 'results', 'matrix', 'charts', 'timeline', 'run']
const MANY = 20_000
const FIRST_PAINT_MS = 1_000

const root = mkdtempSync(join(tmpdir(), 'jarvis-browser-'))
const logs = join(root, 'logs')
let browser: Browser
let complete: string

// Without a Chromium at one of the usual places, or at CHROMIUM_PATH, there is nothing to look with.
describe.skipIf(chromiumPath === null)('the page in a browser', () => {
  beforeAll(async () => {
    browser = await launch()
    complete = await writePage(await judgedSession(logs))
  })

  afterAll(async () => {
    await browser?.close()
    rmSync(root, { recursive: true })
  })

  test('shows every view of every kind of session without a complaint', async () => {
    const directories = [
      await killedSession(logs, 0.5),
      await resultsOnlySession(logs),
      await hostileSession(logs),
      emptySession(logs),
    ]
    const pages = [complete]
    // oxlint-disable-next-line no-await-in-loop -- one after another
    for (const directory of directories) pages.push(await writePage(directory))
    for (const file of pages) {
      // oxlint-disable-next-line no-await-in-loop -- see above
      const { page, complaints } = await openFile(browser, file)
      for (const view of VIEWS) {
        // oxlint-disable-next-line no-await-in-loop -- see above
        await page.getByRole('navigation').getByText(view, { exact: false }).click()
        // oxlint-disable-next-line no-await-in-loop -- see above
        await eventually(() => visibleView(page)).toBe(view)
      }
      // oxlint-disable-next-line no-await-in-loop -- see above
      await page.context().close()
      expect(complaints, file).toEqual([])
    }
  })

  test('says what became of the gates, what did not hold first', async () => {
    const { page } = await openFile(browser, complete)
    const card = page.getByRole('region', { name: 'Gates: 1 of 4 did not hold' })
    const lines = (await card.getByRole('listitem').allInnerTexts()).map((line) => line.trim())
    expect(lines).toEqual([
      expect.stringMatching(/^✗\s*max_failures broken: 5 results not passed, more than 0$/),
      expect.stringMatching(/^✓\s*min_pass_rate held: 11 of 16 passed/),
      expect.stringMatching(/^\?\s*max_ttfa \(tts native:\/\/\*\) not judged: no result/),
      expect.stringMatching(/^\?\s*no_slower_than cannot tell: llm .* TTFT \+29 %/),
    ])
    await page.context().close()
  })

  test('draws no line over a time without samples, and a loadout that is missing in its own colour', async () => {
    const linesIn = async (file: string): Promise<number> => {
      const { page } = await openFile(browser, file, { fragment: '#view=timeline' })
      const line = page.locator('path[stroke="var(--accent)"], g[stroke="var(--accent)"] path')
      const drawn = (await line.first().getAttribute('d')) ?? ''
      const colours = await page.locator('[fill="var(--missing)"]').count()
      expect(colours).toBe(1)
      await page.context().close()
      return drawn.match(/M/g)?.length ?? 0
    }
    const [, last] = sample(1)
    const story = tellStory()
    const without = await writePage(await tellSession(logs, [...story, [1, last], [3, last]]))
    const gap = await writePage(await tellSession(logs, [...story, [1, last], [4, last]]))
    expect((await linesIn(gap)) - (await linesIn(without))).toBe(1)
  })

  test('filters by status, domain, loadout, flag and by what is searched for', async () => {
    const { page } = await openFile(browser, complete, { fragment: '#view=results' })
    const all = await countOf(page)
    await page.locator('.chip', { hasText: 'failed' }).click()
    const failed = await countOf(page)
    expect(failed).toBeGreaterThan(0)
    expect(failed).toBeLessThan(all)
    expect(await page.locator('tbody tr[data-place] .status').allInnerTexts()).toEqual(
      Array.from({ length: failed }, () => expect.stringContaining('failed')),
    )
    await page.getByRole('combobox', { name: 'All flags' }).selectOption('cpu_offload')
    expect(await names(page)).toEqual(['arithmetic > 17 + 25', 'arithmetic > 17 + 25'])
    await page
      .getByRole('combobox', { name: 'All loadouts' })
      .selectOption('llm/ollama-qwen2.5-0.5b')
    expect(await names(page)).toEqual(['arithmetic > 17 + 25'])
    await page.getByRole('button', { name: 'Clear' }).click()
    await eventually(() => countOf(page)).toBe(all)
    await page.getByRole('combobox', { name: 'All domains' }).selectOption('tts')
    await eventually(() => countOf(page)).toBeLessThan(all)
    await page.getByRole('button', { name: 'Clear' }).click()
    // A word that stands nowhere but in what a service wrote.
    await page.getByRole('searchbox').fill('nearly full')
    await eventually(() => names(page)).toEqual(['arithmetic > 17 + 25', 'arithmetic > 17 + 25'])
    await page.getByRole('searchbox').fill('no such word')
    await eventually(() => countOf(page)).toBe(0)
  })

  test('marks each number that a flag of its result makes doubtful, and says why', async () => {
    const { page } = await openFile(browser, complete, { fragment: '#view=results' })
    await page.getByRole('combobox', { name: 'All flags' }).selectOption('cpu_offload')
    const row = page.locator('tbody tr[data-place]').first()
    const [doubtful = ''] = await row.locator('[title^="In doubt."]').allInnerTexts()
    expect(doubtful).toMatch(/^≈ \d/)
    await page.getByText('arithmetic > 17 + 25').first().click()
    const metrics = page.getByRole('region', { name: 'Metrics' })
    await metrics
      .getByText(/^In doubt\. Part of the model lay in the memory/)
      .first()
      .waitFor()
    await page.getByRole('combobox', { name: 'All flags' }).selectOption('')
    await page.context().close()
  })

  test('keeps what it shows in its address', async () => {
    const { page } = await openFile(browser, complete, { fragment: '#view=results' })
    await page.locator('.chip', { hasText: 'failed' }).click()
    await page.getByRole('button', { name: 'Duration' }).click()
    await page.getByText('arithmetic > 17 + 25').first().click()
    await page.getByRole('heading', { name: 'arithmetic > 17 + 25' }).waitFor()
    const { hash } = new URL(page.url())
    const again = await openFile(browser, complete, { fragment: hash })
    await again.page.getByRole('heading', { name: 'arithmetic > 17 + 25' }).waitFor()
    expect(await names(again.page)).toEqual(await names(page))
    expect(await again.page.locator('tr.chosen').count()).toBe(1)
    await page.goBack()
    await eventually(() => page.locator('.panel').isVisible()).toBe(false)
    expect(await countOf(page)).toBe(await countOf(again.page))
  })

  test('is used by keys alone', async () => {
    const { page, complaints } = await openFile(browser, complete)
    await page.keyboard.press('?')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    await page.keyboard.press('2')
    await eventually(() => visibleView(page)).toBe('results')
    const [first, second] = await names(page)
    await page.keyboard.press('j')
    expect(await chosenName(page)).toBe(first)
    await page.keyboard.press('ArrowDown')
    expect(await chosenName(page)).toBe(second)
    await page.keyboard.press('k')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: first ?? '' }).waitFor()
    await page.keyboard.press('j')
    await page.getByRole('heading', { name: second ?? '' }).waitFor()
    await page.keyboard.press('Escape')
    await eventually(() => page.locator('.panel').isVisible()).toBe(false)
    await page.keyboard.press('/')
    await page.keyboard.type('colour')
    await eventually(() => names(page)).toEqual([expect.stringContaining('colour')])
    await page.keyboard.press('Escape')
    await page.keyboard.press('End')
    await page.keyboard.press('Enter')
    await page.locator('.panel h2', { hasText: 'colour' }).waitFor()
    expect(complaints).toEqual([])
  })

  test('plays its sounds and shows its pictures', async () => {
    const { page, complaints } = await openFile(browser, complete, { fragment: '#view=results' })
    await page.locator('td', { hasText: 'colours > names the colour' }).first().click()
    const image = page.locator('.panel img').first()
    const width = (): Promise<number> =>
      image.evaluate((element) => (element as unknown as { naturalWidth: number }).naturalWidth)
    await eventually(width).toBeGreaterThan(0)
    await page.keyboard.press('Escape')
    await page.getByRole('combobox', { name: 'All domains' }).selectOption('tts')
    await page.locator('tr.passed td').first().click()
    const audio = page.locator('.panel audio').first()
    const seconds = (): Promise<number> =>
      audio.evaluate((element) => (element as unknown as { duration: number }).duration)
    await eventually(seconds).toBeGreaterThan(0.2)
    expect(complaints).toEqual([])
  })

  test('plays what is too large for it from beside it', async () => {
    const directory = await completeSession(logs)
    const wav = readFileSync(join(directory, 'attachments/greeting-speech.wav'))
    const silence = Buffer.alloc(2 << 20)
    const large = Buffer.concat([wav.subarray(0, 44), silence])
    large.writeUInt32LE(large.length - 8, 4)
    large.writeUInt32LE(silence.length, 40)
    writeFileSync(join(directory, 'attachments/greeting-speech.wav'), large)
    const file = await writePage(directory)
    expect(readFileSync(file, 'utf8').length).toBeLessThan(large.length)
    const { page, complaints } = await openFile(browser, file)
    await page.getByText('Not in this page').waitFor()
    await page.keyboard.press('2')
    await page.getByRole('combobox', { name: 'All domains' }).selectOption('tts')
    await page.locator('tr.passed td').first().click()
    const seconds = (): Promise<number> =>
      page
        .locator('.panel audio')
        .first()
        .evaluate((element) => (element as unknown as { duration: number }).duration)
    await eventually(seconds).toBeGreaterThan(20)
    expect(complaints).toEqual([])
  })

  test('follows the system into the dark, and the key out of it', async () => {
    const { page } = await openFile(browser, complete, { colorScheme: 'dark' })
    const background = (): Promise<string> =>
      page.evaluate('getComputedStyle(document.documentElement).backgroundColor')
    const dark = await background()
    await page.keyboard.press('t')
    const light = await background()
    expect(light).not.toBe(dark)
    await page.reload()
    expect(await background()).toBe(light)
  })

  test('runs nothing and loads nothing that a model wrote', async () => {
    const file = await writePage(await hostileSession(logs))
    const { page, complaints } = await openFile(browser, file, { fragment: '#view=results' })
    const requests: string[] = []
    page.on('request', (request) => {
      if (!request.url().startsWith('data:')) requests.push(request.url())
    })
    const count = await countOf(page)
    await page.getByRole('grid').focus()
    await page.keyboard.press('Home')
    await page.keyboard.press('Enter')
    for (let at = 0; at < count; at += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one after another
      await page.locator('.panel h2').waitFor()
      // oxlint-disable-next-line no-await-in-loop -- see above
      await page.keyboard.press('j')
    }
    const theirs =
      'script:not([id^="page-"]):not([id^="details-"]):not([id^="file-"]), iframe, object, embed, form'
    expect(await page.locator(`.panel ${theirs}`).count()).toBe(0)
    expect(await page.locator('#app [onerror], #app [onload], #app [onclick]').count()).toBe(0)
    expect(requests).toEqual([])
    expect(complaints).toEqual([])
  })

  test('would not run a script that got into it all the same', async () => {
    const { page, complaints } = await openFile(browser, complete)
    await page.evaluate(`{
      const script = document.createElement('script')
      try { script.text = 'document.title = "taken"' } catch {}
      script.append('document.title = "taken"')
      document.body.append(script)
    }`)
    expect(await page.title()).not.toBe('taken')
    expect(complaints.join('\n')).toMatch(/TrustedScript|Content Security Policy/)
  })

  test('has no serious fault of accessibility in any view, light or dark', async () => {
    const source = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
    const fragments = [...VIEWS.map((view) => `#view=${view}`), await openedFailure()]
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const fragment of fragments) {
        // oxlint-disable-next-line no-await-in-loop -- one after another
        const { page } = await openFile(browser, complete, {
          fragment,
          colorScheme,
          bypassCSP: true,
        })
        // oxlint-disable-next-line no-await-in-loop -- see above
        await page.addScriptTag({ path: source })
        // oxlint-disable-next-line no-await-in-loop -- see above
        const { violations } = (await page.evaluate('axe.run()')) as AxeResults
        const serious = violations
          .filter(({ impact }) => impact === 'serious' || impact === 'critical')
          .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
        // oxlint-disable-next-line no-await-in-loop -- see above
        await page.context().close()
        expect(serious, `${fragment} ${colorScheme}`).toEqual([])
      }
    }
  })

  test('fits a narrow window without scrolling sideways', async () => {
    for (const view of VIEWS) {
      // oxlint-disable-next-line no-await-in-loop -- one after another
      const { page } = await openFile(browser, complete, {
        fragment: `#view=${view}`,
        viewport: { width: 360, height: 740 },
      })
      // oxlint-disable-next-line no-await-in-loop -- see above
      const width = await page.evaluate('document.documentElement.scrollWidth')
      // oxlint-disable-next-line no-await-in-loop -- see above
      await page.context().close()
      expect(width, view).toBeLessThanOrEqual(360)
    }
  })

  test(`is there within a second and stays quick with ${MANY} results`, async ({ annotate }) => {
    const file = await writePage(await manyResultsSession(logs, MANY))
    const { page, complaints } = await openFile(browser, file, { fragment: '#view=results' })
    const [painted, listed] = await Promise.all([
      timeOf(page, 'first-contentful-paint'),
      timeOf(page, 'shown'),
    ])
    const times = [painted, listed].map((time) => `${Math.round(time)} ms`)
    await annotate(`first paint after ${times[0]}, the list after ${times[1]}`)
    expect(painted).toBeLessThan(FIRST_PAINT_MS)
    expect(listed).toBeLessThan(2 * FIRST_PAINT_MS)
    expect(await countOf(page)).toBe(MANY)
    expect(await page.locator('tbody tr').count()).toBeLessThan(100)
    await page.getByRole('grid').focus()
    await page.keyboard.press('End')
    expect(await chosenName(page)).not.toBe('')
    await page.keyboard.press('Enter')
    await page.locator('.panel h3', { hasText: 'Came back' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('searchbox').fill('Question 12345?')
    await eventually(() => countOf(page)).toBe(1)
    expect(complaints).toEqual([])
  })
})

/** The address of a result that is open. */
async function openedFailure(): Promise<string> {
  const { page } = await openFile(browser, complete, { fragment: '#view=results&status=FAILED' })
  await page.locator('tbody tr[data-place]').first().click()
  const { hash } = new URL(page.url())
  await page.context().close()
  return hash
}

/** What a page shows a moment after it was asked to. */
function eventually<Value>(look: () => Promise<Value>): ReturnType<typeof expect.poll<Value>> {
  return expect.poll(look, { timeout: 20_000 })
}

/** Milliseconds from the beginning of the load to that entry of the browser's own timing. */
function timeOf(page: Page, entry: string): Promise<number> {
  return page.evaluate(`performance.getEntriesByName('${entry}')[0]?.startTime ?? NaN`)
}

function visibleView(page: Page): Promise<string | undefined> {
  return page
    .locator('.view:not([hidden])')
    .getAttribute('id')
    .then((id) => id?.replace('view-', ''))
}

async function countOf(page: Opened['page']): Promise<number> {
  const text = await page.locator('.count').innerText()
  return Number(/^[\d,]+/.exec(text)?.[0].replaceAll(',', ''))
}

function names(page: Page): Promise<string[]> {
  return page.locator('tbody tr[data-place] .col-name bdi').allInnerTexts()
}

async function chosenName(page: Page): Promise<string> {
  return page.locator('tr.chosen .col-name bdi').innerText()
}
